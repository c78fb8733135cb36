import { decodeFunctionResult, encodeFunctionData, hexToBytes, keccak256 } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Database, keySpace } from "../../../state/database.ts";
import { ledgerAddress, systemAddress } from "../../../state/evm/chain-rules.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import { ExecutionRevertedError } from "../../../state/evm/execution-errors.ts";
import { GenesisMismatchError, LaneBrokenError } from "../../../state/evm/lane-errors.ts";
import type { Address, Hex } from "../../../state/evm/types.ts";
import {
  account,
  cells,
  credit,
  gwei,
  lower,
  oneNrxWei,
  openLane,
  signTransfer,
  temporaryDirectory,
} from "./lane-fixture.ts";
import { probeAbi, probeBytecode } from "./probe-contract.ts";

const alice = account(1);
const bob = account(2);
const aliceAddress = lower(alice.address);
const bobAddress = lower(bob.address);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
let lane: ContractLane;

beforeEach(async () => {
  directory = await temporaryDirectory();
  ({ database, lane } = await openLane(directory.path));
});

afterEach(async () => {
  cells.clear();
  await database.close();
  await directory.remove();
});

const fund = (timestampSeconds = 1) =>
  lane.buildBlock({ timestampSeconds, transactions: [], ledger: credit([aliceAddress, oneNrxWei]) });

async function deployProbe(nonce = 0): Promise<Address> {
  const deployment = await signTransfer(lane, alice, { nonce, data: probeBytecode, gas: 1_000_000n });
  const { receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions: [deployment] });
  expect(receipts[0]).toMatchObject({ status: 1, to: null });
  return receipts[0]?.contractAddress as Address;
}

async function read(to: Address, data: Hex, tag: "latest" | number = "latest"): Promise<Hex> {
  const returned = await lane.call({ to, data: hexToBytes(data) }, tag);
  return `0x${Buffer.from(returned).toString("hex")}`;
}

