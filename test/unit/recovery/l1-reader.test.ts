import { numberToHex, type RpcLog, zeroHash } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { L1Reader, type LogPage } from "../../../bridge/l1-reader.ts";
import { FakeRpc } from "./fake-rpc.ts";

const address = "0x00000000000000000000000000000000000000aa";

const logAt = (block: number, index = 0): RpcLog => ({
  address,
  topics: [],
  data: "0x",
  blockNumber: numberToHex(block),
  blockHash: zeroHash,
  transactionHash: zeroHash,
  transactionIndex: "0x0",
  logIndex: numberToHex(index),
  removed: false,
});

let rpc: FakeRpc;
let sleeps: number[];

beforeEach(async () => {
  rpc = await FakeRpc.start();
  sleeps = [];
});
afterEach(() => rpc.stop());

const readerOf = (chainId = 31337) =>
  new L1Reader({
    endpoint: { chain: "home", rpcUrl: rpc.url, chainId },
    sleep: async (durationMs) => void sleeps.push(durationMs),
  });

async function read(reader: L1Reader, from: number, to: number): Promise<LogPage[]> {
  const pages: LogPage[] = [];
  for await (const page of reader.logs({ address }, from, to)) pages.push(page);
  return pages;
}

const blocksOf = (pages: readonly LogPage[]) =>
  pages.flatMap(({ logs }) => logs.map((log) => log.blockNumber));

describe("reading logs", () => {
  it("gives every log once and in order, in ranges that shrink when the RPC refuses", async () => {
    rpc.maxRangeBlocks = 300;
    rpc.logs = [logAt(5_000), logAt(7, 1), logAt(7, 0), logAt(1_999), logAt(0)];
    const pages = await read(readerOf(), 0, 5_000);
    expect(blocksOf(pages)).toEqual([0n, 7n, 7n, 1_999n, 5_000n]);
    expect(pages[0]?.logs[1]?.logIndex).toBe(0);
    let next = 0;
    for (const { fromBlock, toBlock } of pages) {
      expect(fromBlock).toBe(next);
      expect(toBlock - fromBlock + 1).toBeLessThanOrEqual(300);
      next = toBlock + 1;
    }
    expect(next).toBe(5_001);
    // A refusal says something about the range and nothing about the connection.
    expect(sleeps).toEqual([]);
  });

  it("widens the range again when the RPC allows it", async () => {
    await read(readerOf(), 0, 100_000);
    expect(rpc.searches.length).toBeLessThan(10);
  });

  it("asks again with growing pauses when a single block cannot be read, and gives up in the end", async () => {
    rpc.failures = 3;
    await read(readerOf(), 9, 9);
    expect(sleeps).toEqual([250, 500, 1_000]);
    rpc.failures = 1_000;
    await expect(read(readerOf(), 9, 9)).rejects.toMatchObject({ code: "L1_REQUEST_FAILED" });
  });

  it("takes no logs that it did not ask for", async () => {
    rpc.logs = [{ ...logAt(3), address: "0x00000000000000000000000000000000000000bb" }];
    await expect(read(readerOf(), 3, 3)).rejects.toThrow("not asked for");
  });

  it("refuses an RPC of another chain at once", async () => {
    rpc.chainId = 5;
    await expect(read(readerOf(), 0, 1)).rejects.toMatchObject({ code: "L1_WRONG_CHAIN", actual: 5 });
    expect(sleeps).toEqual([]);
  });
});
