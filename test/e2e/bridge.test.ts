import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { decodeFunctionData, getContract, numberToHex, parseEventLogs } from "viem";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HomeQueueContract } from "../../bridge/home-queue.ts";
import { L1Watcher } from "../../bridge/l1-watcher.ts";
import type { SettlementContractOptions } from "../../bridge/settlement-contract.ts";
import { neuraMirrorAbi, neuraRollupAbi, nrxTokenAbi } from "../../contracts/abi.ts";
import type { Database } from "../../state/database.ts";
import { opFields, opWords, withObject } from "../../state/ledger/operation.ts";
import { historyAfter } from "../../state/ledger/stream.ts";
import {
  BATCHES,
  type BatchOpRecord,
  CURSOR,
  PRIORITY_QUEUE,
  readCursor,
  SIGNED_FINAL_BATCHES,
  settlementsOf,
} from "../../state/store/records.ts";
import { AnvilChain } from "../fixtures/bridge/anvil-chain.ts";
import type { DyingSenderArguments } from "../fixtures/bridge/dying-sender.ts";
import {
  acceptedOn,
  type DeployedContracts,
  deployHome,
  deployMirror,
  eventually,
  finalizedOn,
  homeContract,
  newSender,
  openDatabase,
  operator,
  realRuntime,
  storeNextBatch,
  temporaryDirectory,
} from "../fixtures/bridge/settled-network.ts";
import { account, testTerms } from "../fixtures/contracts/settlement.ts";

const dyingSender = fileURLToPath(new URL("../fixtures/bridge/dying-sender.ts", import.meta.url));
/** Base8 of BabyJubJub: a valid key. */
const key = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
] as const;
const unit = 10n ** 9n;
/** Batches without an overdue entry that home takes (libraries/OperationQueue.sol). */
const MAX_DELAYS = 32;

let homeChain: AnvilChain;
let mirrorChain: AnvilChain;
let home: DeployedContracts;
let mirror: SettlementContractOptions;
let database: Database;
let directory: string;
let remove: () => void;
let stages: { close(): Promise<void> }[];

beforeAll(async () => {
  [homeChain, mirrorChain] = await Promise.all([AnvilChain.start(11155111), AnvilChain.start(421614)]);
});

afterAll(async () => {
  await Promise.all([homeChain?.stop(), mirrorChain?.stop()]);
});

beforeEach(async () => {
  stages = [];
  ({ directory, remove } = temporaryDirectory());
  database = await openDatabase(directory);
  home = await deployHome(homeChain);
});

afterEach(async () => {
  await homeChain.client.setAutomine(false);
  await homeChain.client.setIntervalMining({ interval: 1 });
  await Promise.all(stages.map((stage) => stage.close()));
  await database.close();
  remove();
});

function start<T extends { start(): void; close(): Promise<void> }>(stage: T): T {
  stages.push(stage);
  stage.start();
  return stage;
}

const startSender = (contract: SettlementContractOptions, changes = {}) =>
  start(newSender(database, home, contract, changes));
const newestAt = async ({ client }: AnvilChain, { address }: SettlementContractOptions): Promise<number> =>
  Number((await client.readContract({ address, abi: neuraMirrorAbi, functionName: "latest" })).number);
const operatorNonce = ({ client }: AnvilChain): Promise<number> =>
  client.getTransactionCount({ address: operator.address });

/** Lengths of the signatures, in characters, that home's batches came with. */
async function signaturesAtHome(newest: number): Promise<number[]> {
  const lengths = [];
  for (let number = 1; number <= newest; number++) {
    const hash = settlementsOf("home").get(database, number)?.accepted?.transactionHash;
    const { input } = await homeChain.client.getTransaction({ hash: hash ?? "0x" });
    const { args } = decodeFunctionData({ abi: neuraRollupAbi, data: input });
    lengths.push(String(args?.[2]).length);
  }
  return lengths;
}

