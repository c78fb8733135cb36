import { decodeFunctionData, type Hex, parseTransaction } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BatchAlreadySignedError } from "../../../bridge/batch-signer.ts";
import { L1Sender, type L1SenderOptions } from "../../../bridge/l1-sender.ts";
import { RetryableError } from "../../../bridge/stage-loop.ts";
import type { Attempt } from "../../../bridge/transaction-line.ts";
import { neuraMirrorAbi, neuraRollupAbi } from "../../../contracts/abi.ts";
import type { Database } from "../../../state/database.ts";
import {
  acceptedCursor,
  BATCHES,
  CURSORS,
  finalizedCursor,
  readCursor,
  settlementsOf,
} from "../../../state/store/records.ts";
import { FakeSettlementChain, feesOfRaw, nonceOfRaw } from "./fake-settlement-chain.ts";
import { batchRecord, FakeRuntime, storeProvenBatches, temporaryDatabase, until } from "./stage-fixtures.ts";

const account = privateKeyToAccount(`0x${"42".repeat(32)}`);
const signature = `0x${"5e".repeat(65)}` as const;
const finalSignature = `0x${"f1".repeat(65)}` as const;
const signer = { signForHome: async () => signature, signAsFinal: async () => finalSignature };
const bumpAfterMs = 60_000;

let database: Database;
let remove: () => Promise<void>;
let chain: FakeSettlementChain;
let runtime: FakeRuntime;
let senders: L1Sender[];
let fatal: Error[];

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  chain = new FakeSettlementChain();
  runtime = new FakeRuntime();
  senders = [];
  fatal = [];
});

afterEach(async () => {
  await Promise.all(senders.map((sender) => sender.close()));
  await remove();
});

function startSender(changes: Partial<L1SenderOptions> = {}): L1Sender {
  const sender = new L1Sender({
    chain: "home",
    target: { role: "home" },
    database,
    contract: chain,
    signer,
    account,
    maxOps: 4,
    pollMs: 1_000,
    bumpAfterMs,
    maxFeePerGasWei: 1_000n,
    minBalanceWei: 10n ** 17n,
    runtime,
    onFatal: (error) => fatal.push(error),
    ...changes,
  });
  senders.push(sender);
  sender.start();
  return sender;
}

const accepted = (name = "home") => readCursor(database, acceptedCursor(name));
const finalized = (name = "home") => readCursor(database, finalizedCursor(name));
const recordOf = (number: number) => settlementsOf("home").get(database, number);
const rounds = async (count: number) => {
  const end = runtime.sleeps.length + count;
  await until(() => runtime.sleeps.length >= end, `${count} rounds`);
};

describe("posting", () => {
  it("posts proven batches in order, each once, and notes acceptance and finality", async () => {
    await storeProvenBatches(database, 1, 3);
    const sender = startSender();
    await until(() => accepted() === 3);
    chain.mine();
    await until(() => finalized() === 3);
    await rounds(5);

    expect(chain.broadcasts.map(nonceOfRaw)).toEqual([0, 1, 2]);
    expect(recordOf(2)?.accepted).toMatchObject({
      transactionHash: chain.acceptedHashes()[1],
      gasUsed: 300_000n,
      finalized: true,
    });
    expect(sender.status()).toMatchObject({
      chain: "home",
      state: "running",
      nextBatch: 4,
      acceptedBatch: 3,
      finalizedBatch: 3,
      lagBatches: 0,
      lastGasUsed: 300_000n,
      balanceWei: 10n ** 18n,
      error: undefined,
    });
  });

  it("signs for the chain and the contract, with gas to spare", async () => {
    await storeProvenBatches(database, 1, 1);
    startSender();
    await until(() => accepted() === 1);
    const [raw] = chain.broadcasts;
    expect(raw && parseTransaction(raw)).toMatchObject({
      chainId: chain.chainId,
      to: chain.address,
      gas: 500_000n,
      maxFeePerGas: 22n,
      maxPriorityFeePerGas: 2n,
    });
  });

  it("has the signed transaction in the database before the chain gets it", async () => {
    await storeProvenBatches(database, 1, 1);
    let stored: string | undefined;
    chain.onBroadcast = () => {
      stored = recordOf(1)?.attempts.at(-1)?.raw;
    };
    startSender();
    await until(() => accepted() === 1);
    expect(stored).toBe(chain.broadcasts[0]);
  });

  it("does not post a batch whose proof is missing", async () => {
    await database.write([BATCHES.put(1, batchRecord(1))]);
    startSender();
    await rounds(5);
    expect(chain.broadcasts).toEqual([]);
  });

  it("gives a mirror only what is final on home, and says meanwhile what it waits for", async () => {
    await storeProvenBatches(database, 1, 2);
    await database.write([CURSORS.put(acceptedCursor("home"), 2), CURSORS.put(finalizedCursor("home"), 1)]);
    const sender = startSender({ chain: "arbitrum", target: { role: "mirror", home: "home" } });
    await until(() => accepted("arbitrum") === 1);
    await rounds(5);
    expect(chain.broadcasts).toHaveLength(1);
    expect(sender.status()).toMatchObject({ state: "running", waitsFor: "batch 2 to be final on home" });

    await database.write([CURSORS.put(finalizedCursor("home"), 2)]);
    await until(() => accepted("arbitrum") === 2);
    expect(sender.status().waitsFor).toBeUndefined();
  });

  it("waits for nothing but proofs at home", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.minesAtOnce = false;
    const sender = startSender();
    expect(sender.status()).toMatchObject({ lagBatches: 1, waitsFor: undefined });
  });
});

