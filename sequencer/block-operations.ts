import { RLP } from "@ethereumjs/rlp";
import { toBytes32 } from "../state/ledger/field.ts";
import { isSigned, type LedgerOp, type OpWords, type PriorityOp } from "../state/ledger/operation.ts";
import { type OperationId, signedOperationId } from "../state/ledger/operation-id.ts";

/**
 * The calldata of a block's system transaction: all that is needed to execute the block's ledger operations again.
 * RLP of [version, batch number, T, closes the batch?, ledger root after the block, operations].
 */
export interface BlockOperations {
  readonly batchNumber: number;
  /** T of the batch. */
  readonly timeSeconds: bigint;
  /** The block is the batch's last one: fees and cuts are credited after its operations. */
  readonly closesBatch: boolean;
  readonly ledgerRoot: bigint;
  readonly operations: readonly BlockOperation[];
}

export interface BlockOperation {
  readonly id: OperationId;
  readonly op: LedgerOp;
}

const VERSION = 1n;
const SIGNED_ITEMS = 11;
const PRIORITY_ITEMS = 7;

const bytesOf = (value: bigint): Uint8Array => {
  const bytes = toBytes32(value);
  let start = 0;
  while (start < 32 && bytes[start] === 0) start++;
  return bytes.subarray(start);
};

const bigintOf = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

export function encodeBlockOperations(block: BlockOperations): Uint8Array {
  const operations = block.operations.map(({ id, op }) => {
    const head = [BigInt(id), ...op.words];
    if (!isSigned(op)) return [...head, op.caller, op.queuedAt].map(bytesOf);
    const { nonce, maxFeeUnits, validUntil, signature } = op.authorization;
    const { r8x, r8y, s } = signature;
    return [...head, nonce, maxFeeUnits, validUntil, r8x, r8y, s].map(bytesOf);
  });
  return RLP.encode([
    bytesOf(VERSION),
    bytesOf(BigInt(block.batchNumber)),
    bytesOf(block.timeSeconds),
    bytesOf(block.closesBatch ? 1n : 0n),
    bytesOf(block.ledgerRoot),
    operations,
  ]);
}

/** The calldata of a system transaction is not what this version writes. */
export class BlockOperationsError extends Error {
  readonly code = "BLOCK_OPERATIONS_UNREADABLE";
}

export function decodeBlockOperations(calldata: Uint8Array): BlockOperations {
  const decoded = RLP.decode(calldata);
  const [version, batchNumber, timeSeconds, closes, ledgerRoot, operations] = decoded as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array[][],
  ];
  if (bigintOf(version) !== VERSION) {
    throw new BlockOperationsError(
      `the block's operations have version ${bigintOf(version)}, expected ${VERSION}`,
    );
  }
  return {
    batchNumber: Number(bigintOf(batchNumber)),
    timeSeconds: bigintOf(timeSeconds),
    closesBatch: bigintOf(closes) === 1n,
    ledgerRoot: bigintOf(ledgerRoot),
    operations: operations.map((items) => decodeOperation(items.map(bigintOf))),
  };
}

function decodeOperation(items: bigint[]): BlockOperation {
  const [id, w0, w1, w2, w3, ...rest] = items as [bigint, bigint, bigint, bigint, bigint, ...bigint[]];
  const words: OpWords = [w0, w1, w2, w3];
  if (items.length === PRIORITY_ITEMS) {
    const [caller, queuedAt] = rest as [bigint, bigint];
    const op: PriorityOp = { words, caller, queuedAt };
    return { id: signedOperationId(id), op };
  }
  if (items.length !== SIGNED_ITEMS) {
    throw new BlockOperationsError(
      `an operation has ${items.length} items, expected ${PRIORITY_ITEMS} or ${SIGNED_ITEMS}`,
    );
  }
  const [nonce, maxFeeUnits, validUntil, r8x, r8y, s] = rest as [
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const authorization = { nonce, maxFeeUnits, validUntil, signature: { r8x, r8y, s } };
  return { id: signedOperationId(id), op: { words, authorization } };
}
