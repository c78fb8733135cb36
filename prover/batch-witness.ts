/** The input of `circuits/batch.circom` for an executed batch. */
import { EMPTY_CELL } from "../state/ledger/cells.ts";
import { type PrivateKey, type Signature, sign } from "../state/ledger/eddsa.ts";
import { isSigned, type LedgerOp, OP_CODE, opFields } from "../state/ledger/operation.ts";
import { poseidon } from "../state/ledger/poseidon.ts";
import { type BatchSize, capacityOf } from "../state/ledger/sizes.ts";
import { publicInputsOf, streamLengthOf } from "../state/ledger/stream.ts";
import type { BatchTrace, TraceRow } from "../state/ledger/trace.ts";
import { ARITY } from "../state/ledger/tree.ts";

/** Signals of the batch circuit by name; the arrays are shaped as in the circuit. */
export type BatchCircuitInput = {
  readonly commitment: bigint;
  readonly challenge: bigint;
  readonly evaluation: bigint;
  readonly stream: readonly bigint[];
  readonly authorizations: readonly (readonly bigint[])[];
  readonly rowIds: readonly number[];
  readonly cells: readonly (readonly bigint[])[];
  readonly children: readonly (readonly (readonly bigint[])[])[];
  readonly rootChildren: readonly bigint[];
};

/** The batch does not fit the circuit. */
export class BatchTooLargeError extends Error {
  readonly code = "BATCH_TOO_LARGE";
  constructor(
    readonly what: "operations" | "cells",
    readonly expected: number,
    readonly actual: number,
  ) {
    super(
      `the circuit has room for ${expected} ${what}, the batch has ${actual}; close batches by hasRoomFor of the same size`,
    );
  }
}

/** The circuit verifies this signature, of message 0 by the key whose secret is 1, where an op needs none. */
const UNSIGNED_MESSAGE = 0n;
const UNSIGNED_KEY: PrivateKey = { scalar: 1n, nonceKey: new Uint8Array(32) };
let unsignedSignature: Signature | undefined;

/**
 * `words` are the batch's stream (`streamWords` of the same trace and size). Throws {@link BatchTooLargeError}, and a
 * RangeError if trace, words and size do not belong together.
 */
export function batchCircuitInput(
  trace: Pick<BatchTrace, "ops" | "rows">,
  words: readonly bigint[],
  size: BatchSize,
): BatchCircuitInput {
  const { ops, rows } = trace;
  if (ops.length > size.maxOps) throw new BatchTooLargeError("operations", size.maxOps, ops.length);
  if (rows.length > size.maxCells) throw new BatchTooLargeError("cells", size.maxCells, rows.length);
  if (words.length !== streamLengthOf(size)) {
    throw new RangeError(`a stream of this size has ${streamLengthOf(size)} words, got ${words.length}`);
  }
  const rootChildren = rows[0]?.path[size.levels - 1];
  if (rootChildren === undefined) {
    throw new RangeError(`the trace is of a tree of fewer than ${size.levels} levels, or has no rows`);
  }
  const [commitment, challenge, evaluation] = publicInputsOf(words);
  const padding = Array.from({ length: size.maxCells - rows.length }, (_, i) => unusedRow(i, size));
  const allRows = [...rows, ...padding];
  return {
    commitment,
    challenge,
    evaluation,
    stream: words,
    authorizations: Array.from({ length: size.maxOps }, (_, i) => authorizationInput(ops[i]?.op)),
    rowIds: allRows.map(({ id }) => id),
    cells: allRows.map(({ cell }) => cell),
    children: allRows.map(({ path }) => path.slice(0, size.levels - 1)),
    rootChildren,
  };
}

/** maxFee, validUntil, R8x, R8y, S. */
function authorizationInput(op: LedgerOp | undefined): bigint[] {
  if (op !== undefined && isSigned(op) && opFields(op.words).code !== OP_CODE.noop) {
    const { maxFeeUnits, validUntil, signature } = op.authorization;
    return [maxFeeUnits, validUntil, signature.r8x, signature.r8y, signature.s];
  }
  unsignedSignature ??= sign(UNSIGNED_KEY, UNSIGNED_MESSAGE);
  return [0n, 0n, unsignedSignature.r8x, unsignedSignature.r8y, unsignedSignature.s];
}

/** Unused rows by levels and index: they are the same in every batch, and at most K of a size. */
const unusedRows = new Map<string, TraceRow>();

/** A row that names no cell, with a path that is consistent in itself, as the circuit wants of every row. */
function unusedRow(index: number, size: BatchSize): TraceRow {
  const name = `${size.levels}:${index}`;
  const known = unusedRows.get(name);
  if (known !== undefined) return known;
  const path: bigint[][] = [];
  let node = 0n;
  let digits = index;
  for (let level = 0; level < size.levels; level++) {
    const children = new Array<bigint>(ARITY).fill(0n);
    children[digits % ARITY] = node;
    digits = Math.floor(digits / ARITY);
    path.push(children);
    node = poseidon(children);
  }
  const row: TraceRow = { id: capacityOf(size) + index, cell: EMPTY_CELL, path };
  unusedRows.set(name, row);
  return row;
}