describe("a block", () => {
  it("starts from a genesis where nobody owns anything", async () => {
    expect(lane.head.number).toBe(0);
    expect(await lane.getBalance(aliceAddress)).toBe(0n);
  });

  it("credits NRX by its system transaction and logs each operation from the ledger's address", async () => {
    const { block, receipts } = await fund();
    expect(await lane.getBalance(aliceAddress)).toBe(oneNrxWei);
    expect(block.transactions[0]).toMatchObject({ sender: systemAddress });
    expect(receipts[0]).toMatchObject({
      status: 1,
      from: systemAddress,
      to: ledgerAddress,
      effectiveGasPriceWei: 0n,
    });
    expect(receipts[0]?.logs[0]).toMatchObject({ address: ledgerAddress, data: "0x2222", logIndex: 0 });
    expect(await lane.getStorageAt(ledgerAddress, 0n)).toBe(`0x${"7".padStart(64, "0")}`);
  });

  it("gives system transactions with the same calldata different hashes", async () => {
    const first = await fund(1);
    const second = await fund(2);
    expect(first.receipts[0]?.transactionHash).not.toBe(second.receipts[0]?.transactionHash);
    expect(lane.getReceipt(first.receipts[0]?.transactionHash as Hex)?.blockNumber).toBe(1);
  });

  it("moves value, charges gas and burns the base fee", async () => {
    await fund();
    const transfer = await signTransfer(lane, alice, { nonce: 0, to: bobAddress, value: 5n });
    const { block, receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions: [transfer] });
    expect(receipts[0]).toMatchObject({
      status: 1,
      gasUsed: 21_000n,
      effectiveGasPriceWei: block.baseFeeWei,
    });
    expect(await lane.getBalance(bobAddress)).toBe(5n);
    expect(await lane.getBalance(aliceAddress)).toBe(oneNrxWei - 5n - 21_000n * block.baseFeeWei);
    expect(await lane.getNonce(aliceAddress)).toBe(1n);
  });

  it("hashes to keccak256 of its 21-field RLP header", async () => {
    const { block } = await fund();
    const stored = await database.get(keySpace("block-header"), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1));
    expect(keccak256(stored as Uint8Array)).toBe(block.hash);
  });

  it("leaves out what cannot run, says why, and skips what may run later", async () => {
    await fund();
    const poor = await signTransfer(lane, bob, { nonce: 0, to: aliceAddress, value: 1n });
    const early = await signTransfer(lane, alice, { nonce: 3, to: bobAddress });
    const good = await signTransfer(lane, alice, { nonce: 0, to: bobAddress, value: 1n });
    const again = await signTransfer(lane, alice, { nonce: 0, to: bobAddress, value: 2n });
    const built = await lane.buildBlock({ timestampSeconds: 2, transactions: [poor, early, good, again] });
    expect(built.block.transactions.map(({ hash }) => hash)).toEqual([good.hash]);
    expect(built.rejected.map(({ hash }) => hash)).toEqual([poor.hash, again.hash]);
    expect(built.rejected[0]?.reason).toMatch(/^insufficient funds for gas \* price \+ value/);
    expect(built.rejected[1]?.reason).toMatch(/^nonce too low/);
    expect(built.skipped).toEqual([early.hash]);
  });

  it("keeps a failed execution as a receipt with status 0 that still pays its gas", async () => {
    await fund();
    const to = await deployProbe();
    const data = encodeFunctionData({ abi: probeAbi, functionName: "store", args: [101n] });
    const failing = await signTransfer(lane, alice, { nonce: 1, to, data, gas: 100_000n });
    const { receipts } = await lane.buildBlock({ timestampSeconds: 3, transactions: [failing] });
    expect(receipts[0]).toMatchObject({ status: 0, logs: [] });
    expect(await lane.getNonce(aliceAddress)).toBe(2n);
  });

  it("commits the caller's extra writes with it", async () => {
    const space = keySpace("test-noun");
    await lane.buildBlock({
      timestampSeconds: 1,
      transactions: [],
      extraWrites: (block) => [
        { space, key: Uint8Array.of(1), value: Buffer.from(block.hash.slice(2), "hex") },
      ],
    });
    expect(Buffer.from(database.get(space, Uint8Array.of(1)) as Uint8Array).toString("hex")).toBe(
      lane.head.hash.slice(2),
    );
  });

  it("writes nothing when an extra write cannot be prepared, and says that the lane must be reopened", async () => {
    const build = lane.buildBlock({
      timestampSeconds: 1,
      transactions: [],
      ledger: credit([aliceAddress, 1n]),
      extraWrites: () => {
        throw new Error("no");
      },
    });
    await expect(build).rejects.toBeInstanceOf(LaneBrokenError);
    expect(await lane.getBalance(aliceAddress)).toBe(0n);
    await database.close();
    ({ database, lane } = await openLane(directory.path));
    expect(lane.head.number).toBe(0);
    await fund();
    expect(await lane.getBalance(aliceAddress)).toBe(oneNrxWei);
  });

  it("refuses a time before its parent's", async () => {
    await fund(10);
    await expect(lane.buildBlock({ timestampSeconds: 9, transactions: [] })).rejects.toThrow(
      /older than its parent/,
    );
  });
});

describe("a lane that is opened again", () => {
  it("resumes at the last block with its state, code and storage", async () => {
    await fund();
    const probe = await deployProbe();
    const data = encodeFunctionData({ abi: probeAbi, functionName: "store", args: [42n] });
    const store = await signTransfer(lane, alice, { nonce: 1, to: probe, data, gas: 100_000n });
    await lane.buildBlock({ timestampSeconds: 3, transactions: [store] });
    const head = lane.head;
    await database.close();
    ({ database, lane } = await openLane(directory.path));
    expect(lane.head.hash).toBe(head.hash);
    expect(lane.head.transactions.map(({ hash, sender }) => [hash, sender])).toEqual([
      [store.hash, aliceAddress],
    ]);
    const value = await read(probe, encodeFunctionData({ abi: probeAbi, functionName: "value" }));
    expect(BigInt(value)).toBe(42n);
    const next = await signTransfer(lane, alice, { nonce: 2, to: bobAddress, value: 9n });
    await lane.buildBlock({ timestampSeconds: 4, transactions: [next] });
    expect(await lane.getBalance(bobAddress)).toBe(9n);
  });

  it("refuses a database of another chain", async () => {
    await database.close();
    await expect(openLane(directory.path, { chainId: 1 })).rejects.toBeInstanceOf(GenesisMismatchError);
    ({ database, lane } = await openLane(directory.path));
  });
});

