import { encodeFunctionData, type Hex, numberToHex } from "viem";
import type { AcceptedBatch } from "../../../bridge/home-history.ts";
import type { HomeRecord, HomeStanding } from "../../../bridge/home-record.ts";
import { decodePublishedBatch } from "../../../bridge/posted-batch.ts";
import { submissionCalldata } from "../../../bridge/submission.ts";
import { neuraRollupAbi } from "../../../contracts/abi.ts";
import { AccountIndex } from "../../../sequencer/recovery/account-index.ts";
import { planBatch, submissionOf } from "../../../sequencer/recovery/batch-plan.ts";
import { HomeState, payoutsHash } from "../../../sequencer/recovery/home-state.ts";
import type { Database } from "../../../state/database.ts";
import { withdrawalsOf } from "../../../state/ledger/batch.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import { HOME_CHAIN } from "../../../state/ledger/operation.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";
import { commitmentOf, historyAfter, streamWords } from "../../../state/ledger/stream.ts";
import { streamOf } from "../../../state/store/batch-stream.ts";
import { HOME } from "../../../state/store/confirmation.ts";
import {
  acceptedCursor,
  BATCHES,
  type BatchRecord,
  CURSORS,
  PRIORITY_QUEUE,
} from "../../../state/store/records.ts";
import { genesisAccounts, TEST_DOMAIN } from "../../support/ledger-scenario.ts";
import { MIRRORS } from "./test-sequencer.ts";

const size = BATCH_SIZES.test;
const accounts = genesisAccounts();
const created = {
  chainId: 31337,
  address: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
  firstBlock: 1,
  domain: TEST_DOMAIN,
  genesisRoot: Ledger.genesis(size, accounts).root(),
  size,
  accounts,
} as const;
/** Of a foreign batch; nothing here verifies it. */
export const FOREIGN_PROOF = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n] as const;
const someProof = { constraints: 1, witnessMs: 1, proveMs: 1, peakRssBytes: 1 };

/** The home contract without a chain: the batches that it was given, replayed as `npm run rebuild` does it. */
export class FakeHome implements Pick<HomeRecord, "standing" | "batchesAfter"> {
  readonly state = new HomeState(created, MIRRORS.length);
  readonly accepted: AcceptedBatch[] = [];
  /** Of the newest block. */
  timeSeconds = 0n;
  /** Newest batch in the final block; undefined if it is the newest one. */
  finalBatch: number | undefined;
  /** What the next questions meet with. */
  failure: Error | undefined;

  async standing(which: "latest" | "finalized"): Promise<HomeStanding> {
    if (this.failure !== undefined) throw this.failure;
    const { number } = this.state.newest;
    const newestBatch = which === "latest" ? number : (this.finalBatch ?? number);
    const hashes = this.state.streamHashes.slice(1, newestBatch + 1);
    const history = hashes.reduce(historyAfter, created.genesisRoot);
    return { block: 100 + newestBatch, timestampSeconds: this.timeSeconds, newestBatch, history };
  }

  async batchesAfter(
    batchNumber: number,
    _fromBlock: number | undefined,
    toBlock: number,
  ): Promise<AcceptedBatch[]> {
    return this.accepted.slice(batchNumber, toBlock - 100);
  }

  /** Takes the queue as the node's watcher has read it, and the node's batch, as its sender would send it. */
  async settle(database: Database, number: number): Promise<void> {
    const batch = BATCHES.get(database, number) as BatchRecord;
    await this.readQueue(database);
    const commitment = commitmentOf(streamWords(streamOf(batch, TEST_DOMAIN), size));
    const proof = { batchNumber: number, proof: FOREIGN_PROOF, commitment, ...someProof };
    this.#accept(submissionCalldata("home", batch, proof, size.maxOps, "0x"), false);
    await database.write([CURSORS.put(acceptedCursor(HOME), number)]);
  }

  async readQueue(database: Database): Promise<void> {
    for await (const entry of PRIORITY_QUEUE.values(database)) {
      if (entry.index < this.state.queueTail) continue;
      this.state.apply({ type: "queued", entry: { ...entry, deadline: entry.deadlineSeconds } });
    }
  }

  /** A batch of what waits, as `npm run batch` makes it. */
  makeForeign(timeSeconds: bigint): AcceptedBatch {
    const index = new AccountIndex();
    index.extend(this.state.ledger);
    const planned = planBatch(this.state, index, timeSeconds);
    if (planned === undefined) throw new Error("nothing waits at home");
    const args = submissionOf(planned, FOREIGN_PROOF);
    return this.#accept(encodeFunctionData({ abi: neuraRollupAbi, functionName: "submitBatch", args }), true);
  }

  #accept(calldata: Hex, isPermissionless: boolean): AcceptedBatch {
    const transactionHash = numberToHex(this.accepted.length + 1, { size: 32 });
    const published = decodePublishedBatch(calldata, transactionHash);
    const words = withdrawalsOf(published.ops, MIRRORS.length)
      .filter(({ chain }) => chain === HOME_CHAIN)
      .map(({ recipient, units }) => recipient | (units << 160n));
    const { timeSeconds, blockHash, laneDataHash, rootAfter: root, cellCountAfter: cellCount } = published;
    const batch: AcceptedBatch = {
      type: "batch",
      published,
      root,
      cellCount,
      timeSeconds,
      blockHash,
      laneDataHash,
      withdrawalsHash: words.length === 0 ? undefined : payoutsHash(words),
      isPermissionless,
      transactionHash,
    };
    this.state.apply(batch);
    this.accepted.push(batch);
    if (timeSeconds > this.timeSeconds) this.timeSeconds = timeSeconds;
    return batch;
  }
}