/** The signature of the submission, as it stands in the calldata. */
function signatureOf(raw: Hex | undefined): unknown {
  const { data = "0x" } = parseTransaction(raw as Hex);
  const call = decodeFunctionData({ abi: [...neuraRollupAbi, ...neuraMirrorAbi], data });
  return call.args?.[2];
}

describe("signatures", () => {
  const mirror = { chain: "arbitrum", target: { role: "mirror", home: "home" } } as const;

  it("go with every batch to home", async () => {
    await storeProvenBatches(database, 1, 1);
    startSender();
    await until(() => accepted() === 1);
    expect(signatureOf(chain.broadcasts[0])).toBe(signature);
  });

  it("are left out at home when the operator is deposed", async () => {
    await storeProvenBatches(database, 1, 1);
    startSender({ signer: { ...signer, signForHome: async () => undefined } });
    await until(() => accepted() === 1);
    expect(signatureOf(chain.broadcasts[0])).toBe("0x");
    expect(runtime.warnings.some((text) => text.includes("unsigned"))).toBe(true);
  });

  it("that tell a mirror of a final batch are waited for", async () => {
    await storeProvenBatches(database, 1, 1);
    await database.write([CURSORS.put(finalizedCursor("home"), 1)]);
    let isFinal = false;
    const signAsFinal = async () => {
      if (!isFinal) throw new RetryableError("NOT_FINAL_AT_HOME", "not yet");
      return finalSignature;
    };
    const sender = startSender({ ...mirror, signer: { ...signer, signAsFinal } });
    await until(() => sender.status().lastError?.code === "NOT_FINAL_AT_HOME");
    expect(chain.broadcasts).toEqual([]);
    isFinal = true;
    await until(() => accepted("arbitrum") === 1);
    expect(signatureOf(chain.broadcasts[0])).toBe(finalSignature);
  });

  it("that must not be given stop a mirror with the reason", async () => {
    await storeProvenBatches(database, 1, 1);
    await database.write([CURSORS.put(finalizedCursor("home"), 1)]);
    const signAsFinal = async () => {
      throw new BatchAlreadySignedError(1, "0x01", "0x02");
    };
    const sender = startSender({ ...mirror, signer: { ...signer, signAsFinal } });
    await until(() => sender.status().state === "stopped");
    expect(sender.status().error).toMatchObject({
      code: "BATCH_ALREADY_SIGNED",
      message: expect.stringContaining("stays at batch 0"),
    });
    expect(chain.broadcasts).toEqual([]);
  });
});

