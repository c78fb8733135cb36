import { hexToBytes } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Database } from "../../../state/database.ts";
import { chainRules, minBaseFeeWei, nextBaseFeeWei } from "../../../state/evm/chain-rules.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import { homeGasOf, movedDataPriceWei } from "../../../state/evm/data-fee.ts";
import type { BlockInput } from "../../../state/evm/lane-types.ts";
import { sumOfBalances, supplyAfter } from "../../../state/evm/supply.ts";
import { SignedTransaction, systemTransaction } from "../../../state/evm/transaction.ts";
import type { Hex, Receipt } from "../../../state/evm/types.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import {
  account,
  chainId,
  credit,
  gwei,
  lower,
  oneNrxWei,
  openLane,
  signTransfer,
  temporaryDirectory,
} from "./lane-fixture.ts";

const alice = account(1);
const bob = lower(account(2).address);
const treasury: Hex = `0x${"77".repeat(20)}`;
const feeRecipient: Hex = `0x${"88".repeat(20)}`;
const options = { treasury, feeRecipient };
/** Above what the base fee of the second block would be otherwise, which is 1 gwei less an eighth. */
const dataPriceWei = 6n * gwei;
const leastBaseFeeWei = (dataPriceWei + 3n) / 4n;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let lane: ContractLane;

beforeEach(async () => {
  directory = await temporaryDirectory();
  ({ database, lane } = await openLane(directory.path, options));
  await lane.buildBlock({ ...funding, dataPriceWei });
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

const funding: BlockInput = {
  timestampSeconds: 1,
  transactions: [],
  ledger: credit([lower(alice.address), oneNrxWei]),
};

const build = async (...fields: Parameters<typeof signTransfer>[2][]) =>
  lane.buildBlock({
    timestampSeconds: 2,
    transactions: await Promise.all(fields.map((each) => signTransfer(lane, alice, each))),
  });

const feeOf = ({ gasUsed, effectiveGasPriceWei }: Receipt): bigint => gasUsed * effectiveGasPriceWei;

function countedWei(): bigint {
  const counting = sumOfBalances(database, hexToBytes(lane.head.stateRoot), 100);
  for (;;) {
    const { done, value } = counting.next();
    if (done === true) return value.supplyWei;
  }
}

/** Bytes of which every fourth is 0, in hex. */
const someData = (length: number): Hex =>
  `0x${Array.from({ length }, (_, i) => (i % 4 === 0 ? "00" : "a7")).join("")}`;

describe("the price of home's gas in a block", () => {
  it("is the extraData of its header, without leading zeros, and holds for the next block", async () => {
    expect(lane.head).toMatchObject({ number: 1, dataPriceWei, baseFeeWei: 875_000_000n });
    const { block } = await build();
    expect(block).toMatchObject({ dataPriceWei, baseFeeWei: leastBaseFeeWei });
    await lane.buildBlock({ timestampSeconds: 3, transactions: [], dataPriceWei: 0n });
    expect(lane.head.baseFeeWei).toBe(leastBaseFeeWei);
    expect(lane.nextBaseFeeWei).toBe(leastBaseFeeWei - leastBaseFeeWei / 8n);
  });

  it("is there after a restart, and so are the receipts", async () => {
    const transactions = [await signTransfer(lane, alice, { nonce: 0, to: bob, value: 5n })];
    const { receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions, dataPriceWei: 9n });
    expect(receipts[0]?.dataFee?.dataPriceWei).toBe(dataPriceWei);
    await database.close();
    ({ database, lane } = await openLane(directory.path, options));
    expect(lane.head.dataPriceWei).toBe(9n);
    expect(lane.getReceipts(2)).toEqual(receipts);
  });

  it("makes the same blocks and receipts wherever they are executed again", async () => {
    const heavy = await signTransfer(lane, alice, { nonce: 0, to: bob, data: someData(900), gas: 200_000n });
    const plain = await signTransfer(lane, alice, { nonce: 1, to: bob, value: 5n });
    const blocks: BlockInput[] = [
      { ...funding, dataPriceWei },
      { timestampSeconds: 2, transactions: [heavy], dataPriceWei: 7n * gwei },
      { timestampSeconds: 3, transactions: [plain], dataPriceWei: 5n },
    ];
    for (const block of blocks.slice(1)) await lane.buildBlock(block);
    const other = await temporaryDirectory();
    const again = await openLane(other.path, options);
    try {
      for (const block of blocks) await again.lane.buildBlock(block);
      expect(again.lane.head.hash).toBe(lane.head.hash);
      expect([2, 3].map((number) => again.lane.getReceipts(number))).toEqual(
        [2, 3].map((number) => lane.getReceipts(number)),
      );
      expect(lane.getReceipts(3)?.[0]?.dataFee?.dataPriceWei).toBe(7n * gwei);
    } finally {
      await again.database.close();
      await other.remove();
    }
  });

  it("of 0 changes nothing: no fields, no part for the fee recipient, no base fee", async () => {
    await lane.buildBlock({ timestampSeconds: 2, transactions: [], dataPriceWei: 0n });
    const { block, receipts } = await build({ nonce: 0, to: bob, value: 5n });
    expect(block.baseFeeWei).toBe(leastBaseFeeWei - leastBaseFeeWei / 8n);
    expect(receipts[0]).not.toHaveProperty("dataFee");
    expect(await lane.getBalance(feeRecipient)).toBe(0n);
    expect(await lane.getBalance(treasury)).toBe(21_000n * block.baseFeeWei);
  });
});

describe("the gas of data", () => {
  it("is four times what home takes for it at least, and a call of code is what it was", async () => {
    const { receipts } = await build({ nonce: 0, to: bob, data: someData(1_000), gas: 200_000n });
    expect(receipts[0]?.gasUsed).toBe(21_000n + 40n * (750n * 4n + 250n));
    await expect(
      signTransfer(lane, alice, { nonce: 1, to: bob, data: someData(1_000), gas: 150_999n }),
    ).rejects.toThrow(/^insufficient gas for floor data gas cost: gas 150999, minimum needed 151000$/);
  });

  it("does not apply to system transactions, whose data is on home as operations", async () => {
    const calldata = new Uint8Array(1_000).fill(7);
    const call = { to: bob, calldata, executionGas: 0n };
    const { gasLimit } = systemTransaction(call, 0n, chainRules(chainId)).decoded;
    expect(gasLimit).toBe(21_000n + 10n * 4_000n);
    const ledger = { ...credit(), calldata };
    const { receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions: [], ledger });
    expect(receipts[0]?.gasUsed).toBe(gasLimit);
    expect(receipts[0]).not.toHaveProperty("dataFee");
    // As a trace reads it.
    expect(lane.getBlock(2)?.transactions[0]?.decoded.getMinimumGasLimit()).toBe(gasLimit);
  });

  it("leaves out what was accepted when there was less of it, and goes on", async () => {
    const raw = await alice.signTransaction({
      type: "eip1559",
      chainId,
      nonce: 0,
      to: bob,
      data: someData(1_000),
      gas: 100_000n,
      maxFeePerGas: 2n * gwei,
    });
    const stored = SignedTransaction.fromStore(lower(alice.address), hexToBytes(raw), lane.rules);
    const { rejected } = await lane.buildBlock({ timestampSeconds: 2, transactions: [stored] });
    expect(rejected).toMatchObject([{ hash: stored.hash, reason: /^intrinsic gas too low: gas 100000/ }]);
    await build({ nonce: 0, to: bob, value: 5n });
    expect(await lane.getBalance(bob)).toBe(5n);
  });
});

