import { RLP } from "@ethereumjs/rlp";
import { expect, it } from "vitest";
import { encodeRlp, encodeRlpList, type RlpItem } from "../../../state/rlp.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Lengths around every change of the form. */
const lengths = [0, 1, 2, 54, 55, 56, 57, 255, 256, 257, 65_535, 65_536];

function someBytes(random: SeededRandom, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.pick([0, 1, 0x7f, 0x80, 0xff]));
}

function someItem(random: SeededRandom, depth: number): RlpItem {
  if (depth === 0 || random.chance(1, 3)) return someBytes(random, random.pick(lengths.slice(0, 8)));
  return Array.from({ length: random.below(7) }, () => someItem(random, depth - 1));
}

it("encodes as the package does, items of all lengths and depths", () => {
  const random = new SeededRandom(3);
  const items: RlpItem[] = lengths.map((length) => someBytes(random, length));
  items.push([], [[]], [[[], []]], items.slice());
  for (const byte of [0, 1, 0x7f, 0x80, 0xff]) items.push(Uint8Array.of(byte), [Uint8Array.of(byte)]);
  for (let i = 0; i < 300; i++) items.push(someItem(random, 4));
  for (const item of items) expect(hex(encodeRlp(item))).toBe(hex(RLP.encode(item as Uint8Array[])));
});

it("puts encoded items into a list", () => {
  for (const count of [0, 1, 3, 20, 300]) {
    const items = Array.from({ length: count }, (_, i) => Uint8Array.of(i & 0xff, 1));
    expect(hex(encodeRlpList(items.map(encodeRlp)))).toBe(hex(RLP.encode(items)));
  }
});

it("encodes what is larger than the buffer that it keeps, and goes on", () => {
  const large = [new Uint8Array(5_000_000).fill(7), [Uint8Array.of(1)]];
  expect(Buffer.compare(encodeRlp(large), RLP.encode(large))).toBe(0);
  expect(hex(encodeRlp([Uint8Array.of(5)]))).toBe("c105");
});

it("hands out bytes of their own", () => {
  const first = encodeRlp([Uint8Array.of(1, 2, 3)]);
  encodeRlp([Uint8Array.of(9, 9, 9)]);
  expect(hex(first)).toBe("c483010203");
});
