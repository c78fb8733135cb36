import type { AcceptedBatch } from "../bridge/home-history.ts";
import { provenStreamHash } from "../bridge/posted-batch.ts";
import type { GenesisAccounts } from "../state/ledger/ledger.ts";
import { replayBatch } from "../state/ledger/replay.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { historyAfter } from "../state/ledger/stream.ts";
import { BATCHES, CURSOR, FOLLOWED_BATCHES, readCursor } from "../state/store/records.ts";
import type { Sequencing } from "./sequencing.ts";

export interface FollowOptions {
  readonly sequencing: Pick<Sequencing, "database" | "blocks" | "batches" | "batchedLedger" | "batchedStore">;
  readonly size: BatchSize;
  readonly genesis: GenesisAccounts;
  readonly domain: bigint;
  /** Home's after this batch, in a final block. */
  readonly history: bigint;
}

/** Home has a batch that says more than what is published: only the node that made it knows the rest. */
export class BatchOfAnotherNodeError extends Error {
  override readonly name = "BatchOfAnotherNodeError";
  readonly code = "BATCH_OF_ANOTHER_NODE";
  constructor(
    readonly batchNumber: number,
    readonly transactionHash: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `home's batch ${batchNumber} (transaction ${transactionHash}) has ${actual}, expected ${expected}: a node with the operator's key has made it, but not on this database. Two nodes run with one key, or the database is an old copy: go on with the newest database only`,
    );
  }
}

/** What the RPC gives as a batch is not what home keeps of it. */
export class FalseBatchError extends Error {
  override readonly name = "FalseBatchError";
  readonly code = "FALSE_BATCH";
  constructor(
    readonly batchNumber: number,
    readonly what: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `home's batch ${batchNumber}: ${what} is ${actual} in the data that the RPC gives, expected ${expected}; use another home RPC`,
    );
  }
}

/**
 * Takes over the next batch of home's, which was made of its queue alone: replays it, makes its block, and records it like a batch of
 * this node's. Whenever the process ends, the batch is there with its block or is taken over again.
 * Throws a {@link FalseBatchError}, a ReplayError; then the ledgers are of no use any more.
 */
export async function followBatch(options: FollowOptions, accepted: AcceptedBatch): Promise<void> {
  const { sequencing, size, genesis, domain } = options;
  const { database, blocks, batches, batchedStore } = sequencing;
  const { published } = accepted;
  const number = Number(published.number);
  demandHomes(options, accepted);
  replayBatch(batchedStore.open(size, genesis), published, domain);
  const { blockHash, proof, commitment } = published;
  await blocks.follow(published, [FOLLOWED_BATCHES.put(number, { number, blockHash, proof, commitment })]);
  while (await batches.step());
  if (readCursor(database, CURSOR.batches) !== number)
    throw new Error(`batch ${number} was followed, but is not the newest one`);
}

/** These are all batches of home's after one, and this node can take each of them over. */
export function demandFollowable(batches: readonly AcceptedBatch[], after: number, newest: number): void {
  for (let number = after + 1; number <= newest; number++) {
    const batch = batches[number - after - 1];
    const actual = batch === undefined ? "missing" : String(batch.published.number);
    if (batch === undefined || actual !== String(number))
      throw new FalseBatchError(number, "the number", String(number), actual);
    demandOfQueue(batch);
  }
}

/** Signatures of operations, and the blocks of contract-lane data that was cut off, are published nowhere. */
function demandOfQueue({ published, transactionHash }: AcceptedBatch): void {
  const { number, laneData, ops } = published;
  const foreign = (expected: string, actual: string) =>
    new BatchOfAnotherNodeError(Number(number), transactionHash, expected, actual);
  const signed = ops.filter(({ origin }) => origin === undefined).length;
  if (signed > 0) throw foreign("operations of home's queue only", `${signed} signed operations`);
  if (laneData !== "0x") throw foreign("no contract-lane data", `${laneData.length / 2 - 1} bytes of it`);
}

/** The history binds everything that its batches say: so it is the batch that home has accepted. */
function demandHomes(options: FollowOptions, { published, transactionHash }: AcceptedBatch): void {
  const { sequencing, size, domain, history: kept } = options;
  const number = Number(published.number);
  const { cellCount: cellCountBefore } = sequencing.batchedLedger;
  // The genesis root, if it is the first one.
  const before = BATCHES.get(sequencing.database, number - 1)?.history ?? sequencing.batchedLedger.root();
  const hash = provenStreamHash(published, { domain, size, cellCountBefore }, transactionHash);
  const given = historyAfter(before, hash);
  if (given !== kept) throw new FalseBatchError(number, "home's history with it", `${kept}`, `${given}`);
}
