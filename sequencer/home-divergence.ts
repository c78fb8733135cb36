import { hashOfBatch } from "../bridge/batch-signer.ts";
import type { HomeRecord, HomeStanding } from "../bridge/home-record.ts";
import type { Database } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { commitmentOf, streamWords } from "../state/ledger/stream.ts";
import { streamOf } from "../state/store/batch-stream.ts";
import { HOME } from "../state/store/confirmation.ts";
import { BATCHES, type BatchRecord, CURSOR, finalizedCursor, readCursor } from "../state/store/records.ts";
import { readBuiltBlock } from "./batch-builder.ts";
import { decodeBlockOperations } from "./block-operations.ts";

/** From where on the blocks of this node can never settle, and what home has instead. */
export interface Divergence {
  /**
   * `foreign`: home has batches that this node does not have. `too old`: the time of the node's next batch lies further back than
   * home allows.
   */
  readonly cause: "foreign" | "too old";
  /** Newest batch that home has and that is this node's, or was followed by it. */
  readonly common: number;
  readonly home: HomeStanding;
}

export interface DivergenceOptions {
  readonly database: Database;
  readonly lane: ContractLane;
  readonly home: Pick<HomeRecord, "streamHashOf">;
  readonly size: BatchSize;
  readonly domain: bigint;
  /** Seconds that a batch's time may lie behind home's clock. */
  readonly maxTimeLagSeconds: number;
}

/** A batch that this node knows as final on home is another one there now. */
export class FinalBatchLostError extends Error {
  override readonly name = "FinalBatchLostError";
  readonly code = "FINAL_BATCH_LOST";
  constructor(
    readonly batchNumber: number,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `batch ${batchNumber} was final on home as ${expected}, and home has ${actual} now: the database belongs to another deployment, or home gave up blocks that it had called final. Correct the home RPC and deployment.json; if they are right, start with an empty data folder and read npm run rebuild`,
    );
  }
}

/** Compares what home has at the end of a block with this node's batches. Throws a {@link FinalBatchLostError}. */
export async function divergenceAt(
  options: DivergenceOptions,
  home: HomeStanding,
): Promise<Divergence | undefined> {
  const { newestBatch } = home;
  const common = await commonBatch(options, home);
  if (common < newestBatch) return { cause: "foreign", common, home };
  const next = timeOfNext(options, common);
  if (next === undefined || next + BigInt(options.maxTimeLagSeconds) >= home.timestampSeconds)
    return undefined;
  return { cause: "too old", common, home };
}

async function commonBatch({ database, home, ...parameters }: DivergenceOptions, standing: HomeStanding) {
  const final = readCursor(database, finalizedCursor(HOME));
  let number = Math.min(standing.newestBatch, readCursor(database, CURSOR.batches));
  for (; number > 0; number--) {
    const ours = streamHashOf(BATCHES.get(database, number) as BatchRecord, parameters);
    const theirs = await home.streamHashOf(number, standing);
    if (ours === theirs) break;
    if (number <= final) throw new FinalBatchLostError(number, ours, theirs);
  }
  return number;
}

function streamHashOf(batch: BatchRecord, parameters: { readonly domain: bigint; readonly size: BatchSize }) {
  const { domain, size } = parameters;
  return hashOfBatch(
    batch,
    { commitment: commitmentOf(streamWords(streamOf(batch, domain), size)) },
    parameters,
  );
}

/** T of the batch after one, closed or not; undefined if no block of it exists. */
function timeOfNext({ database, lane }: DivergenceOptions, number: number): bigint | undefined {
  const closed = BATCHES.get(database, number + 1);
  if (closed !== undefined) return closed.timeSeconds;
  const block = readBuiltBlock(lane, (BATCHES.get(database, number)?.lastBlock ?? 0) + 1);
  return block && decodeBlockOperations(block.ledgerCalldata).timeSeconds;
}
