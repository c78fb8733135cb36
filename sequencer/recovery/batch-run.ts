import type { Address, Hex } from "viem";
import { neuraRollupAbi } from "../../contracts/abi.ts";
import type { EvmProof } from "../../prover/proof.ts";
import type { BatchSize } from "../../state/ledger/sizes.ts";
import { AccountIndex } from "./account-index.ts";
import { type PlannedBatch, planBatch, submissionOf } from "./batch-plan.ts";
import { ChainReplacedError, type HomeFollower } from "./home-follower.ts";
import type { HomeViews } from "./home-views.ts";
import { CallRefusedError, type L1Wallet } from "./l1-wallet.ts";
import { type Standing, standingOf } from "./standing.ts";

/** A batch that was accepted. */
export interface SentBatch {
  readonly number: number;
  readonly transactionHash: Hex;
  readonly entries: number;
  /** Of the entries, those that turned out invalid and changed nothing. */
  readonly noOps: number;
  readonly gasUsed: bigint;
}

/** Why no further batch was made. */
export type BatchesEnd =
  /** Nothing waits any more. */
  | "empty"
  /** What waits is not overdue: only the operator may include it yet. */
  | "not yet"
  | "frozen";

export interface BatchesOutcome {
  readonly sent: readonly SentBatch[];
  readonly end: BatchesEnd;
  readonly standing: Standing;
  readonly waiting: number;
  readonly chainTimeSeconds: bigint;
}

/** The batch circuit of a home contract. */
export interface DeployedCircuit {
  readonly size: BatchSize;
  readonly verifier: Address;
}

type FollowedHome = Pick<HomeFollower, "state" | "created" | "upTo" | "readTo">;

export interface BatchRunOptions {
  /** Reads the home chain from the start; called again if the chain was reorganised. */
  readonly open: () => Promise<FollowedHome>;
  readonly latestBlock: () => Promise<number>;
  readonly prove: (planned: PlannedBatch, circuit: DeployedCircuit) => Promise<EvmProof>;
  readonly wallet: Pick<L1Wallet, "send">;
  /** Wait for the deadlines of entries that are not overdue yet. */
  readonly isUntilEmpty: boolean;
  readonly sleep: (durationMs: number) => Promise<void>;
  readonly onEvent: (message: string) => void;
}

const deadlinePollMs = 2_000;
/**
 * Lost races and reorganisations while the queue's head stays where it is. The operator may put 32 batches before an overdue
 * entry (docs/SETTLEMENT.md, section 2); what disturbs more often must end.
 */
const maxDisturbances = 50;

/** How the contract says that another batch came first: what the batch was built on is not there any more. */
const LOST_RACE = new Set([
  "WrongBatchNumber",
  "WrongPreviousRoot",
  "WrongQueueEntry",
  "QueueExhausted",
  "TimeBeforePreviousBatch",
  "PrivilegeNotSuspended",
  "LedgerFrozen",
]);

/** The batch was made too long ago, for instance because its proof took long: the next one has a later time. */
const TOO_LATE = "TimeTooOld";

/**
 * Submits batches of the waiting entries as long as that is permissionless, or with `isUntilEmpty` until nothing waits.
 * Throws a CallRefusedError if the contract refuses a batch for a reason that no newer state explains.
 */
export async function runBatches(options: BatchRunOptions): Promise<BatchesOutcome> {
  const { open, latestBlock, isUntilEmpty, sleep, onEvent } = options;
  const sent: SentBatch[] = [];
  let follower = await open();
  let accounts = new AccountIndex();
  let head = follower.state.queueHead;
  for (let disturbances = 0; disturbances <= maxDisturbances; ) {
    const views = await readLatest(follower, latestBlock);
    if (views === undefined) {
      onEvent("the chain was reorganised: reading it again");
      [follower, accounts] = [await open(), new AccountIndex()];
      disturbances += 1;
      continue;
    }
    const { state } = follower;
    if (state.queueHead !== head) {
      head = state.queueHead;
      disturbances = 0;
    }
    const now = follower.upTo.timestampSeconds;
    const standing = standingOf(state, views.terms, now);
    const result = { sent, standing, waiting: state.waiting.size, chainTimeSeconds: now };
    if (standing.phase === "frozen") return { ...result, end: "frozen" };
    if (state.waiting.size === 0) return { ...result, end: "empty" };
    if (standing.phase === "running") {
      if (!isUntilEmpty) return { ...result, end: "not yet" };
      onEvent(`waiting for the deadline of entry ${state.queueHead}`);
      await sleep(deadlinePollMs);
      continue;
    }
    accounts.extend(state.ledger);
    const batch = await submitNext(follower, accounts, views, options);
    if (batch === undefined) disturbances += 1;
    else sent.push(batch);
  }
  throw new CallRefusedError(
    "submitBatch",
    undefined,
    `the chain changed ${maxDisturbances} times meanwhile; start again`,
  );
}

/** Undefined if the chain has replaced what had been read. */
async function readLatest(
  follower: FollowedHome,
  latestBlock: () => Promise<number>,
): Promise<HomeViews | undefined> {
  try {
    return await follower.readTo(await latestBlock());
  } catch (error) {
    if (error instanceof ChainReplacedError) return undefined;
    throw error;
  }
}

/** Undefined if the batch must be made again: somebody else was faster, or its time has become too old. */
async function submitNext(
  follower: FollowedHome,
  accounts: AccountIndex,
  views: HomeViews,
  { prove, wallet, onEvent }: BatchRunOptions,
): Promise<SentBatch | undefined> {
  const { state, upTo, created } = follower;
  const planned = planBatch(state, accounts, upTo.timestampSeconds);
  if (planned === undefined) return undefined;
  const { number, trace } = planned;
  const proof = await prove(planned, { size: created.size, verifier: views.batchVerifier });
  onEvent(`batch ${number}: sending it`);
  try {
    const receipt = await wallet.send({
      address: created.address,
      abi: neuraRollupAbi,
      functionName: "submitBatch",
      args: submissionOf(planned, proof),
    });
    return {
      number,
      transactionHash: receipt.transactionHash,
      entries: trace.ops.length,
      noOps: trace.ops.filter(({ valid }) => !valid).length,
      gasUsed: receipt.gasUsed,
    };
  } catch (error) {
    const reason = error instanceof CallRefusedError ? reasonToStartOver(error.errorName) : undefined;
    if (reason === undefined) throw error;
    onEvent(`batch ${number}: ${reason}`);
    return undefined;
  }
}

/** Undefined if a new batch would be refused for the same reason. */
function reasonToStartOver(errorName = ""): string | undefined {
  if (LOST_RACE.has(errorName)) return `somebody else was faster (${errorName}); reading on`;
  if (errorName === TOO_LATE)
    return "its time lies too far back by now (TimeTooOld), as the proof or the sending took too long; making it again";
  return undefined;
}
