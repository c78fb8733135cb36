import { type Hex, keccak256, zeroHash } from "viem";
import { beforeEach, describe, expect, it } from "vitest";
import {
  ann,
  ben,
  enterWorld,
  refused,
  settle,
  toHome,
  tokensOf,
  world,
} from "../fixtures/contracts/driven-world.ts";
import { testTerms } from "../fixtures/contracts/settlement.ts";
import { checkInvariants } from "../fixtures/contracts/settlement-invariants.ts";

const another = keccak256("0x0a");
const settleMany = async (count: number) => {
  for (let i = 0; i < count; i++) await settle(world.build({ entries: 0 }));
};

describe("a false word about a batch that others have followed", () => {
  beforeEach(async () => {
    await enterWorld();
    await toHome("postBond", [101n]);
    world.model.bond.wei = 101n;
    await settleMany(4);
  });
  const report = async (number: number, history: readonly [Hex, readonly Hex[]], streamHash = another) =>
    toHome(
      "reportFalseBatch",
      [BigInt(number), streamHash, await world.signFinal(BigInt(number), streamHash), ...history],
      ben,
    );
  const historyOf = (number: number, last?: number) => world.model.historyOf(number, last);

  it("is shown by the batches from it to the newest", async () => {
    const before = await tokensOf(ben);
    await report(2, historyOf(2));
    expect((await tokensOf(ben)) - before).toBe(50n);
    expect(await world.chain.read(world.home, "isDeposed")).toBe(true);
  });

  it("is not shown when the word is true, whichever batch is passed off as it", async () => {
    const [accepted = zeroHash] = historyOf(2)[1];
    expect(await refused(report(2, historyOf(2), accepted))).toBe("SameBatch");
    // The history is right, but begins a batch later, or ends a batch earlier.
    expect(await refused(report(2, historyOf(3), accepted))).toBe("HistoryNotKnown");
    expect(await refused(report(2, historyOf(1), accepted))).toBe("WrongHistoryRange");
    expect(await refused(report(2, historyOf(2, 3), accepted))).toBe("HistoryNotKnown");
    const [before, streamHashes] = historyOf(2);
    expect(await refused(report(2, [before, [another, ...streamHashes.slice(1)]], accepted))).toBe(
      "WrongHistory",
    );
    expect(await refused(report(2, [another, streamHashes], accepted))).toBe("WrongHistory");
    expect(await refused(report(2, [before, []], accepted))).toBe("WrongHistoryRange");
    // Two hashes in one, which only the length tells apart.
    const [first] = world.model.histories;
    expect(await refused(report(1, [first ?? zeroHash, [...historyOf(1)[1], another]]))).toBe(
      "WrongHistoryRange",
    );
    expect(await world.chain.read(world.home, "isDeposed")).toBe(false);
  });

  it("is shown also while new batches come, and in steps, once the newest was marked", async () => {
    const stale = historyOf(2);
    await settleMany(1);
    expect(await refused(report(2, stale))).toBe("HistoryNotKnown");
    await toHome("markHistory", []);
    world.model.knownHistories.add(5);
    await settleMany(2);
    await toHome("proveHistory", [4n, ...historyOf(4, 5)]);
    world.model.knownHistories.add(3);
    await checkInvariants(world);
    expect(await refused(toHome("proveHistory", [2n, ...historyOf(1, 3)]))).toBe("HistoryNotKnown");
    await report(2, historyOf(2, 3));
    expect(await world.chain.read(world.home, "isDeposed")).toBe(true);
  });

  it("is shown by the signature alone for number 0, which no batch has", async () => {
    await report(0, [another, []]);
    expect(await world.chain.read(world.home, "isDeposed")).toBe(true);
  });
});

describe("what a batch without the operator's signature earns", () => {
  const crowd = 17;
  beforeEach(async () => {
    await enterWorld();
    for (let i = 0; i < crowd; i++) {
      const valueWei = world.model.feeWei;
      await toHome("enqueue", [[200n, 0n, 0n, 0n]], ann, valueWei);
      world.model.push([200n, 0n, 0n, 0n], ann, world.now);
    }
    world.chain.timeSeconds += testTerms.inclusionDelay + crowd * testTerms.entryInterval;
  });
  const submit = async () => {
    const built = world.build({ entries: 4 });
    const { events } = await toHome("submitBatch", [await world.proven(built), "0x", "0x"], ben);
    const earned = world.model.accept(built, built.consumed, undefined, world.now);
    world.scenario = built.after;
    return { earned, names: events.map(({ name }) => name) };
  };

  it("is in the sender's hands with the batch", async () => {
    const before = await world.chain.balanceWei(ben);
    const { earned, names } = await submit();
    expect(earned).toBe((testTerms.feeStepWei * 4n) / BigInt(crowd));
    expect((await world.chain.balanceWei(ben)) - before).toBe(earned);
    expect(names).not.toContain("EarningsCredited");
    await checkInvariants(world);
  });

  it("is credited to a sender who cannot be paid", async () => {
    await world.chain.setBalanceWei(ben, 2n ** 256n - 1n);
    const { earned, names } = await submit();
    expect(names).toContain("EarningsCredited");
    expect(await world.chain.read(world.home, "earningsWei", [ben])).toBe(earned);
    await world.chain.setBalanceWei(ben, 0n);
    await toHome("collectEarnings", [], ben);
    expect(await world.chain.balanceWei(ben)).toBe(earned);
    await checkInvariants(world);
  });
});