describe("returns", () => {
  const errandOf = (attempts: Attempt[]) => ({
    label: "return 0",
    attempts,
    prepare: async () => ({ calldata: "0x1234" as const, valueWei: 5n, gas: 100n }),
    mayTryAgain: async () => true,
    addAttempt: async (attempt: Attempt) => {
      attempts.push(attempt);
    },
  });

  it("are sent when no batch is due", async () => {
    const attempts: Attempt[] = [];
    chain.minesAtOnce = false;
    startSender({ returns: { next: async () => errandOf(attempts) } });
    await until(() => chain.broadcasts.length === 1);
    expect(parseTransaction(chain.broadcasts[0] as Hex)).toMatchObject({
      data: "0x1234",
      value: 5n,
      gas: 125n,
    });
  });

  it("come after a batch, but never under the nonce of one that is in flight", async () => {
    const attempts: Attempt[] = [];
    chain.minesAtOnce = false;
    const returns = { next: async () => errandOf(attempts) };
    const sender = startSender({ returns });
    await until(() => chain.broadcasts.length === 1);
    await storeProvenBatches(database, 1, 1);
    await rounds(200);
    // All of them attempts for the return, with fees that rise.
    const before = chain.broadcasts.length;
    expect(new Set(chain.broadcasts.map((raw) => parseTransaction(raw).data))).toEqual(new Set(["0x1234"]));
    expect(new Set(chain.broadcasts.map(nonceOfRaw))).toEqual(new Set([0]));
    await sender.close();
    chain.isDown = false;
    chain.mine();
    chain.minesAtOnce = true;
    startSender({ returns });
    await until(() => accepted() === 1);
    expect(nonceOfRaw(chain.broadcasts[before] as Hex)).toBe(1);
    expect(signatureOf(chain.broadcasts[before])).toBe(signature);
  });
});

describe("starting again", () => {
  it("hands in a stored transaction that was never sent, instead of signing another", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.onBroadcast = () => {
      throw new Error("the process dies here");
    };
    startSender();
    await until(() => fatal.length === 1);
    const stored = recordOf(1)?.attempts;
    chain.onBroadcast = () => {};

    startSender();
    await until(() => accepted() === 1);
    expect(chain.broadcasts).toEqual(stored?.map(({ raw }) => raw));
  });

  it("adopts a transaction that landed while the sender was away", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.minesAtOnce = false;
    const first = startSender();
    await until(() => chain.broadcasts.length === 1);
    await first.close();
    chain.isDown = false;
    chain.mine();

    startSender();
    await until(() => accepted() === 1);
    await rounds(3);
    expect(chain.broadcasts).toHaveLength(1);
  });

  it("adopts a batch that somebody else posted, by its event", async () => {
    await storeProvenBatches(database, 1, 2);
    const { rootAfter, blockHash, laneDataHash } = batchRecord(1);
    chain.acceptFromElsewhere(1, rootAfter, blockHash, laneDataHash);
    startSender();
    await until(() => accepted() === 2);
    expect(recordOf(1)?.attempts).toEqual([]);
    expect(recordOf(1)?.accepted?.gasUsed).toBe(7n);
    expect(chain.broadcasts).toHaveLength(1);
  });

  it("finds where a batch was accepted that it knows as accepted from elsewhere", async () => {
    await storeProvenBatches(database, 1, 2);
    const { rootAfter, blockHash, laneDataHash } = batchRecord(1);
    chain.acceptFromElsewhere(1, rootAfter, blockHash, laneDataHash);
    await database.write([CURSORS.put(acceptedCursor("home"), 1)]);
    startSender();
    chain.mine();
    await until(() => finalized() === 1);
    expect(recordOf(1)?.accepted).toMatchObject({ finalized: true });
    await until(() => accepted() === 2);
    expect(chain.broadcasts).toHaveLength(1);
  });

  it("takes a batch for its own whatever the hashes' lowest bytes are: who delivers it chooses them", async () => {
    await storeProvenBatches(database, 1, 1);
    const { rootAfter, blockHash, laneDataHash } = batchRecord(1);
    chain.acceptFromElsewhere(1, rootAfter, blockHash ^ 0xffn, laneDataHash ^ 1n);
    startSender();
    await until(() => accepted() === 1);
    expect(fatal).toEqual([]);
  });

  it.each([
    ["root", { root: 0xbadn }],
    ["block hash", { blockHash: 0xbadn }],
    ["lane data hash", { laneDataHash: 0xbadn }],
  ])("stops when the contract has a batch with another %s than ours", async (_what, changes) => {
    await storeProvenBatches(database, 1, 1);
    const { rootAfter, blockHash, laneDataHash } = batchRecord(1);
    const other = { root: rootAfter, blockHash, laneDataHash, ...changes };
    chain.acceptFromElsewhere(1, other.root, other.blockHash, other.laneDataHash);
    const sender = startSender();
    await until(() => fatal.length === 1);
    expect(sender.status()).toMatchObject({ state: "stopped", error: { code: "FOREIGN_BATCH" } });
    expect(accepted()).toBe(0);
  });

  it("stops when the contract has batches that this database does not know", async () => {
    chain.acceptFromElsewhere(1, 1n, 2n, 3n);
    const sender = startSender();
    await until(() => fatal.length === 1);
    expect(sender.status().error?.code).toBe("FOREIGN_BATCH");
  });
});

