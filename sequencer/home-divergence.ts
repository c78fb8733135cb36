import type { HomeRecord, HomeStanding } from "../bridge/home-record.ts";
import { provenStreamHash } from "../bridge/posted-batch.ts";
import type { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import { GENESIS_CELL_COUNT } from "../state/ledger/cells.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { historyAfter } from "../state/ledger/stream.ts";
import { HOME } from "../state/store/confirmation.ts";
import { BATCHES, CURSOR, finalizedCursor, readCursor, settlementsOf } from "../state/store/records.ts";
import { readBuiltBlock } from "./batch-builder.ts";
import { FalseBatchError } from "./follow.ts";

/** From where on the blocks of this node can never settle, and what home has instead. */
export interface Divergence {
  /**
   * `foreign`: home has batches that this node does not have. `too old`: the time of the node's next batch lies further back than
   * home allows.
   */
  readonly cause: "foreign" | "too old";
  /** Newest batch that home has and that is this node's, or was followed by it. */
  readonly common: number;
  /** Home's history after each of the batches that are to be followed. */
  readonly histories: ReadonlyMap<number, bigint>;
  readonly home: HomeStanding;
}

interface Common {
  readonly number: number;
  readonly histories: ReadonlyMap<number, bigint>;
}

export interface DivergenceOptions {
  readonly database: Database;
  readonly lane: ContractLane;
  readonly home: Pick<HomeRecord, "batchesAfter">;
  readonly size: BatchSize;
  readonly domain: bigint;
  readonly genesisRoot: bigint;
  /** Seconds that a batch's time may lie behind home's clock. */
  readonly maxTimeLagSeconds: number;
}

/** A batch that this node knows as final on home is another one there now, or what the RPC gives as home's batches is not. */
export class FinalBatchLostError extends Error {
  override readonly name = "FinalBatchLostError";
  readonly code = "FINAL_BATCH_LOST";
  constructor(
    readonly batchNumber: number,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `after batch ${batchNumber}, which was final on home, home's history is ${actual}, expected ${expected}: the RPC does not give home's batches, the database belongs to another deployment, or home gave up blocks that it had called final. Correct the home RPC and deployment.json; if they are right, start with an empty data folder and read npm run rebuild`,
    );
  }
}

/**
 * Compares what home has at the end of a block with this node's batches. Throws a {@link FinalBatchLostError}, and what is thrown
 * where home's calldata is read.
 */
export async function divergenceAt(
  options: DivergenceOptions,
  home: HomeStanding,
): Promise<Divergence | undefined> {
  const { newestBatch } = home;
  const { number: common, histories } = await commonBatch(options, home);
  if (common < newestBatch) return { cause: "foreign", common, histories, home };
  const next = timeOfNext(options, common);
  if (next === undefined || next + BigInt(options.maxTimeLagSeconds) >= home.timestampSeconds)
    return undefined;
  return { cause: "too old", common, histories, home };
}

async function commonBatch(options: DivergenceOptions, standing: HomeStanding): Promise<Common> {
  const { database } = options;
  const own = (number: number) => BATCHES.get(database, number)?.history;
  const newest = Math.min(standing.newestBatch, readCursor(database, CURSOR.batches));
  if (newest === standing.newestBatch && (newest === 0 || own(newest) === standing.history))
    return { number: newest, histories: new Map() };
  const final = readCursor(database, finalizedCursor(HOME));
  if (newest < final) throw new FinalBatchLostError(newest, hex(own(newest) ?? 0n), hex(standing.history));
  const histories = await historiesAfter(options, final, standing);
  let number = newest;
  while (number > final && own(number) !== histories.get(number)) number--;
  return { number, histories };
}

/**
 * Home's history after each of its batches since this node's newest final one, from their calldata: what they end in is what home
 * has, so each of them is the batch that home accepted.
 */
async function historiesAfter(
  { database, home, domain, size, genesisRoot }: DivergenceOptions,
  final: number,
  standing: HomeStanding,
): Promise<ReadonlyMap<number, bigint>> {
  const finalBatch = BATCHES.get(database, final);
  let history = finalBatch?.history ?? genesisRoot;
  let cellCountBefore = finalBatch?.cellCountAfter ?? GENESIS_CELL_COUNT;
  const accepted = settlementsOf(HOME).get(database, final)?.accepted;
  const histories = new Map<number, bigint>();
  for (const { published, transactionHash } of await home.batchesAfter(
    final,
    accepted?.finalized ? accepted.blockNumber : undefined,
    standing.block,
  )) {
    history = historyAfter(
      history,
      provenStreamHash(published, { domain, size, cellCountBefore }, transactionHash),
    );
    histories.set(Number(published.number), history);
    cellCountBefore = published.cellCountAfter;
  }
  for (let number = final + 1; number <= standing.newestBatch; number++) {
    if (!histories.has(number)) throw new FalseBatchError(number, "the number", String(number), "missing");
  }
  if (history !== standing.history) throw new FinalBatchLostError(final, hex(standing.history), hex(history));
  return histories;
}

const hex = (word: bigint): string => `0x${word.toString(16).padStart(64, "0")}`;

/** T of the batch after one, closed or not; undefined if no block of it exists. */
function timeOfNext({ database, lane }: DivergenceOptions, number: number): bigint | undefined {
  const closed = BATCHES.get(database, number + 1);
  if (closed !== undefined) return closed.timeSeconds;
  const block = readBuiltBlock(lane, (BATCHES.get(database, number)?.lastBlock ?? 0) + 1);
  return block?.ledger.timeSeconds;
}
