import type { Database, Write } from "../state/database.ts";
import { systemAddress } from "../state/evm/chain-rules.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import type { SignedTransaction } from "../state/evm/transaction.ts";
import { isSigned } from "../state/ledger/operation.ts";
import type { OperationId } from "../state/ledger/operation-id.ts";
import { HOME } from "../state/store/confirmation.ts";
import { decodeRecord } from "../state/store/record-codec.ts";
import {
  acceptedCursor,
  BATCHES,
  CURSOR,
  CURSORS,
  finalizedCursor,
  OPERATIONS,
  type OperationRecord,
  PENDING_OPERATIONS,
  type PendingRecord,
  PROOFS,
  readCursor,
  settlementsOf,
} from "../state/store/records.ts";
import { forgetUndo, type Step, undoWrites } from "../state/undo.ts";
import { readBuiltBlock } from "./batch-builder.ts";
import { type BlockOperations, operationsOf } from "./block-operations.ts";
import { requeueTransactions } from "./mempool/contract-transactions.ts";

/** What was taken back. */
export interface Rewound {
  readonly blocks: number;
  readonly batches: number;
  /** Signed operations and transactions that were in the blocks, in order: they wait in the mempools again. */
  readonly operations: readonly OperationId[];
  readonly transactions: readonly SignedTransaction[];
}

/** The database does not have what is needed to take a block or batch back. */
export class UndoMissingError extends Error {
  override readonly name = "UndoMissingError";
  readonly code = "UNDO_MISSING";
  constructor(
    readonly step: Step,
    readonly number: number,
  ) {
    super(
      `${step} ${number} must be taken back, but the database has no record of what was before it: it was made by an older version of the node, or is damaged. Start with an empty data folder; what home has accepted is not lost, see npm run rebuild`,
    );
  }
}

/** Where the database stands after a batch: what comes after it is to be taken back. */
interface Target {
  readonly database: Database;
  readonly lane: ContractLane;
  /** 0 is the genesis. */
  readonly batch: number;
}

/**
 * Takes back every block and batch after a batch, in one atomic write: both states, all indexes and cursors are afterwards what they
 * were at its end, and what was in the blocks waits in the mempools again, before what waits already. What the node has refused
 * stays refused. The parts of the node that are open over this database know nothing of it: close and open them again.
 * Throws an {@link UndoMissingError}, with nothing changed.
 */
export async function rewindTo(target: Target, extraWrites: readonly Write[]): Promise<Rewound> {
  const { database, lane, batch } = target;
  const lastBlock = BATCHES.get(database, batch)?.lastBlock ?? 0;
  const closed = readCursor(database, CURSOR.batches);
  const blocks = numbersAfter(lastBlock, lane.head.number);
  const batches = numbersAfter(batch, closed);

  const undone = new Map<string, Write>();
  // From the newest to the oldest: of a key that several have written, what it held before all of them counts.
  for (const write of [...undoOfAll(database, "block", blocks), ...undoOfAll(database, "batch", batches)])
    undone.set(keyOf(write), write);
  keepRejections(database, undone);
  const content = contentOf(target, blocks);
  await database.write([
    ...undone.values(),
    ...(await requeueTransactions(database, lane, content.transactions)),
    ...settlementWrites(database, batch, batches),
    ...blocks.map((number) => forgetUndo("block", number)),
    ...batches.map((number) => forgetUndo("batch", number)),
    ...extraWrites,
  ]);
  return { blocks: blocks.length, batches: batches.length, ...content };
}

const numbersAfter = (first: number, last: number): number[] =>
  Array.from({ length: Math.max(0, last - first) }, (_, i) => first + 1 + i);

const keyOf = ({ space, key }: Pick<Write, "space" | "key">): string =>
  `${space.name}:${Buffer.from(key).toString("hex")}`;

function undoOfAll(database: Database, step: Step, numbers: readonly number[]): Write[] {
  return numbers.toReversed().flatMap((number) => {
    const writes = undoWrites(database, step, number);
    if (writes === undefined) throw new UndoMissingError(step, number);
    return writes;
  });
}

/** Whoever was told that an operation is rejected may have signed another one: it must not come back to life. */
function keepRejections(database: Database, undone: Map<string, Write>): void {
  const rejected = new Set<OperationId>();
  for (const [name, { space, value }] of undone) {
    if (space.name !== OPERATIONS.space.name || value === undefined) continue;
    const { id } = decodeRecord<OperationRecord>(value);
    const now = OPERATIONS.get(database, id);
    if (now?.rejection === undefined || now.sequenced !== undefined) continue;
    rejected.add(id);
    undone.delete(name);
  }
  for (const [name, { space, value }] of undone) {
    if (space.name !== PENDING_OPERATIONS.space.name || value === undefined) continue;
    if (rejected.has(decodeRecord<PendingRecord>(value).id)) undone.delete(name);
  }
}

function contentOf(
  { database, lane }: Target,
  blocks: readonly number[],
): Pick<Rewound, "operations" | "transactions"> {
  const operations: OperationId[] = [];
  const transactions: SignedTransaction[] = [];
  for (const number of blocks) {
    const executed = readBuiltBlock(lane, number)?.ledger as BlockOperations;
    for (const { id, op } of operationsOf(database, number, executed)) if (isSigned(op)) operations.push(id);
    const all = lane.getBlock(number)?.transactions ?? [];
    transactions.push(...all.filter(({ sender }) => sender !== systemAddress));
  }
  return { operations, transactions };
}

/** What was proven, sent or accepted of the batches is no news of those that take their place. */
function settlementWrites(database: Database, batch: number, batches: readonly number[]): Write[] {
  const settlements = settlementsOf(HOME);
  const cursors = [CURSOR.proofs, acceptedCursor(HOME), finalizedCursor(HOME)];
  return [
    ...batches.flatMap((number) => [PROOFS.del(number), settlements.del(number)]),
    ...cursors.map((cursor) => CURSORS.put(cursor, Math.min(batch, readCursor(database, cursor)))),
  ];
}