describe("fees", () => {
  it("raises both fees by at least 12.5 % with the same nonce, and stops at the bound", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.minesAtOnce = false;
    startSender({ maxFeePerGasWei: 40n });
    await rounds(600);
    const fees = chain.broadcasts.map(feesOfRaw);
    const distinct = fees.filter((fee, i) => fee.maxFeePerGas !== fees[i - 1]?.maxFeePerGas);
    expect(distinct.length).toBeGreaterThan(2);
    for (const [i, fee] of distinct.slice(1).entries()) {
      const before = distinct[i];
      expect(fee.maxFeePerGas * 1000n).toBeGreaterThanOrEqual((before?.maxFeePerGas ?? 0n) * 1125n);
      expect(fee.maxPriorityFeePerGas * 1000n).toBeGreaterThanOrEqual(
        (before?.maxPriorityFeePerGas ?? 0n) * 1125n,
      );
      expect(fee.maxFeePerGas).toBeLessThanOrEqual(40n);
    }
    expect(new Set(chain.broadcasts.map(nonceOfRaw))).toEqual(new Set([0]));
    // 600 rounds of a second, one transaction a minute: no storm.
    expect(chain.broadcasts.length).toBeLessThanOrEqual(11);

    chain.mine();
    await until(() => accepted() === 1);
  });

  it("adopts an earlier attempt that lands after it was replaced", async () => {
    await storeProvenBatches(database, 1, 2);
    chain.minesAtOnce = false;
    startSender();
    await until(() => chain.broadcasts.length === 2);
    const [earlier] = chain.broadcasts;
    if (earlier !== undefined) chain.mineLate(earlier);
    await until(() => accepted() === 1);
    expect(recordOf(1)?.accepted?.transactionHash).toBe(recordOf(1)?.attempts[0]?.transactionHash);
    chain.minesAtOnce = true;
    await until(() => accepted() === 2);
    expect(chain.acceptedHashes()).toHaveLength(2);
  });

  it("warns once when the balance is low", async () => {
    chain.wei = 1n;
    const sender = startSender();
    await rounds(100);
    expect(sender.status().balanceWei).toBe(1n);
    expect(runtime.warnings.filter((text) => text.includes("balance is low"))).toHaveLength(1);
  });
});

