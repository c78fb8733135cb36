import { deflateRawSync } from "node:zlib";
import { RLP } from "@ethereumjs/rlp";
import { hexToBytes } from "@ethereumjs/util";
import { describe, expect, it } from "vitest";
import {
  BlockOperationsError,
  decodeBlockOperations,
  encodeBlockOperations,
  type PublishedOp,
} from "../../../sequencer/block-operations.ts";
import { decodeLaneData, encodeLaneData, type LaneBlock } from "../../../sequencer/lane-data.ts";
import { homeGasOf } from "../../../state/evm/data-fee.ts";
import { decodeRecord, encodeRecord } from "../../../state/store/record-codec.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("a block's operations", () => {
  const random = new SeededRandom(11);
  const word = () => (random.chance(1, 4) ? 0n : random.bits(random.chance(1, 2) ? 253 : 8));
  const randomOp = (): PublishedOp => {
    const words = [word(), word(), word(), word()] as const;
    if (random.chance(1, 2)) return { words };
    return { words, origin: { caller: random.bits(160), queuedAt: random.bits(40) } };
  };
  const block = (operations: number) => ({
    batchNumber: random.below(2 ** 40),
    timeSeconds: random.bits(40),
    closesBatch: random.chance(1, 2),
    ledgerRoot: random.bits(253),
    operations: Array.from({ length: operations }, randomOp),
  });

  it.each([0, 1, 4, 30])(
    "survive encoding, signed and priority ones, zeros and large words (%i of them)",
    (count) => {
      for (let i = 0; i < 20; i++) {
        const original = block(count);
        expect(decodeBlockOperations(encodeBlockOperations(original))).toEqual(original);
      }
    },
  );

  it("of another version are refused", () => {
    const items = RLP.decode(encodeBlockOperations(block(1))) as Uint8Array[];
    const other = RLP.encode([Uint8Array.of(1), ...items.slice(1)]);
    expect(() => decodeBlockOperations(other)).toThrow(BlockOperationsError);
  });

  it("with an operation of another length are refused", () => {
    const items = RLP.decode(encodeBlockOperations(block(1))) as [...Uint8Array[], Uint8Array[][]];
    const operations = (items.at(-1) as Uint8Array[][]).map((operation) => operation.slice(0, 3));
    const other = RLP.encode([...items.slice(0, -1), operations]);
    expect(() => decodeBlockOperations(other)).toThrow(/items of an operation: 3, expected 4 or 6/);
  });
});

describe("the contract lane's data of a batch", () => {
  it("survives encoding: times, numbers of operations, transactions byte by byte, and data prices", () => {
    const random = new SeededRandom(12);
    const blocks: LaneBlock[] = Array.from({ length: 9 }, () => ({
      timestampSeconds: random.below(2 ** 33),
      operationCount: random.below(5),
      transactions: Array.from({ length: random.below(4) }, () =>
        Uint8Array.from({ length: 1 + random.below(200) }, () => random.below(256)),
      ),
      dataPriceWei: random.chance(1, 3) ? 0n : BigInt(random.below(2 ** 33)) ** 2n,
    }));
    const decoded = decodeLaneData(encodeLaneData(blocks));
    const readable = (some: readonly LaneBlock[]) =>
      some.map((each) => ({ ...each, transactions: each.transactions.map(hex) }));
    expect(readable(decoded)).toEqual(readable(blocks));
  });

  it("is the same for the same blocks, because its hash is proven", () => {
    const transactions = [Uint8Array.of(1, 2, 3)];
    const blocks = [{ timestampSeconds: 7, operationCount: 0, transactions, dataPriceWei: 5n }];
    expect(encodeLaneData(blocks)).toBe(encodeLaneData(structuredClone(blocks)));
  });

  it.each([0, 1, 2, 3])(
    "costs no more on home than its transactions as they are (%i zeros in 4)",
    (zeros) => {
      const random = new SeededRandom(13);
      const byte = () => (random.chance(zeros, 4) ? 0 : 1 + random.below(255));
      const transactions = Array.from({ length: 20 }, () => Uint8Array.from({ length: 2_000 }, byte));
      const data = encodeLaneData([
        { timestampSeconds: 7, operationCount: 0, transactions, dataPriceWei: 9n },
      ]);
      const before = transactions.reduce((sum, each) => sum + homeGasOf(each), 0n);
      const framing = 40n * 100n;
      expect(homeGasOf(hexToBytes(data))).toBeLessThan(before + framing);
      expect(decodeLaneData(data)[0]?.transactions.map(hex)).toEqual(transactions.map(hex));
    },
  );

  it.each([
    [3, "do not determine"],
    [5, "newest release"],
  ])("of version %i is refused, with what to do", (version, advice) => {
    const blocks = [[7, 1, [Uint8Array.of(5)], [], 0]];
    const other = deflateRawSync(RLP.encode([version, blocks])).toString("hex");
    const refusal = expect.objectContaining({ code: "LANE_DATA_VERSION", expected: 4, actual: version });
    expect(() => decodeLaneData(`0x${other}`)).toThrow(refusal);
    expect(() => decodeLaneData(`0x${other}`)).toThrow(advice);
  });

  it("that inflates to more than a batch can hold is refused", () => {
    const transactions = [new Uint8Array(17 * 1024 * 1024)];
    const bomb = encodeLaneData([{ timestampSeconds: 0, operationCount: 0, transactions, dataPriceWei: 0n }]);
    expect(() => decodeLaneData(bomb)).toThrow(/larger than/i);
  });
});

describe("records", () => {
  it.each([
    { big: 2n ** 200n, negative: -5n, zero: 0n },
    { nested: [{ words: [1n, 2n] }], text: "0x12", flag: false, nothing: null, number: 1.5 },
    ["12", "n", "-n", "12N", "0xn"],
  ])("survive encoding (%#)", (record) => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it("lose parts that are undefined", () => {
    expect(decodeRecord(encodeRecord({ a: 1, b: undefined }))).toEqual({ a: 1 });
  });
});