describe("reads", () => {
  it("answer from old blocks as they were", async () => {
    await fund();
    const transfer = await signTransfer(lane, alice, { nonce: 0, to: bobAddress, value: 5n });
    await lane.buildBlock({ timestampSeconds: 2, transactions: [transfer] });
    expect(await lane.getBalance(bobAddress, 1)).toBe(0n);
    expect(await lane.getBalance(bobAddress, 2)).toBe(5n);
    expect(await lane.getBalance(aliceAddress, 0)).toBe(0n);
  });

  it("find logs by address and topic, and nothing that does not match", async () => {
    await fund();
    const everything = { fromBlock: 0, toBlock: 99, addresses: [], topics: [] };
    const topic: Hex = `0x${"11".repeat(32)}`;
    expect(await lane.getLogs({ ...everything, addresses: [ledgerAddress], topics: [[topic]] })).toHaveLength(
      1,
    );
    expect(await lane.getLogs({ ...everything, topics: [null, [topic]] })).toHaveLength(0);
    expect(await lane.getLogs({ ...everything, addresses: [bobAddress] })).toHaveLength(0);
    expect(await lane.getLogs({ ...everything, topics: [[`0x${"12".repeat(32)}`]] })).toHaveLength(0);
  });

  it("estimate gas with which the transaction then succeeds", async () => {
    await fund();
    const to = await deployProbe();
    const data = encodeFunctionData({ abi: probeAbi, functionName: "store", args: [7n] });
    const gas = await lane.estimateGas({ from: aliceAddress, to, data: hexToBytes(data) });
    const store = await signTransfer(lane, alice, { nonce: 1, to, data, gas });
    const { receipts } = await lane.buildBlock({ timestampSeconds: 3, transactions: [store] });
    expect(receipts[0]?.status).toBe(1);
    expect(gas).toBeLessThan(((receipts[0]?.gasUsed as bigint) * 11n) / 10n);
    expect(await lane.estimateGas({ from: aliceAddress, to: bobAddress, valueWei: 1n })).toBe(21_000n);
  });

  it("revert with the reason and the data of a custom error", async () => {
    await fund();
    const to = await deployProbe();
    const store = (value: bigint) =>
      lane.call({
        to,
        data: hexToBytes(encodeFunctionData({ abi: probeAbi, functionName: "store", args: [value] })),
      });
    await expect(store(13n)).rejects.toThrow("execution reverted: unlucky");
    const error = await store(101n).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ExecutionRevertedError);
    expect(error).toMatchObject({ rpcCode: 3, data: expect.stringMatching(/^0x[0-9a-f]{136}$/) });
  });

  it("give contracts the hashes of earlier blocks", async () => {
    await fund();
    const probe = await deployProbe();
    const data = encodeFunctionData({ abi: probeAbi, functionName: "hashOf", args: [1n] });
    expect(await read(probe, data)).toBe(lane.getBlock(1)?.hash);
  });
});

