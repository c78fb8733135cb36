import { RLP } from "@ethereumjs/rlp";
import { type Database, numberKey, type Write } from "../state/database.ts";
import { toBytes32 } from "../state/ledger/field.ts";
import { type Authorization, isSigned, type LedgerOp, type OpWords } from "../state/ledger/operation.ts";
import type { OperationId } from "../state/ledger/operation-id.ts";
import type { PostedOp } from "../state/ledger/replay.ts";
import { Table } from "../state/store/table.ts";

/** An operation with what home gets of it, and nothing more. */
export type PublishedOp = Pick<PostedOp, "words" | "origin">;

/**
 * The calldata of a block's system transaction: what the block did on the ledger.
 * RLP of [version, batch number, T, closes the batch?, ledger root after the block, operations].
 * It is a part of the block's hash, and its gas of all that follows, so it holds only what home's data determine.
 */
export interface BlockOperations {
  readonly batchNumber: number;
  /** T of the batch. */
  readonly timeSeconds: bigint;
  /** The block is the batch's last one: fees and cuts are credited after its operations. */
  readonly closesBatch: boolean;
  readonly ledgerRoot: bigint;
  readonly operations: readonly PublishedOp[];
}

export interface BlockOperation {
  readonly id: OperationId;
  readonly op: LedgerOp;
}

/** Version 1 had ids and authorizations in the calldata. */
const VERSION = 2n;
const SIGNED_ITEMS = 4;
const PRIORITY_ITEMS = 6;

const bytesOf = (value: bigint): Uint8Array => {
  const bytes = toBytes32(value);
  let start = 0;
  while (start < 32 && bytes[start] === 0) start++;
  return bytes.subarray(start);
};

const bigintOf = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

export const publishedOp = (op: LedgerOp): PublishedOp =>
  isSigned(op)
    ? { words: op.words }
    : { words: op.words, origin: { caller: op.caller, queuedAt: op.queuedAt } };

export function encodeBlockOperations(block: BlockOperations): Uint8Array {
  const operations = block.operations.map(({ words, origin }) =>
    (origin === undefined ? words : [...words, origin.caller, origin.queuedAt]).map(bytesOf),
  );
  return RLP.encode([
    bytesOf(VERSION),
    bytesOf(BigInt(block.batchNumber)),
    bytesOf(block.timeSeconds),
    bytesOf(block.closesBatch ? 1n : 0n),
    bytesOf(block.ledgerRoot),
    operations,
  ]);
}

/** What is stored of a block's operations is not what this version writes. */
export class BlockOperationsError extends Error {
  override readonly name = "BlockOperationsError";
  readonly code = "BLOCK_OPERATIONS_UNREADABLE";
  constructor(
    readonly what: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `${what}: ${actual}, expected ${expected}; the block was made by another version of the node, or the database is damaged. Start with an empty data folder; what home has accepted is not lost, see npm run rebuild`,
    );
  }
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
  if (bigintOf(version) !== VERSION)
    throw new BlockOperationsError("version of a block's operations", `${VERSION}`, `${bigintOf(version)}`);
  return {
    batchNumber: Number(bigintOf(batchNumber)),
    timeSeconds: bigintOf(timeSeconds),
    closesBatch: bigintOf(closes) === 1n,
    ledgerRoot: bigintOf(ledgerRoot),
    operations: operations.map((items) => decodeOperation(items.map(bigintOf))),
  };
}

function decodeOperation(items: bigint[]): PublishedOp {
  const [w0, w1, w2, w3, caller, queuedAt] = items as [bigint, bigint, bigint, bigint, bigint, bigint];
  const words: OpWords = [w0, w1, w2, w3];
  if (items.length === PRIORITY_ITEMS) return { words, origin: { caller, queuedAt } };
  if (items.length === SIGNED_ITEMS) return { words };
  throw new BlockOperationsError(
    "items of an operation",
    `${SIGNED_ITEMS} or ${PRIORITY_ITEMS}`,
    `${items.length}`,
  );
}

/** What home does not get of an operation. */
export interface OperationAuthor {
  readonly id: OperationId;
  /** Absent of an entry of home's queue. */
  readonly authorization?: Authorization | undefined;
}

/** By block, in the order of its operations: written and taken back with the block, but in none of its hashes. */
const BLOCK_AUTHORS = new Table<number, readonly OperationAuthor[]>("block-authors", numberKey);

export const authorsWrite = (blockNumber: number, operations: readonly BlockOperation[]): Write =>
  BLOCK_AUTHORS.put(
    blockNumber,
    operations.map(({ id, op }) => ({ id, authorization: isSigned(op) ? op.authorization : undefined })),
  );

/** Once the block's batch is final, nobody executes or takes back the block any more. */
export const forgetAuthors = (blockNumber: number): Write => BLOCK_AUTHORS.del(blockNumber);

/** The operations of a stored block, with ids and authorizations. Throws a {@link BlockOperationsError}. */
export function operationsOf(
  database: Database,
  blockNumber: number,
  { operations }: BlockOperations,
): BlockOperation[] {
  const authors = BLOCK_AUTHORS.get(database, blockNumber);
  if (authors?.length !== operations.length)
    throw new BlockOperationsError(
      `authors of block ${blockNumber}`,
      `those of ${operations.length} operations`,
      authors === undefined ? "none" : `${authors.length}`,
    );
  return operations.map(({ words, origin }, i) => {
    const { id, authorization } = authors[i] as OperationAuthor;
    if (origin !== undefined) return { id, op: { words, ...origin } };
    if (authorization !== undefined) return { id, op: { words, authorization } };
    throw new BlockOperationsError(`operation ${i} of block ${blockNumber}`, "a signature", "none");
  });
}
