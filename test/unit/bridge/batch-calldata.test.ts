import {
  concatHex,
  decodeFunctionData,
  encodeFunctionData,
  type Hex,
  numberToHex,
  sliceHex,
  toHex,
} from "viem";
import { describe, expect, it } from "vitest";
import { BatchCalldataError, batchArguments } from "../../../bridge/batch-calldata.ts";
import { neuraRollupAbi } from "../../../contracts/abi.ts";
import { backwards, structOf } from "../../support/backwards-calldata.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const wordBytes = 32;
const opsPlace = 8;
const priorityPlace = 9;
const word = (value: bigint): Hex => numberToHex(BigInt.asUintN(256, value), { size: wordBytes });

const someBytes = (random: SeededRandom, length: number): Hex =>
  toHex(Uint8Array.from({ length }, () => random.below(256)));
const someWord = (random: SeededRandom): bigint => BigInt(someBytes(random, wordBytes));

function someBatch(random: SeededRandom) {
  return {
    number: BigInt(random.below(1_000_000)),
    time: random.below(2 ** 31),
    cellCount: random.below(2 ** 24),
    previousRoot: someWord(random),
    root: someWord(random),
    blockHash: someBytes(random, wordBytes),
    priorityBits: someWord(random),
    validityBits: someWord(random),
    ops: someBytes(random, random.below(5) * 128),
    priority: Array.from({ length: random.below(4) }, () => someWord(random)),
    commitment: someWord(random),
    proof: Array.from({ length: 8 }, () => someWord(random)) as never,
  } as const;
}

const encoded = (random: SeededRandom, laneData: Hex): Hex =>
  encodeFunctionData({
    abi: neuraRollupAbi,
    functionName: "submitBatch",
    args: [someBatch(random), laneData, "0x1234"],
  });

describe("the arguments of submitBatch", () => {
  it("are read as the library reads them, where it does", () => {
    const random = new SeededRandom(1);
    for (let i = 0; i < 200; i++) {
      const data = encoded(random, someBytes(random, random.below(90)));
      const { args } = decodeFunctionData({ abi: neuraRollupAbi, data });
      const [batch, laneData] = args as unknown as [ReturnType<typeof someBatch>, Hex];
      expect(batchArguments(data)).toEqual({
        laneData,
        batch: {
          ...batch,
          time: BigInt(batch.time),
          cellCount: BigInt(batch.cellCount),
          blockHash: BigInt(batch.blockHash),
        },
      });
    }
  });

  it("are the same when the struct points backwards, which the library refuses", () => {
    const random = new SeededRandom(2);
    for (let i = 0; i < 50; i++) {
      const data = encoded(random, "0x");
      const turned = backwards(data);
      expect(() => decodeFunctionData({ abi: neuraRollupAbi, data: turned })).toThrow();
      expect(batchArguments(turned)).toEqual(batchArguments(data));
    }
  });

  it("are empty where they lie before the calldata, as the EVM has zeros there", () => {
    const data = encoded(new SeededRandom(3), "0x");
    const lost = withWord(data, structOf(data) + opsPlace * wordBytes, -5_000n);
    expect(batchArguments(lost).batch).toEqual({ ...batchArguments(data).batch, ops: "0x" });
  });

  it("are refused when they end beyond the calldata, or belong to another function", () => {
    const data = encoded(new SeededRandom(4), "0x");
    for (const offset of [0n, 1n << 64n]) {
      const place = structOf(data) + priorityPlace * wordBytes;
      const length = structOf(data) + Number(BigInt(sliceHex(data, place, place + wordBytes)));
      const broken = offset === 0n ? withWord(data, length, 1n << 40n) : withWord(data, length, offset);
      expect(() => batchArguments(broken)).toThrow(BatchCalldataError);
    }
    expect(() => batchArguments(`0x12345678${data.slice(10)}`)).toThrow(/another function/);
    expect(() => batchArguments("0x12")).toThrow(/another function/);
  });
});

const withWord = (data: Hex, at: number, value: bigint): Hex =>
  concatHex([sliceHex(data, 0, at), word(value), sliceHex(data, at + wordBytes)]);