describe("misfortune", () => {
  it("retries a dead chain with bounded pauses, for ever, and goes on when it is back", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.isDown = true;
    const sender = startSender();
    await rounds(50);
    expect(sender.status()).toMatchObject({ state: "retrying", lastError: { code: "L1_REQUEST_FAILED" } });
    expect(Math.max(...runtime.sleeps)).toBe(30_000);
    expect(runtime.sleeps.slice(0, 3)).toEqual([500, 1_000, 2_000]);
    chain.isDown = false;
    await until(() => accepted() === 1);
    expect(sender.status().state).toBe("running");
    expect(fatal).toEqual([]);
  });

  it("stops at a permanent refusal after one simulation, without sending anything", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.refusal = { name: "InvalidProof", args: [] };
    const sender = startSender();
    await until(() => fatal.length === 1);
    const { total } = chain.requests;
    for (let i = 0; i < 100; i++) await runtime.sleep(1_000);
    expect(sender.status()).toMatchObject({ state: "stopped", error: { code: "SUBMISSION_REVERTED" } });
    expect(sender.status().error?.message).toContain("InvalidProof");
    expect(chain.requests).toEqual({ simulate: 1, total });
    expect(chain.broadcasts).toEqual([]);
    expect(recordOf(1)).toBeUndefined();
  });

  it.each([
    ["LedgerFrozen", "npm run escape"],
    ["OverdueEntrySkipped", "npm run batch"],
    ["OverdueEntrySkipped", "it follows that batch"],
    ["TimeTooOld", "longer ago than home allows"],
    ["TimeTooOld", "makes new batches of it"],
    ["LaneDataNotEmpty", "deposed"],
    ["LaneDataNotEmpty", "--reset"],
    ["LaneDataNotEmpty", "Nothing that home has accepted is lost"],
    ["NotSignedByOperator", "NEURA_OPERATOR_KEY"],
  ])("says what to do when the contract refuses with %s", async (name, advice) => {
    await storeProvenBatches(database, 1, 1);
    chain.refusal = { name, args: [] };
    startSender();
    await until(() => fatal.length === 1);
    expect(fatal[0]?.message).toContain(advice);
  });

  it.each(["TimeInFuture", "OperatorIsDeposed"])("waits out %s, which time cures", async (name) => {
    await storeProvenBatches(database, 1, 1);
    chain.refusal = { name, args: [1, 2] };
    const sender = startSender();
    await until(() => sender.status().state === "retrying");
    chain.refusal = undefined;
    await until(() => accepted() === 1);
    expect(fatal).toEqual([]);
  });

  it("gives up after three transactions that revert in blocks although they were simulated", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.isRevertingInBlocks = true;
    const sender = startSender();
    await until(() => fatal.length === 1);
    expect(sender.status().error?.code).toBe("REPEATED_REVERT");
    expect(chain.broadcasts).toHaveLength(3);
  });

  it("sends batches again that the chain has lost", async () => {
    await storeProvenBatches(database, 1, 3);
    startSender();
    await until(() => accepted() === 3);
    chain.mine();
    await until(() => finalized() === 3);

    chain.minesAtOnce = false;
    chain.loseBatchesAbove(1);
    await until(() => accepted() === 1);
    expect(finalized()).toBe(1);
    expect(recordOf(3)?.accepted).toBeUndefined();
    chain.minesAtOnce = true;
    chain.mine();
    await until(() => accepted() === 3);
    chain.mine();
    await until(() => finalized() === 3);
    expect(chain.acceptedHashes()).toHaveLength(3);
  });

  it("does not believe a single answer that a batch is lost", async () => {
    await storeProvenBatches(database, 1, 2);
    startSender();
    await until(() => accepted() === 2);
    const { newestBatch } = chain;
    let lies = 2;
    chain.newestBatch = async () => (lies-- > 0 ? 1 : newestBatch());
    await until(() => lies < 0);
    expect(accepted()).toBe(2);
    expect(chain.broadcasts).toHaveLength(2);
  });

  it("sends no second transaction while the contract's number lags behind a receipt", async () => {
    await storeProvenBatches(database, 1, 1);
    const { newestBatch } = chain;
    chain.newestBatch = async () => 0;
    chain.simulate = async () => 400_000n;
    startSender();
    await until(() => chain.acceptedHashes().length === 1);
    await rounds(10);
    expect(chain.broadcasts).toHaveLength(1);
    chain.newestBatch = newestBatch;
    await until(() => accepted() === 1);
  });

  it("hands in a waiting transaction again after the chain was away, without raising its fees", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.minesAtOnce = false;
    startSender();
    await until(() => chain.broadcasts.length === 1);
    chain.isDown = true;
    chain.forgetPending();
    await rounds(2);
    chain.isDown = false;
    await until(() => chain.broadcasts.length === 2);
    expect(chain.broadcasts[1]).toBe(chain.broadcasts[0]);
  });

  it("looks up a batch again before it calls it final", async () => {
    await storeProvenBatches(database, 1, 1);
    chain.finalityBlocks = 1_000_000;
    startSender();
    await until(() => accepted() === 1);
    const [before] = chain.acceptedHashes();
    chain.loseBatchesAbove(0);
    const { rootAfter, blockHash, laneDataHash } = batchRecord(1);
    chain.acceptFromElsewhere(1, rootAfter, blockHash, laneDataHash);
    chain.finalityBlocks = 0;
    await until(() => finalized() === 1);
    expect(recordOf(1)?.accepted?.transactionHash).toBe(chain.acceptedHashes()[0]);
    expect(chain.acceptedHashes()[0]).not.toBe(before);
  });

  it("ends a long wait at once when it is closed", async () => {
    const slow = { ...runtime, now: runtime.now, log: runtime.log, sleep: waitForAbort };
    const sender = startSender({ runtime: slow });
    await until(() => sender.status().balanceWei !== undefined);
    await sender.close();
    expect(sender.status().state).toBe("closed");
  });
});

const waitForAbort = (_durationMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
  });
