import { type Applied, applyToBatch, closeBatch, openBatch } from "./batch.ts";
import { decodeAccount } from "./cells.ts";
import { LedgerError } from "./errors.ts";
import type { Ledger } from "./ledger.ts";
import { type LedgerOp, type OpWords, opFields } from "./operation.ts";
import { ruleOf, type SignatureVerifier } from "./transition.ts";

/** An op as a chain published it: without the signature, for which the batch's proof vouches. */
export interface PostedOp {
  readonly words: OpWords;
  /** The op's validity bit. */
  readonly valid: boolean;
  /** Of a priority op: who queued it on the home chain, and when. */
  readonly origin?: { readonly caller: bigint; readonly queuedAt: bigint };
}

/** A batch as a chain published it. */
export interface PostedBatch {
  readonly number: bigint;
  readonly timeSeconds: bigint;
  readonly rootBefore: bigint;
  readonly rootAfter: bigint;
  readonly cellCountAfter: number;
  readonly ops: readonly PostedOp[];
}

type ReplayDifference = "root before" | "validity" | "operation" | "cell count" | "root";

/** The published batch is not what its operations make of the ledger. The ledger is of no use afterwards. */
export class ReplayError extends Error {
  override readonly name = "ReplayError";
  readonly code = "REPLAY_DIFFERS";
  constructor(
    readonly batch: bigint,
    readonly what: ReplayDifference,
    readonly expected: string,
    readonly actual: string,
    /** Position in the batch; undefined if the batch as a whole differs. */
    readonly opIndex?: number,
  ) {
    const where = opIndex === undefined ? `batch ${batch}` : `batch ${batch}, operation ${opIndex}`;
    super(
      `${where}: its ${what} is ${actual} by its operations, but ${expected} is published; ` +
        "read the chain through another RPC, and if it stays so, do not use this deployment",
    );
  }
}

/** The proof has verified the signatures of these ops, which are not published. */
export const provenSignature: SignatureVerifier = () => true;
export const NO_SIGNATURE = { r8x: 0n, r8y: 0n, s: 0n };

/**
 * Executes a published batch on the ledger before it: every op's validity is computed again, and root and cell count must
 * come out as published. Returns what became of each op. Throws a {@link ReplayError}; source: docs/LEDGER.md, section 5.
 */
export function replayBatch(ledger: Ledger, posted: PostedBatch, domain: bigint): Applied[] {
  const { number, timeSeconds } = posted;
  demandEqual(posted, "root before", posted.rootBefore, ledger.root());
  const batch = openBatch(ledger, number, timeSeconds);
  const applied = posted.ops.map((op, i) => {
    const result = applyPosted(posted, i, () =>
      applyToBatch(ledger, batch, provenOperation(ledger, op, timeSeconds), domain, provenSignature),
    );
    if (result.valid !== op.valid) {
      const reason = result.valid ? "valid" : `invalid (${result.reason.message})`;
      throw new ReplayError(number, "validity", op.valid ? "valid" : "invalid", reason, i);
    }
    return result;
  });
  closeBatch(ledger, batch);
  demandEqual(posted, "cell count", BigInt(posted.cellCountAfter), BigInt(ledger.cellCount));
  demandEqual(posted, "root", posted.rootAfter, ledger.root());
  return applied;
}

/** A signed op, an op without a place and one outside the hard ranges are in no batch unless they are valid. */
function applyPosted({ number, ops }: PostedBatch, i: number, apply: () => Applied): Applied {
  try {
    return apply();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const expected = ops[i]?.valid ? "a valid one" : "a no-op";
    throw new ReplayError(number, "operation", expected, `impossible (${error.message})`, i);
  }
}

/** The op with the authorization that its author must have given, as far as the ledger looks at it. */
export function provenOperation(
  ledger: Ledger,
  { words, origin }: Pick<PostedOp, "words" | "origin">,
  timeSeconds: bigint,
): LedgerOp {
  if (origin !== undefined) return { words, ...origin };
  const op = opFields(words);
  const isVoucher = op.kind !== undefined && ruleOf(op).isVoucher === true;
  const nonce = isVoucher ? 0n : decodeAccount(ledger.cell(op.sender)).nonce;
  return {
    words,
    authorization: { nonce, maxFeeUnits: op.feeUnits, validUntil: timeSeconds, signature: NO_SIGNATURE },
  };
}

function demandEqual(posted: PostedBatch, what: ReplayDifference, expected: bigint, actual: bigint): void {
  if (expected === actual) return;
  const text = (value: bigint): string => (what === "cell count" ? `${value}` : `0x${value.toString(16)}`);
  throw new ReplayError(posted.number, what, text(expected), text(actual));
}
