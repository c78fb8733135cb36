import type { Address, Hex } from "viem";
import { type Cell, EMPTY_CELL, encodeAccount } from "../state/ledger/cells.ts";
import { type PrivateKey, type PublicKey, sign } from "../state/ledger/eddsa.ts";
import { opWords, type SignedOp } from "../state/ledger/operation.ts";
import { messageOf } from "../state/ledger/transition.ts";
import type { NeuraClient } from "./client.ts";
import { toWord } from "./hex.ts";
import { planOf } from "./plans.ts";
import type { OperationRequest } from "./requests.ts";
import {
  DEFAULT_SETTLEMENT_DELAYS,
  type OperationWarning,
  type SettlementDelays,
  taskWarnings,
} from "./warnings.ts";

/** A signed operation with the id under which the node keeps it. */
export interface SignedOperation extends SignedOp {
  readonly id: Hex;
  readonly kind: OperationRequest["kind"];
  readonly warnings: readonly OperationWarning[];
}

/** The terms that are signed with every operation. */
export interface AuthorizationTerms {
  readonly nonce: bigint;
  readonly maxFeeUnits: bigint;
  /** Last second at which the operation may execute. */
  readonly validUntil: bigint;
}

export interface OperationSigner {
  /** Id of the sender's account. */
  readonly id: number;
  readonly l1Address: Address;
  readonly publicKey: PublicKey;
  readonly privateKey: PrivateKey;
}

/** What the author's warnings are judged by. */
export interface Surroundings {
  readonly nowSeconds: bigint;
  readonly delays?: SettlementDelays | undefined;
}

/**
 * Builds and signs an operation. The identities of the cells that it names come from the node; a wrong one makes the signature
 * useless, it does not redirect it. Throws an SdkError if a named cell is not what the operation needs, and a RangeError that names
 * the part which is out of range.
 */
export async function buildOperation(
  client: NeuraClient,
  signer: OperationSigner,
  request: OperationRequest,
  terms: AuthorizationTerms,
  { nowSeconds, delays = DEFAULT_SETTLEMENT_DELAYS }: Surroundings,
): Promise<SignedOperation> {
  const { domain, levels } = await client.chainInfo();
  const { parts, cells } = await planOf(client, request);
  const words = opWords({ ...parts, sender: signer.id });
  const sender = encodeAccount({
    nonce: terms.nonce,
    balance: 0n,
    l1Address: BigInt(signer.l1Address),
    pubX: signer.publicKey.x,
    pubY: signer.publicKey.y,
  });
  const named = new Map<number, Cell>([...cells, [signer.id, sender]]);
  const message = messageOf(words, terms, {
    domain,
    capacity: 8 ** levels,
    read: (id) => named.get(id) ?? EMPTY_CELL,
  });
  const signature = sign(signer.privateKey, message);
  const warnings = request.kind === "postTask" ? taskWarnings(request, nowSeconds, delays) : [];
  return { id: toWord(message), kind: request.kind, words, authorization: { ...terms, signature }, warnings };
}