/** How often each batch number was accepted, by the contract's events. */
async function acceptedNumbers(
  { client }: AnvilChain,
  contract: SettlementContractOptions,
): Promise<number[]> {
  const { address, firstBlock } = contract;
  const abi = neuraMirrorAbi;
  const fromBlock = BigInt(firstBlock);
  const events = await client.getContractEvents({ address, abi, eventName: "BatchAccepted", fromBlock });
  return events.map(({ args }) => Number(args.number));
}

describe("deposits", () => {
  it("reach the database once they are final, and the batch with them settles", async () => {
    const { client } = homeChain;
    const { address } = home.rollup;
    const user = account(0);
    const token = getContract({ address: home.token, abi: nrxTokenAbi, client });
    await client.waitForTransactionReceipt({ hash: await token.write.approve([address, 100n * unit]) });
    const hash = await client.writeContract({
      address,
      abi: neuraRollupAbi,
      functionName: "deposit",
      args: [42n * unit, user.address, ...key],
    });
    const { blockNumber } = await client.waitForTransactionReceipt({ hash });

    const { rpcUrl, chainId, firstBlock } = home.rollup;
    const queue = new HomeQueueContract({ chain: "home", rpcUrl, chainId, address });
    const onFatal = (error: Error) => expect.fail(error.message);
    const watcher = start(
      new L1Watcher({ database, queue, firstBlock, pollMs: 100, runtime: realRuntime, onFatal }),
    );
    await eventually("the entry is read", () => readCursor(database, CURSOR.priorityRead) === 1);
    expect((await client.getBlock({ blockTag: "finalized" })).number).toBeGreaterThanOrEqual(blockNumber);
    const entry = PRIORITY_QUEUE.get(database, 0);
    if (entry === undefined) throw new Error("no entry");
    expect(opFields(entry.words)).toMatchObject({
      kind: "deposit",
      amountUnits: 42n,
      w2: key[0],
      w3: key[1],
    });
    expect(entry.caller).toBe(BigInt(user.address));
    expect(watcher.status()).toMatchObject({ entriesRead: 1, error: undefined });

    const { caller, queuedAt } = entry;
    const op: BatchOpRecord = { id: hash, words: withObject(entry.words, 5), valid: true, caller, queuedAt };
    await storeNextBatch(database, home.domain, { ops: [op], timeSeconds: queuedAt });
    startSender(home.rollup);
    await eventually("the batch is accepted", () => acceptedOn(database, "home") === 1);
    const head = await client.readContract({ address, abi: neuraRollupAbi, functionName: "queueHead" });
    expect(head).toBe(1n);
  });
});

describe("home and a mirror", () => {
  beforeEach(async () => {
    mirror = await deployMirror(mirrorChain, home);
  });

  it("accept the same batches, the mirror after home, and both become final", async () => {
    await storeNextBatch(database, home.domain);
    const mirrorSender = startSender(mirror);
    await eventually("the mirror's sender has looked", () => mirrorSender.status().balanceWei !== undefined);
    expect(await newestAt(mirrorChain, mirror)).toBe(0);

    const homeSender = startSender(home.rollup);
    await storeNextBatch(database, home.domain);
    await storeNextBatch(database, home.domain);
    for (const chain of ["home", "mirror"]) {
      await eventually(`${chain} has the batches`, () => acceptedOn(database, chain) === 3);
      await eventually(`they are final on ${chain}`, () => finalizedOn(database, chain) === 3);
    }
    const root = BATCHES.get(database, 3)?.rootAfter;
    for (const [chain, contract] of [
      [homeChain, home.rollup],
      [mirrorChain, mirror],
    ] as const) {
      const { address } = contract;
      const read = { address, abi: neuraMirrorAbi, functionName: "rootOf", args: [3n] } as const;
      expect(await chain.client.readContract(read)).toBe(root);
      expect(await acceptedNumbers(chain, contract)).toEqual([1, 2, 3]);
    }
    expect(homeSender.status()).toMatchObject({ state: "running", lagBatches: 0, error: undefined });
    expect(homeSender.status().lastGasUsed).toBeGreaterThan(200_000n);
  });

  it("home goes on while the mirror is dead, and the mirror catches up", async () => {
    const homeSender = startSender(home.rollup);
    const mirrorSender = startSender(mirror);
    await storeNextBatch(database, home.domain);
    await eventually("the mirror has batch 1", () => acceptedOn(database, "mirror") === 1);
    await mirrorChain.kill();
    for (let i = 0; i < 3; i++) await storeNextBatch(database, home.domain);
    await eventually("home has all batches", () => acceptedOn(database, "home") === 4);
    expect(homeSender.status().state).toBe("running");
    await eventually("the mirror's trouble shows", () => mirrorSender.status().state === "retrying");
    expect(mirrorSender.status()).toMatchObject({
      acceptedBatch: 1,
      lagBatches: 3,
      lastError: { code: "L1_REQUEST_FAILED" },
    });

    await mirrorChain.start();
    await eventually("the mirror has all batches", () => acceptedOn(database, "mirror") === 4, 60_000);
    expect(await acceptedNumbers(mirrorChain, mirror)).toEqual([1, 2, 3, 4]);
  });
});

