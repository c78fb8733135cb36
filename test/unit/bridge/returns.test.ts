import { decodeFunctionData, keccak256, parseTransaction, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BlockReference } from "../../../bridge/l1-connection.ts";
import { ReturnErrands } from "../../../bridge/return-errands.ts";
import { type MirrorReturns, ReturnWatcher } from "../../../bridge/return-watcher.ts";
import { SubmissionRevertedError } from "../../../bridge/settlement-contract.ts";
import { TransactionLine } from "../../../bridge/transaction-line.ts";
import { neuraRollupAbi } from "../../../contracts/abi.ts";
import type { Database } from "../../../state/database.ts";
import { type ReturnRecord, returnErrandsOf, returnsOf } from "../../../state/store/records.ts";
import { FakeSettlementChain } from "./fake-settlement-chain.ts";
import { FakeRuntime, temporaryDatabase, until } from "./stage-fixtures.ts";

const account = privateKeyToAccount(`0x${"42".repeat(32)}`);
const chainName = "arbitrum";
const returnOf = (index: number, amountUnits = 100n): ReturnRecord => ({
  index,
  amountUnits,
  l1Address: "0x00000000000000000000000000000000000000aa",
  pubX: 11n,
  pubY: 12n,
});

let database: Database;
let remove: () => Promise<void>;
let runtime: FakeRuntime;

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  runtime = new FakeRuntime();
});

afterEach(() => remove());

/** A mirror's chain with returns in its blocks, and an RPC that may leave some out. */
class FakeMirror implements MirrorReturns {
  readonly rangeBlocks = 3;
  hidden = new Set<number>();
  #blocks: { readonly hash: `0x${string}`; readonly returns: readonly ReturnRecord[] }[] = [];
  #history = 0;

  mine(...returns: ReturnRecord[]): void {
    this.#blocks.push({ hash: keccak256(toHex(`${this.#history}:${this.#blocks.length}`)), returns });
  }

  loseBlocksFrom(number: number): void {
    this.#history += 1;
    this.#blocks = this.#blocks.slice(0, number);
  }