describe("the ledger precompile", () => {
  it("answers root and cells to contracts", async () => {
    cells.set(5, [1n, 2n, 3n, 2n ** 253n]);
    await fund();
    const probe = await deployProbe();
    const root = await read(probe, encodeFunctionData({ abi: probeAbi, functionName: "root" }));
    expect(BigInt(root)).toBe(7n);
    const cell = await read(probe, encodeFunctionData({ abi: probeAbi, functionName: "cell", args: [5n] }));
    expect(decodeFunctionResult({ abi: probeAbi, functionName: "cell", data: cell })).toEqual([
      1n,
      2n,
      3n,
      2n ** 253n,
    ]);
  });

  it("refuses cells of a state whose ledger is not kept", async () => {
    await fund();
    const probe = await deployProbe();
    await lane.buildBlock({ timestampSeconds: 3, transactions: [], ledger: { ...credit(), ledgerRoot: 8n } });
    const data = encodeFunctionData({ abi: probeAbi, functionName: "cell", args: [5n] });
    await expect(read(probe, data)).rejects.toThrow(/not kept/);
    expect(await read(probe, data, 2)).toMatch(/^0x0+$/);
  });

  it("reverts on unknown selectors and on ids that name no cell", async () => {
    await expect(read(ledgerAddress, "0xdeadbeef")).rejects.toThrow(/unknown selector 0xdeadbeef/);
    const cell = encodeFunctionData({
      abi: [
        {
          name: "getCell",
          type: "function",
          inputs: [{ type: "uint256" }],
          outputs: [],
          stateMutability: "view",
        },
      ],
      args: [2n ** 200n],
    });
    await expect(read(ledgerAddress, cell)).rejects.toThrow(/there is no cell/);
  });

  it("does not let a caller who claims the system address in eth_call write", async () => {
    await expect(
      lane.call({ from: systemAddress, to: ledgerAddress, data: Uint8Array.of(1, 2, 3) }),
    ).rejects.toThrow(/unknown selector/);
  });

  it("ignores a transaction of anybody else that carries the same calldata", async () => {
    await fund();
    const before = await lane.getStorageAt(ledgerAddress, 0n);
    const forged = await signTransfer(lane, alice, {
      nonce: 0,
      to: ledgerAddress,
      data: "0x010203",
      gas: 100_000n,
    });
    const { receipts } = await lane.buildBlock({ timestampSeconds: 2, transactions: [forged] });
    expect(receipts[0]).toMatchObject({ status: 0, logs: [] });
    expect(await lane.getStorageAt(ledgerAddress, 0n)).toBe(before);
  });
});

describe("raw transactions", () => {
  const sign = (fields: object) =>
    alice.signTransaction({
      chainId: lane.chainId,
      nonce: 0,
      to: bob.address,
      gas: 21_000n,
      ...fields,
    } as never);

  it("are refused with the texts that wallets match on", async () => {
    const refusal = async (raw: Hex) => {
      try {
        await lane.decode(hexToBytes(raw));
      } catch (error) {
        return (error as Error).message;
      }
      return "accepted";
    };
    expect(await refusal(await sign({ type: "eip1559", chainId: 1, maxFeePerGas: gwei }))).toMatch(
      /^invalid chain id/,
    );
    expect(await refusal(await sign({ type: "legacy", chainId: 1, gasPrice: gwei }))).toMatch(
      /^invalid chain id/,
    );
    expect(await refusal(await sign({ type: "legacy", chainId: undefined, gasPrice: gwei }))).toMatch(
      /replay-protected/,
    );
    expect(await refusal(await sign({ type: "eip1559", gas: 20_999n, maxFeePerGas: gwei }))).toMatch(
      /^intrinsic gas too low/,
    );
    expect(await refusal("0x03c0")).toMatch(/^transaction type not supported/);
    expect(await refusal("0xdead")).toMatch(/^rlp/);
  });

  it("of types 0, 1, 2 and 4 run", async () => {
    await fund();
    const authorization = await bob.signAuthorization({
      chainId: lane.chainId,
      address: ledgerAddress,
      nonce: 0,
    });
    const prices = { maxFeePerGas: 2n * gwei, maxPriorityFeePerGas: 0n };
    const raws = [
      await sign({ type: "legacy", nonce: 0, gasPrice: 2n * gwei }),
      await sign({
        type: "eip2930",
        nonce: 1,
        gasPrice: 2n * gwei,
        gas: 30_000n,
        accessList: [{ address: alice.address, storageKeys: [] }],
      }),
      await sign({ type: "eip1559", nonce: 2, ...prices }),
      await sign({
        type: "eip7702",
        nonce: 3,
        ...prices,
        gas: 100_000n,
        to: alice.address,
        authorizationList: [authorization],
      }),
    ];
    const transactions = await Promise.all(raws.map((raw) => lane.decode(hexToBytes(raw))));
    const { receipts, rejected } = await lane.buildBlock({ timestampSeconds: 2, transactions });
    expect(rejected).toEqual([]);
    expect(receipts.map(({ type, status }) => [type, status])).toEqual([
      [0, 1],
      [1, 1],
      [2, 1],
      [4, 1],
    ]);
    expect(await lane.getCode(bobAddress)).toBe(`0xef0100${ledgerAddress.slice(2)}`);
  });
});