describe("the data fee of a transaction", () => {
  it("is what its bytes cost on home, and the base fees cover it whatever it is", async () => {
    const random = new SeededRandom(21);
    for (let nonce = 0; nonce < 20; nonce++) {
      const zeros = random.below(4);
      const bytes = Array.from({ length: random.below(3_000) }, () =>
        random.chance(zeros, 4) ? 0 : 1 + random.below(255),
      );
      const data: Hex = `0x${Buffer.from(bytes).toString("hex")}`;
      const { block, receipts } = await build({ nonce, to: bob, data, gas: 700_000n });
      const [receipt] = receipts as [Receipt];
      const homeGasUsed = homeGasOf(block.transactions[0]?.raw as Uint8Array);
      expect(block.baseFeeWei).toBe(leastBaseFeeWei);
      expect(receipt.dataFee).toEqual({ homeGasUsed, dataPriceWei, feeWei: homeGasUsed * dataPriceWei });
      expect(feeOf(receipt)).toBeGreaterThanOrEqual(homeGasUsed * dataPriceWei);
    }
  });

  it.each([["legacy"], ["eip2930"], ["eip7702"]] as const)(
    "is covered by a plain transaction of type %s",
    async (type) => {
      const authorization = await account(3).signAuthorization({ chainId, nonce: 0, address: bob });
      const fields = {
        ...{ chainId, nonce: 0, to: bob, value: 2n ** 50n, gas: 100_000n },
        ...(type === "eip7702"
          ? { type, maxFeePerGas: 2n * gwei, authorizationList: [authorization] }
          : { type, gasPrice: 2n * gwei }),
      } as Parameters<typeof alice.signTransaction>[0];
      const transaction = await lane.decode(hexToBytes(await alice.signTransaction(fields)));
      const { block, receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions: [transaction] });
      const [receipt] = receipts as [Receipt];
      expect(receipt.dataFee?.feeWei).toBe(homeGasOf(transaction.raw) * dataPriceWei);
      expect(receipt.dataFee?.feeWei).toBeLessThanOrEqual(receipt.gasUsed * block.baseFeeWei);
    },
  );

  it("ends at the base fees where an access list has more bytes than its gas pays for", async () => {
    const storageKeys = Array.from(
      { length: 100 },
      (_, i): Hex => `0x${(i + 1).toString(16).padStart(2, "0").repeat(32)}`,
    );
    const raw = await alice.signTransaction({
      ...{ type: "eip1559", chainId, nonce: 0, to: bob, gas: 300_000n, maxFeePerGas: 2n * gwei },
      accessList: [{ address: bob, storageKeys }],
    });
    const transaction = await lane.decode(hexToBytes(raw));
    const { block, receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions: [transaction] });
    const [receipt] = receipts as [Receipt];
    const paidWei = receipt.gasUsed * block.baseFeeWei;
    expect(receipt.dataFee?.feeWei).toBe(paidWei);
    expect(homeGasOf(transaction.raw) * dataPriceWei).toBeGreaterThan(paidWei);
    expect([await lane.getBalance(feeRecipient), await lane.getBalance(treasury)]).toEqual([paidWei, 0n]);
    expect(countedWei()).toBe(oneNrxWei);
  });

  it("goes to the fee recipient with the tips, the rest of the base fees to the treasury", async () => {
    const { block, receipts } = await build(
      { nonce: 0, to: bob, value: 5n, tip: gwei / 4n },
      { nonce: 1, to: bob, data: someData(2_000), gas: 400_000n },
    );
    const dataFeesWei = receipts.reduce((sum, { dataFee }) => sum + (dataFee?.feeWei ?? 0n), 0n);
    const tipsWei = (21_000n * gwei) / 4n;
    expect(dataFeesWei).toBeGreaterThan(0n);
    expect(await lane.getBalance(feeRecipient)).toBe(dataFeesWei + tipsWei);
    expect(await lane.getBalance(treasury)).toBe(block.gasUsed * block.baseFeeWei - dataFeesWei);
    const spentWei = receipts.reduce((sum, receipt) => sum + feeOf(receipt), 5n);
    expect(await lane.getBalance(lower(alice.address))).toBe(oneNrxWei - spentWei);
    expect([supplyAfter(database, block.number), countedWei()]).toEqual([oneNrxWei, oneNrxWei]);
  });

  it("takes nothing of what dies with a contract: the treasury gets that", async () => {
    // ADDRESS SELFDESTRUCT, in the transaction that creates it
    const { block, receipts } = await build({ nonce: 0, data: "0x30ff", value: 999n, gas: 100_000n });
    const feeWei = receipts[0]?.dataFee?.feeWei as bigint;
    expect(await lane.getBalance(feeRecipient)).toBe(feeWei);
    expect(await lane.getBalance(treasury)).toBe(999n + block.gasUsed * block.baseFeeWei - feeWei);
    expect([supplyAfter(database, block.number), countedWei()]).toEqual([oneNrxWei, oneNrxWei]);
  });
});