describe("an overdue entry of the queue", () => {
  /** Queues an operation that will be a no-op, and lets its deadline pass. */
  async function overdueEntry(): Promise<BatchOpRecord & { readonly queuedAt: bigint }> {
    const { client } = homeChain;
    const { address } = home.rollup;
    const words = opWords({ kind: "withdraw", sender: 400, amountUnits: 1n, w1: 1n });
    const hash = await client.writeContract({
      address,
      abi: neuraRollupAbi,
      functionName: "enqueue",
      args: [words],
    });
    const receipt = await client.waitForTransactionReceipt({ hash });
    const [event] = parseEventLogs({
      abi: neuraRollupAbi,
      eventName: "OperationQueued",
      logs: receipt.logs,
    });
    if (event === undefined) throw new Error("nothing was queued");
    await client.increaseTime({ seconds: testTerms.inclusionDelay + 5 });
    await client.mine({ blocks: 1 });
    const caller = BigInt(event.args.caller);
    return { id: hash, words, valid: false, caller, queuedAt: BigInt(event.args.queuedAt) };
  }

  it("does not keep batches that were made before it from home and mirrors, whose turn it is after a pause", async () => {
    mirror = await deployMirror(mirrorChain, home);
    for (let i = 0; i < 3; i++) await storeNextBatch(database, home.domain);
    const op = await overdueEntry();
    await storeNextBatch(database, home.domain, { ops: [op], timeSeconds: op.queuedAt });
    startSender(home.rollup);
    startSender(mirror);
    await eventually("home has them and the entry", () => acceptedOn(database, "home") === 4);
    await eventually("the mirror too", () => acceptedOn(database, "mirror") === 4);
    const { address } = home.rollup;
    const head = await homeChain.client.readContract({
      address,
      abi: neuraRollupAbi,
      functionName: "queueHead",
    });
    expect(head).toBe(1n);
    // Nobody is told that they were permissionless: each had the operator's signature.
    expect(await signaturesAtHome(4)).toEqual([132, 132, 132, 132]);
    expect(SIGNED_FINAL_BATCHES.get(database, 4)?.signature).toHaveLength(132);
  });

  it("stops the sender of more such batches than home takes, with what to do, before any gas is spent", async () => {
    await overdueEntry();
    for (let i = 0; i <= MAX_DELAYS; i++) await storeNextBatch(database, home.domain);
    const nonceBefore = await operatorNonce(homeChain);
    const fatal: Error[] = [];
    await homeChain.client.setAutomine(true);
    startSender(home.rollup, { pollMs: 10, onFatal: (error: Error) => fatal.push(error) });
    await eventually("the sender stops", () => fatal.length === 1, 60_000);
    expect(fatal[0]).toMatchObject({
      errorName: "OverdueEntrySkipped",
      message: expect.stringMatching(/by npm run batch, and start the node again/),
    });
    expect(acceptedOn(database, "home")).toBe(MAX_DELAYS);
    expect(await operatorNonce(homeChain)).toBe(nonceBefore + MAX_DELAYS);
  });
});

