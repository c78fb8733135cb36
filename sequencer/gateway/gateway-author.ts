import { type Cell, decodeAccount, RESERVED_CELL, TASK_TERMS } from "../../state/ledger/cells.ts";
import type { Signature } from "../../state/ledger/eddsa.ts";
import { demand } from "../../state/ledger/errors.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import {
  demandWordRanges,
  HOME_CHAIN,
  type OpFields,
  type OpKind,
  opFields,
  type SignedOp,
  withObject,
} from "../../state/ledger/operation.ts";
import { type OperationId, signedOperationId } from "../../state/ledger/operation-id.ts";
import { part } from "../../state/ledger/packing.ts";
import { messageOf } from "../../state/ledger/transition.ts";
import type { Placement } from "../placement.ts";
import type { GatewayRequest } from "./gateway-requests.ts";

/** What the gateway's account may do: nothing else has a function in the contract. */
const REQUESTED_KINDS: ReadonlySet<OpKind | undefined> = new Set([
  "transfer",
  "openAccount",
  "withdraw",
  "postTask",
  "settleTask",
  "expireTask",
]);

export interface GatewaySigner {
  readonly ledger: Ledger;
  readonly domain: bigint;
  /**
   * Of home's contract, so that everybody judges alike, whichever mirrors this node knows: a mirror that is deployed later pays then.
   */
  readonly mirrorCount: number;
  /** With the key of the gateway's account. Who executes again what is proven needs no signature. */
  readonly sign: (message: bigint) => Signature;
}

/**
 * The signed operation of a request, as the next one of a batch with time T. It is valid until T only, so that nobody can use
 * it again. Throws a LedgerError if the request cannot be an operation now.
 */
export function authorOperation(
  request: GatewayRequest,
  placement: Placement,
  timeSeconds: bigint,
  { ledger, domain, mirrorCount, sign }: GatewaySigner,
): { readonly id: OperationId; readonly op: SignedOp } {
  demandWordRanges(request.words);
  const fields = opFields(request.words);
  demand(
    REQUESTED_KINDS.has(fields.kind) && fields.sender === RESERVED_CELL.gateway,
    "unknown-kind",
    "the gateway does not make such operations",
  );
  if (fields.kind === "withdraw") demandChain(fields.param, mirrorCount);
  demandGuard(request.guard, fields, ledger.cell);
  const words = withObject(request.words, placement.objectFor(fields));
  const { nonce } = decodeAccount(ledger.cell(RESERVED_CELL.gateway));
  const terms = { nonce, maxFeeUnits: fields.feeUnits, validUntil: timeSeconds };
  const message = messageOf(words, terms, { domain, read: ledger.cell, capacity: ledger.capacity });
  const op = { words, authorization: { ...terms, signature: sign(message) } };
  return { id: signedOperationId(message), op };
}

/** The ledger would pay a withdrawal to a chain beyond the mirrors on home, where the author did not want it. */
function demandChain(chain: bigint, mirrorCount: number): void {
  demand(
    chain <= BigInt(mirrorCount),
    "out-of-range",
    "home has no mirror of that number",
    `${HOME_CHAIN} to ${mirrorCount}`,
    chain,
  );
}

/** What the author of the request relied on, and what may have changed since. */
function demandGuard(guard: bigint, { kind, object, w1 }: OpFields, read: (id: number) => Cell): void {
  if (kind === "settleTask" || kind === "expireTask") {
    const [, terms] = read(object);
    demand(terms === guard, "stale-task", "the cell holds another task by now", guard, terms);
  }
  const model = kind === "postTask" ? Number(part(TASK_TERMS, w1, "model")) : 0;
  if (model === 0) return;
  const [, , , manifest] = read(model);
  demand(manifest === guard, "stale-content", "the model has another manifest by now", guard, manifest);
}