describe("home's gas of bytes", () => {
  it("is 40 for each, and 10 for each zero", () => {
    expect(homeGasOf(Uint8Array.of(0, 1, 0, 255, 7))).toBe(140n);
    expect(homeGasOf(new Uint8Array(0))).toBe(0n);
  });
});

describe("a price that moves", () => {
  const random = new SeededRandom(22);
  const anyWei = () => random.bits(random.below(60));

  it("lifts the base fee by an eighth a block at most, and falls by an eighth at most", () => {
    for (let i = 0; i < 500; i++) {
      const baseFeeWei = minBaseFeeWei + anyWei();
      const before = anyWei() % (4n * baseFeeWei + 1n);
      const moved = movedDataPriceWei({ baseFeeWei, dataPriceWei: before }, anyWei());
      expect(moved * 8n).toBeGreaterThanOrEqual(before * 7n - 8n);
      const gas = { gasLimit: 60n, gasUsed: 30n };
      const next = nextBaseFeeWei({ ...gas, baseFeeWei, dataPriceWei: moved });
      expect(next).toBeLessThanOrEqual(baseFeeWei + baseFeeWei / 8n);
      expect(next * 4n).toBeGreaterThanOrEqual(moved);
    }
  });

  it.each([
    [0n, 10n ** 12n],
    [10n ** 12n, 0n],
    [0n, 1n],
    [1n, 0n],
    [7n, 9n],
    [9n, 7n],
  ])("arrives, from %s at %s", (from, wanted) => {
    let parent = { gasLimit: 60n, gasUsed: 0n, baseFeeWei: minBaseFeeWei, dataPriceWei: from };
    parent = { ...parent, baseFeeWei: nextBaseFeeWei(parent) };
    let blocks = 0;
    for (; parent.dataPriceWei !== wanted && blocks < 300; blocks++) {
      const dataPriceWei = movedDataPriceWei(parent, wanted);
      parent = { ...parent, dataPriceWei };
      parent = { ...parent, baseFeeWei: nextBaseFeeWei(parent) };
    }
    expect(parent.dataPriceWei).toBe(wanted);
    expect(movedDataPriceWei(parent, wanted)).toBe(wanted);
  });

  it("goes at once where no base fee changes by it", () => {
    expect(movedDataPriceWei({ baseFeeWei: gwei, dataPriceWei: 0n }, 4n * gwei)).toBe(4n * gwei);
    expect(movedDataPriceWei({ baseFeeWei: gwei, dataPriceWei: 0n }, 5n * gwei)).toBe((9n * gwei) / 2n);
  });
});