describe("a batch that is older than home allows", () => {
  it("stops the sender with what to do, before any gas is spent", async () => {
    home = await deployHome(homeChain, { maxTimeLag: 3_600 });
    const { timestamp } = await homeChain.client.getBlock();
    await storeNextBatch(database, home.domain, { timeSeconds: timestamp });
    await storeNextBatch(database, home.domain, { timeSeconds: timestamp });
    await homeChain.client.setIntervalMining({ interval: 0 });
    const nonceBefore = await operatorNonce(homeChain);
    const fatal: Error[] = [];
    await homeChain.client.increaseTime({ seconds: 3_700 });
    await homeChain.client.mine({ blocks: 1 });
    startSender(home.rollup, { onFatal: (error: Error) => fatal.push(error) });
    await eventually("the sender stops", () => fatal.length === 1);
    expect(fatal[0]).toMatchObject({
      errorName: "TimeTooOld",
      message: expect.stringMatching(/takes back all that is not settled/),
    });
    expect(await operatorNonce(homeChain)).toBe(nonceBefore);
  });
});

describe("what home has not made final", () => {
  it("is not told to the mirror, and is when it is final", async () => {
    mirror = await deployMirror(mirrorChain, home);
    await homeChain.client.setIntervalMining({ interval: 0 });
    await homeChain.client.setAutomine(true);
    await storeNextBatch(database, home.domain);
    startSender(home.rollup);
    const mirrorSender = startSender(mirror);
    await eventually("home has the batch", () => acceptedOn(database, "home") === 1);
    await eventually("the mirror's sender has looked", () => mirrorSender.status().balanceWei !== undefined);
    await sleep(500);
    expect(finalizedOn(database, "home")).toBe(0);
    expect(mirrorSender.status()).toMatchObject({
      acceptedBatch: 0,
      waitsFor: "batch 1 to be final on home",
    });
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toBeUndefined();
    // The contract itself, asked for its final block, has not got it either.
    expect(await homeContract(home).finalHistory()).toMatchObject({ batchNumber: 0 });
    await homeChain.client.mine({ blocks: 4 });
    await eventually("the mirror has it", () => acceptedOn(database, "mirror") === 1);
    const { streamHash = "0x" } = SIGNED_FINAL_BATCHES.get(database, 1) ?? {};
    const before = BATCHES.get(database, 1)?.rootBefore ?? 0n;
    const historyHash = numberToHex(historyAfter(before, BigInt(streamHash)), { size: 32 });
    expect(await homeContract(home).finalHistory()).toEqual({ batchNumber: 1, historyHash });
  });
});

describe("a home chain that starts again from an older state", () => {
  it("gets the lost batches again, each once", async () => {
    startSender(home.rollup);
    await storeNextBatch(database, home.domain);
    await eventually("batch 1 is accepted", () => acceptedOn(database, "home") === 1);
    await homeChain.saveState("one batch");
    await storeNextBatch(database, home.domain);
    await storeNextBatch(database, home.domain);
    await eventually("batch 3 is accepted", () => acceptedOn(database, "home") === 3);
    await eventually("batch 3 is final", () => finalizedOn(database, "home") === 3);

    await homeChain.restartFrom("one batch");
    expect(await newestAt(homeChain, home.rollup)).toBe(1);
    await eventually(
      "home has the batches again",
      async () => (await newestAt(homeChain, home.rollup)) === 3,
    );
    await eventually("they are final again", () => finalizedOn(database, "home") === 3);
    expect(await acceptedNumbers(homeChain, home.rollup)).toEqual([1, 2, 3]);
    const { accepted } = settlementsOf("home").get(database, 3) ?? {};
    const receipt =
      accepted && (await homeChain.client.getTransactionReceipt({ hash: accepted.transactionHash }));
    expect(receipt).toMatchObject({ status: "success", blockNumber: BigInt(accepted?.blockNumber ?? -1) });
  });
});

