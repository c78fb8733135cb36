import type { Logger } from "pino";
import type { AcceptedBatch } from "../bridge/home-history.ts";
import type { HomeRecord } from "../bridge/home-record.ts";
import { RetryableError, type StageClock } from "../bridge/stage-loop.ts";
import { Ledger } from "../state/ledger/ledger.ts";
import { HOME } from "../state/store/confirmation.ts";
import { OPERATIONS, settlementsOf } from "../state/store/records.ts";
import { timeFloor } from "./block-builder.ts";
import { demandFollowable, followBatch } from "./follow.ts";
import { type Divergence, divergenceAt } from "./home-divergence.ts";
import { type Rewound, rewindTo } from "./rewind.ts";
import { openSequencing, type Sequencing, type SequencingOptions } from "./sequencing.ts";

export interface CatchUpOptions {
  readonly sequencing: SequencingOptions;
  readonly home: Pick<HomeRecord, "standing" | "batchesAfter">;
  /** Seconds that a batch's time may lie behind home's clock. */
  readonly maxTimeLagSeconds: number;
  readonly clock: StageClock;
  readonly log: Logger;
  /** Ends the wait for home. */
  readonly signal: AbortSignal;
}

/** The node was told to stop before it had caught up. */
export class CatchUpAbortedError extends Error {
  override readonly name = "CatchUpAbortedError";
  readonly code = "CATCH_UP_ABORTED";
  constructor() {
    super("stopped while waiting for home; nothing was changed, the next start looks again");
  }
}

/** Between two looks at home's final block. */
const pollMs = 2_000;
const maxPollMs = 30_000;
/** Hashes in one line of the log. */
const hashesPerLine = 100;

/**
 * Opens the node's sequencing at a place from which its batches can settle. If home has batches of somebody else's, or the time of
 * this node's next batch is too old for home, the node's own blocks since the last batch in common are taken back, home's batches
 * are followed, and what was in the blocks is sequenced again. That is decided by a final block of home alone, since it cannot
 * be undone. A home that does not answer decides nothing: the sender finds it out as soon as it does.
 */
export async function openAtHome(options: CatchUpOptions): Promise<Sequencing> {
  const opened = await openSequencing(options.sequencing);
  let sequencing = opened;
  try {
    const divergence = await finalDivergence(options, opened);
    if (divergence === undefined) return opened;
    // Everything that may fail for a reason outside of this node comes before what cannot be undone.
    const batches = await batchesToFollow(options, opened, divergence);
    const rewound = await takeBack(options, opened, divergence);
    await opened.close();
    sequencing = await openSequencing(options.sequencing);
    for (const batch of batches) await follow(options, sequencing, divergence, batch);
    await sequenceAgain(options, sequencing, rewound);
    return sequencing;
  } catch (error) {
    await sequencing.close();
    throw error;
  }
}

/** Undefined if the node can go on from where it is. */
async function finalDivergence(
  options: CatchUpOptions,
  { database, lane }: Sequencing,
): Promise<Divergence | undefined> {
  const { sequencing, home, maxTimeLagSeconds, clock, log, signal } = options;
  const { size, domain, genesis } = sequencing;
  const genesisRoot = Ledger.genesis(size, genesis).root();
  const at = async (which: "latest" | "finalized") =>
    divergenceAt(
      { database, lane, home, size, domain, genesisRoot, maxTimeLagSeconds },
      await home.standing(which),
    );
  let isDiverged = false;
  for (let pauseMs = pollMs; ; pauseMs = Math.min(2 * pauseMs, maxPollMs)) {
    try {
      const newest = await at("latest");
      if (newest === undefined) return undefined;
      isDiverged = true;
      const final = await at("finalized");
      if (final !== undefined) return final;
      const { cause, common } = newest;
      log.warn(
        { cause, common, home: newest.home.newestBatch, block: newest.home.block },
        "home has gone on without this node; waiting until that is final",
      );
    } catch (error) {
      if (!(error instanceof RetryableError)) throw error;
      log.warn({ code: error.code }, `cannot compare with home: ${error.message}`);
      if (!isDiverged) return undefined;
    }
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) throw new CatchUpAbortedError();
  }
}

async function takeBack(
  { log }: CatchUpOptions,
  { database, lane }: Sequencing,
  { cause, common, home }: Divergence,
): Promise<Rewound> {
  const reason =
    cause === "foreign"
      ? `home's batches ${common + 1} to ${home.newestBatch} are not this node's`
      : `batch ${common + 1} was made longer ago than home allows`;
  // A new batch is not older than this block, whatever this machine's clock says.
  const writes = cause === "too old" ? [timeFloor(home.timestampSeconds)] : [];
  const rewound = await rewindTo({ database, lane, batch: common }, writes);
  const { blocks, batches, operations, transactions } = rewound;
  log.warn(
    { common, blocks, batches, operations: operations.length, transactions: transactions.length },
    `${reason}: its own blocks after batch ${common} are taken back, and what was in them is sequenced again`,
  );
  return rewound;
}

/** Home's batches after the last one in common. Throws a BatchOfAnotherNodeError, a FalseBatchError. */
async function batchesToFollow(
  { home: record }: CatchUpOptions,
  { database }: Sequencing,
  { common, home }: Divergence,
): Promise<AcceptedBatch[]> {
  if (home.newestBatch === common) return [];
  const accepted = settlementsOf(HOME).get(database, common)?.accepted;
  const fromBlock = accepted?.finalized ? accepted.blockNumber : undefined;
  const batches = await record.batchesAfter(common, fromBlock, home.block);
  demandFollowable(batches, common, home.newestBatch);
  return batches;
}

async function follow(
  { sequencing: { size, genesis, domain }, log }: CatchUpOptions,
  sequencing: Sequencing,
  { home, histories }: Divergence,
  batch: AcceptedBatch,
): Promise<void> {
  const { number, ops } = batch.published;
  const history = histories.get(Number(number)) ?? 0n;
  await followBatch({ sequencing, size, genesis, domain, history }, batch);
  const { transactionHash, isPermissionless } = batch;
  const about = { batch: Number(number), of: home.newestBatch, operations: ops.length };
  log.info({ ...about, transactionHash, isPermissionless }, "batch followed");
}

/** Makes blocks of what was taken back, before anything new is taken, and says what is not valid any more. */
async function sequenceAgain(
  { log }: CatchUpOptions,
  { database, lane, blocks, operations, transactions }: Sequencing,
  rewound: Rewound,
): Promise<void> {
  const total = rewound.operations.length + rewound.transactions.length;
  // Everything that a block takes is done with: included, or refused. Waiting entries of home's queue come first.
  const maxBlocks = 2 * (total + rewound.blocks) + 1;
  if (total > 0) for (let i = 0; i < maxBlocks && (await blocks.build()) !== undefined; i++);
  const refused = rewound.operations.filter((id) => OPERATIONS.get(database, id)?.rejection !== undefined);
  const dropped = rewound.transactions
    .map(({ hash }) => hash)
    .filter((hash) => lane.getTransaction(hash) === undefined && transactions.get(hash) === undefined);
  log.info(
    { of: total, waiting: operations.size + transactions.size },
    "what was taken back is sequenced again",
  );
  logEach(log, "operations", refused);
  logEach(log, "transactions", dropped);
}

function logEach(log: Logger, what: "operations" | "transactions", hashes: readonly string[]): void {
  for (let start = 0; start < hashes.length; start += hashesPerLine) {
    const part = hashes.slice(start, start + hashesPerLine);
    log.warn(
      { count: hashes.length, [what]: part },
      `${hashes.length} ${what} that were taken back are not valid any more`,
    );
  }
}
