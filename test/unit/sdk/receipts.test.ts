import { describe, expect, it } from "vitest";
import { demandReceipt, type Receipt, ReceiptLog, receiptLeaf, SdkError } from "../../../sdk/index.ts";
import { ReceiptFrontier, ReceiptTree } from "../../../sdk/receipt-tree.ts";
import { FIELD_PRIME } from "../../../state/ledger/field.ts";
import { poseidon } from "../../../state/ledger/poseidon.ts";

const scope = { domain: 77n, task: 9, serial: (3n << 24n) | 5n };
const PRICE = 10n;
const exchange = (index: number) => ({
  input: new TextEncoder().encode(`prompt ${index}`),
  output: new TextEncoder().encode(`answer ${index}`),
});

function logOf(count: number): ReceiptLog {
  const log = new ReceiptLog(scope);
  for (let index = 0; index < count; index++) log.record(exchange(index), PRICE, BigInt(1_000 + index));
  return log;
}

const refusal = (code: string) => expect.objectContaining({ name: "SdkError", code });

describe("a log of receipts", () => {
  it("numbers and prices receipts one after another", () => {
    const log = logOf(3);
    expect(log.receipts.map(({ index, cumulativeUnits }) => [index, cumulativeUnits])).toEqual([
      [0, 10n],
      [1, 20n],
      [2, 30n],
    ]);
    expect([0, 1, 2, 3].map((count) => log.totalUnitsAt(count))).toEqual([0n, 10n, 20n, 30n]);
    expect(log.totalUnits).toBe(30n);
  });

  it("has the leaves and roots that docs/OPERATIONS.md defines", () => {
    // Computed from that definition with circomlibjs' reference Poseidon, ethers' keccak256 and Node's SHA-256.
    const log = logOf(3);
    expect(receiptLeaf(scope.domain, log.receipts[0] as Receipt)).toBe(
      4723531831559237567878348708206722448174718900588796857970138000003090131783n,
    );
    expect([0, 1, 3].map((count) => log.rootAt(count))).toEqual([
      9838438923530132642025908288288610838404529490933939690579185757359240896643n,
      21769329003585198477375367624958556832108309156872378843729849913270288239058n,
      7133840794417926497599961685236798638413859777435133585422258304808738722907n,
    ]);
  });

  it("has the root that its frontier has, for every length, and no two lengths have the same", () => {
    const log = logOf(33);
    const frontier = new ReceiptFrontier();
    const roots = new Set([frontier.root()]);
    for (const receipt of log.receipts) {
      frontier.append(receiptLeaf(scope.domain, receipt));
      expect(log.rootAt(frontier.count)).toBe(frontier.root());
      const again = new ReceiptFrontier(frontier.count, frontier.peaks);
      expect(again.root()).toBe(frontier.root());
      roots.add(frontier.root());
    }
    expect(roots.size).toBe(34);
  });

  it("proves each receipt under the root of each prefix that has it, and under no other root", () => {
    const count = 13;
    const log = logOf(count);
    for (let prefix = 1; prefix <= count; prefix++) {
      for (let index = 0; index < prefix; index++) {
        const proof = log.proof(index, prefix);
        demandReceipt(proof, log.rootAt(prefix), scope);
        const other = log.rootAt(prefix === count ? prefix - 1 : prefix + 1);
        expect(() => demandReceipt(proof, other, scope)).toThrow(refusal("wrong-proof"));
      }
    }
  });

  it("proves nothing about another receipt, place, length, sibling, task or network", () => {
    const log = logOf(7);
    const root = log.rootAt(7);
    const proof = log.proof(4);
    const { receipt, path } = proof;
    const changed = (change: Partial<Receipt>) => ({ ...proof, receipt: { ...receipt, ...change } });
    const forged = [
      changed({ input: 1n }),
      changed({ output: 1n }),
      changed({ priceUnits: 11n }),
      changed({ cumulativeUnits: 51n }),
      changed({ timeSeconds: 1n }),
      changed({ index: 5 }),
      changed({ index: 7 }),
      changed({ task: 10 }),
      changed({ serial: 5n }),
      { ...proof, count: 6 },
      { ...proof, count: 8 },
      { ...proof, count: Number.NaN },
      { ...proof, path: path.slice(1) },
      { ...proof, path: [...path, 0n] },
      { ...proof, path: path.with(1, 5n) },
    ];
    demandReceipt(proof, root, scope);
    for (const claim of forged)
      expect(() => demandReceipt(claim, root, scope)).toThrow(refusal("wrong-proof"));
    expect(() => demandReceipt(proof, root, { domain: 78n })).toThrow(refusal("wrong-proof"));
    // Reduced by the field's order, or packed into its neighbour, this would be the same leaf.
    const aliases = [
      changed({ input: receipt.input + FIELD_PRIME }),
      changed({ output: receipt.output + FIELD_PRIME }),
      changed({ priceUnits: receipt.priceUnits + (1n << 64n) }),
      changed({ timeSeconds: -1n }),
      changed({ index: 0.5 }),
      changed({ task: 1 << 24 }),
    ];
    for (const claim of aliases)
      expect(() => demandReceipt(claim, root, scope)).toThrow(refusal("wrong-receipt"));
  });

  it("takes no inner node, and no root of a shorter list, for a receipt", () => {
    const tree = new ReceiptTree();
    const leaves = [11n, 12n, 13n, 14n];
    for (const leaf of leaves) tree.append(leaf);
    const pair = tree.path(2, 4)[1] as bigint;
    const short = new ReceiptTree();
    short.append(pair);
    short.append(tree.path(0, 4)[1] as bigint);
    // Same top, but the length is hashed with it.
    expect(short.rootAt(2)).not.toBe(tree.rootAt(4));
    expect(poseidon([11n, 12n])).not.toBe(pair);
  });

  it("refuses a receipt that is not the next one", () => {
    const log = logOf(2);
    const next = logOf(3).receipts[2] as Receipt;
    const wrong: Partial<Receipt>[] = [
      { index: 1 },
      { index: 3 },
      { task: 10 },
      { serial: 1n },
      { cumulativeUnits: 31n },
      { priceUnits: 11n },
      { timeSeconds: 1n },
    ];
    for (const change of wrong) {
      expect(() => log.append({ ...next, ...change })).toThrow(refusal("wrong-receipt"));
    }
    expect(log.count).toBe(2);
    log.append(next);
    expect(log.rootAt(3)).toBe(logOf(3).rootAt(3));
  });

  it("keeps time from going back when the clock does", () => {
    const log = logOf(2);
    expect(log.record(exchange(2), PRICE, 5n).timeSeconds).toBe(1_001n);
  });

  it("refuses a frontier whose peaks do not belong to its length", () => {
    expect(() => new ReceiptFrontier(3, [1n])).toThrow(SdkError);
  });
});