describe("kill -9", () => {
  it.each(["before broadcast", "after broadcast"] as const)(
    "of a sender that has stored a transaction, %s: the next one settles it, posted once",
    async (diesAt) => {
      await storeNextBatch(database, home.domain);
      await storeNextBatch(database, home.domain);
      const nonceBefore = await operatorNonce(homeChain);
      await database.close();
      const argument: DyingSenderArguments = {
        directory,
        home: { ...home, domain: String(home.domain) },
        diesAt,
      };
      const child = spawn(process.execPath, ["--import", "tsx", dyingSender, JSON.stringify(argument)], {
        stdio: "inherit",
      });
      const [, signal] = await once(child, "exit");
      expect(signal).toBe("SIGKILL");

      database = await openDatabase(directory);
      const stored = settlementsOf("home").get(database, 1);
      expect(stored?.attempts).toHaveLength(1);
      expect(stored?.accepted).toBeUndefined();
      startSender(home.rollup);
      await eventually("both batches are accepted", () => acceptedOn(database, "home") === 2);
      expect(await acceptedNumbers(homeChain, home.rollup)).toEqual([1, 2]);
      // One transaction a batch, no further one that reverted.
      expect(await operatorNonce(homeChain)).toBe(nonceBefore + 2);
      const settled = settlementsOf("home").get(database, 1);
      expect(settled?.accepted?.transactionHash).toBe(stored?.attempts[0]?.transactionHash);
    },
  );
});

describe("the chain refuses or delays", () => {
  it("stops at a wrong proof with the contract's error, and spends no gas", async () => {
    const nonceBefore = await operatorNonce(homeChain);
    await storeNextBatch(database, home.domain, { isProofWrong: true });
    const fatal: Error[] = [];
    const sender = startSender(home.rollup, { onFatal: (error: Error) => fatal.push(error) });
    await eventually("the sender stops", () => fatal.length === 1);
    expect(fatal[0]).toMatchObject({ code: "SUBMISSION_REVERTED", errorName: "InvalidProof" });
    expect(sender.status()).toMatchObject({ state: "stopped", error: { code: "SUBMISSION_REVERTED" } });
    expect(await operatorNonce(homeChain)).toBe(nonceBefore);
    expect(settlementsOf("home").get(database, 1)).toBeUndefined();
  });

  it("raises the fees of a transaction that no block takes, and it is accepted once", async () => {
    const { client } = homeChain;
    await client.setIntervalMining({ interval: 0 });
    await storeNextBatch(database, home.domain);
    const nonceBefore = await operatorNonce(homeChain);
    startSender(home.rollup, { bumpAfterMs: 500 });
    const attempts = () => settlementsOf("home").get(database, 1)?.attempts ?? [];
    await eventually("two replacements are sent", () => attempts().length >= 3);
    await client.setIntervalMining({ interval: 1 });
    await eventually("the batch is accepted", () => acceptedOn(database, "home") === 1);
    const hashes = attempts().map(({ transactionHash }) => transactionHash);
    expect(hashes).toContain(settlementsOf("home").get(database, 1)?.accepted?.transactionHash);
    expect(await operatorNonce(homeChain)).toBe(nonceBefore + 1);
  });

  it("says which chain answers when the URL leads to another one", async () => {
    const sender = startSender({ ...home.rollup, rpcUrl: mirrorChain.rpcUrl });
    await eventually("the error shows", () => sender.status().lastError?.code === "L1_WRONG_CHAIN");
    expect(sender.status().lastError?.message).toContain("421614");
  });

  it("ends a request under way when it is closed", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const contract = { ...home.rollup, rpcUrl: `http://127.0.0.1:${port}`, requestTimeoutMs: 60_000 };
    const sender = startSender(contract);
    await once(silent, "request");
    const startMs = Date.now();
    await sender.close();
    expect(Date.now() - startMs).toBeLessThan(1_000);
    silent.closeAllConnections();
    silent.close();
  });
});