  finalizedBlock = (): Promise<BlockReference> => this.block(this.#blocks.length - 1);

  async block(number: number): Promise<BlockReference> {
    return { number, hash: this.#blocks[number]?.hash ?? "0x00" };
  }

  async returnCount(atBlock: number): Promise<number> {
    return this.#blocks.slice(0, atBlock + 1).flatMap(({ returns }) => returns).length;
  }

  async returns(fromBlock: number, toBlock: number): Promise<ReturnRecord[]> {
    const found = this.#blocks.slice(fromBlock, toBlock + 1).flatMap(({ returns }) => returns);
    return found.filter(({ index }) => !this.hidden.has(index));
  }

  abort(): void {}
}

describe("returns from a mirror", () => {
  let mirror: FakeMirror;
  let watcher: ReturnWatcher;

  beforeEach(() => {
    mirror = new FakeMirror();
    mirror.mine();
  });

  afterEach(() => watcher.close());

  function watch(): void {
    watcher = new ReturnWatcher({
      chain: chainName,
      database,
      contract: mirror,
      firstBlock: 1,
      pollMs: 1_000,
      runtime,
      onFatal: (error) => expect.fail(error.message),
    });
    watcher.start();
  }

  const known = (index: number) => returnsOf(chainName).get(database, index);

  it("are read in order, each once, also over a restart", async () => {
    mirror.mine(returnOf(0), returnOf(1));
    watch();
    await until(() => watcher.status().returnsRead === 2);
    await watcher.close();
    for (let i = 0; i < 7; i++) mirror.mine();
    mirror.mine(returnOf(2, 7n));
    watch();
    await until(() => watcher.status().returnsRead === 3);
    expect([0, 1, 2].map(known)).toEqual([returnOf(0), returnOf(1), returnOf(2, 7n)]);
  });

  it("that the RPC leaves out are missed, and read again", async () => {
    mirror.mine(returnOf(0), returnOf(1));
    mirror.hidden.add(0);
    watch();
    await until(() => watcher.status().lastError?.code === "RETURNS_INCOMPLETE");
    mirror.hidden.clear();
    await until(() => watcher.status().returnsRead === 2);
    expect(known(0)).toEqual(returnOf(0));
  });

  it("are read again when the mirror's chain has lost blocks and says something else now", async () => {
    mirror.mine(returnOf(0, 5n));
    mirror.mine();
    watch();
    await until(() => watcher.status().returnsRead === 1);
    mirror.loseBlocksFrom(1);
    mirror.mine();
    mirror.mine(returnOf(0, 6n));
    mirror.mine();
    await until(() => known(0)?.amountUnits === 6n);
    expect(watcher.status().returnsRead).toBe(1);
  });
});

describe("bringing returns home", () => {
  let chain: FakeSettlementChain;
  let nextAtHome: number;
  let refusal: SubmissionRevertedError | undefined;
  let simulatedValueWei: bigint | undefined;

  beforeEach(async () => {
    chain = new FakeSettlementChain();
    nextAtHome = 0;
    refusal = undefined;
  });

  const errands = () =>
    new ReturnErrands({
      database,
      home: {
        nextReturn: async () => nextAtHome,
        queueFeeWei: async () => 1_000n,
        simulate: async (_sender, _calldata, valueWei) => {
          if (refusal !== undefined) throw refusal;
          simulatedValueWei = valueWei;
          return 100_000n;
        },
      },
      operator: account.address,
      mirrors: [{ name: chainName, mirrorNumber: 1 }],
      feeStepWei: 10n,
      runtime,
    });
  const line = () =>
    new TransactionLine({ contract: chain, account, bumpAfterMs: 60_000, maxFeePerGasWei: 1_000n, runtime });
  const store = (...records: ReturnRecord[]) =>
    database.write(records.map((record) => returnsOf(chainName).put(record.index, record)));

  it("queues the one that home asks for, with enough for the queue's fee", async () => {
    await store(returnOf(0), returnOf(1, 55n));
    nextAtHome = 1;
    const errand = await errands().next();
    if (errand === undefined) throw new Error("nothing to do");
    await line().advance(errand, false);
    const transaction = parseTransaction(chain.broadcasts[0] as `0x${string}`);
    const call = decodeFunctionData({ abi: neuraRollupAbi, data: transaction.data ?? "0x" });
    expect(call.functionName).toBe("queueReturn");
    const { l1Address, pubX, pubY } = returnOf(1);
    expect(call.args?.map((arg) => (typeof arg === "string" ? arg.toLowerCase() : arg))).toEqual([
      1,
      1n,
      55n,
      l1Address,
      pubX,
      pubY,
    ]);
    expect(transaction.value).toBe(4_010n);
    expect(simulatedValueWei).toBe(4_010n);
    expect(returnErrandsOf(chainName).get(database, 1)?.attempts).toHaveLength(1);
  });

  it("sends the stored transaction again after a restart, and not another one", async () => {
    await store(returnOf(0));
    chain.minesAtOnce = false;
    for (let start = 0; start < 2; start++) {
      const errand = await errands().next();
      if (errand !== undefined) await line().advance(errand, false);
    }
    expect(chain.broadcasts).toHaveLength(2);
    expect(new Set(chain.broadcasts).size).toBe(1);
  });

  it("has nothing to do when home has them all, or there are none", async () => {
    expect(await errands().next()).toBeUndefined();
    await store(returnOf(0));
    nextAtHome = 1;
    expect(await errands().next()).toBeUndefined();
  });

  it("brings one again that home has lost with its newest blocks", async () => {
    await store(returnOf(0));
    nextAtHome = 1;
    const bringing = errands();
    expect(await bringing.next()).toBeUndefined();
    nextAtHome = 0;
    await runtime.sleep(31_000);
    expect((await bringing.next())?.label).toBe("return 0 of arbitrum");
  });

  it("brings a return at once that is read after it had nothing to do", async () => {
    await store(returnOf(0));
    nextAtHome = 1;
    const bringing = errands();
    expect(await bringing.next()).toBeUndefined();
    await store(returnOf(1));
    expect((await bringing.next())?.label).toBe("return 1 of arbitrum");
  });

  it("says why home refuses one, and lets batches pass before it tries again", async () => {
    await store(returnOf(0));
    refusal = new SubmissionRevertedError("home", "ReturnExceedsOut", [1n, 100n]);
    const bringing = errands();
    const errand = await bringing.next();
    await expect(errand?.prepare()).rejects.toMatchObject({
      code: "RETURN_REFUSED",
      message: expect.stringContaining("return 0 of arbitrum over 100 units with ReturnExceedsOut(1, 100)"),
    });
    expect(await bringing.next()).toBeUndefined();
    await runtime.sleep(61_000);
    expect(await bringing.next()).toBeDefined();
  });
});
