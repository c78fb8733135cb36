import { type Hex, keccak256 } from "viem";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import {
  ann,
  ben,
  deposit,
  depositArgs,
  depositWords,
  enterWorld,
  freezeWith,
  refused,
  toHome,
  world,
} from "../fixtures/contracts/driven-world.ts";
import { testTerms } from "../fixtures/contracts/settlement.ts";
import { checkInvariants } from "../fixtures/contracts/settlement-invariants.ts";
import { WEI_PER_UNIT } from "../fixtures/contracts/settlement-world.ts";

afterAll(writeCoverage);

describe("what home refuses", () => {
  beforeEach(() => enterWorld());
  const p = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
  const zero = "0x0000000000000000000000000000000000000000";

  it("amounts, addresses and keys that the ledger could not place", async () => {
    const [, to, x, y] = depositArgs(1n) as [bigint, Hex, bigint, bigint];
    const cases: readonly (readonly [string, readonly unknown[], string])[] = [
      ["deposit", [0n, to, x, y], "ZeroAmount"],
      ["deposit", [WEI_PER_UNIT + 1n, to, x, y], "AmountNotInUnits"],
      ["deposit", [WEI_PER_UNIT << 64n, to, x, y], "AmountTooLarge"],
      ["deposit", [WEI_PER_UNIT, zero, x, y], "ZeroAddress"],
      ["deposit", [WEI_PER_UNIT, to, x + 1n, y], "InvalidKey"],
      ["deposit", [WEI_PER_UNIT, to, x + p, y], "InvalidKey"],
      ["deposit", [WEI_PER_UNIT, to, 0n, 1n], "InvalidKey"],
      ["depositToEvm", [WEI_PER_UNIT, zero], "ZeroAddress"],
      ["postBond", [0n], "ZeroAmount"],
      ["postBond", [1n << 96n], "AmountTooLarge"],
      ["readCell", [1n, 5n, [1n, 0n, 0n, 0n], new Array(8).fill(0n)], "UnknownBatch"],
    ];
    for (const [name, args, error] of cases) expect(await refused(toHome(name, args)), name).toBe(error);
    expect(
      await world.chain.read(world.home, "readCell", [0n, 5n, [1n, 0n, 0n, 0n], new Array(8).fill(0n)]),
    ).toBe(false);
    await toHome("depositWithPermit", [...depositArgs(1n), 1n, 27, keccak256("0x"), keccak256("0x")]);
    world.model.push(depositWords(1n), ann, world.now);
    await checkInvariants(world);
  });

  it("batches that are not made as a batch must be", async () => {
    await deposit(5n);
    await deposit(6n);
    const built = world.build({ entries: 2 });
    const argument = await world.proven(built);
    const [first, second] = argument.priority;
    if (first === undefined || second === undefined) throw new Error("the batch has two entries");
    const submit = (changes: object) =>
      refused(toHome("submitBatch", [{ ...argument, ...changes }, "0x", "0x"]));
    world.chain.timeSeconds += testTerms.inclusionDelay + 10;
    const cases: readonly (readonly [object, string])[] = [
      [{ ops: `${argument.ops}00` }, "WrongOpsLength"],
      [{ ops: `0x${argument.ops.slice(2).repeat(3)}` }, "WrongOpsLength"],
      [{ priorityBits: 0b100n }, "WrongPriorityBits"],
      [{ validityBits: 0b0011n }, "WrongValidityBits"],
      [{ priority: [first] }, "WrongPriorityCount"],
      [{ commitment: p }, "CommitmentNotInField"],
      [{ root: p }, "WordNotInField"],
      [{ time: world.now + 1 }, "TimeInFuture"],
      [{ time: 0 }, "TimeTooOld"],
      [{ time: Number(second >> 160n) - 1 }, "QueuedAfterBatchTime"],
      [{ priority: [first, second - (1n << 160n)] }, "WrongQueueEntry"],
      [{ priority: [first, second ^ 1n] }, "WrongQueueEntry"],
      [{ priority: [first, second | (1n << 200n)] }, "WrongPriorityWord"],
      [{ cellCount: 99 }, "InvalidProof"],
    ];
    for (const [changes, error] of cases)
      expect(await submit(changes), JSON.stringify(Object.keys(changes))).toBe(error);
    const three = { ops: `${argument.ops}${argument.ops.slice(2, 258)}`, priorityBits: 0b111n };
    expect(await submit({ ...three, priority: [first, second, first] })).toBe("QueueExhausted");
    await toHome("submitBatch", [argument, "0x", "0x"], ben);
    const early = { ...argument, number: 2n, previousRoot: argument.root, time: argument.time - 1 };
    expect(await refused(toHome("submitBatch", [early, "0x", "0x"]))).toBe("TimeBeforePreviousBatch");
  });

  it("cells that are empty, and payments that nothing was credited for", async () => {
    await freezeWith(7n);
    const empty = [0n, 0n, 0n, 0n];
    expect(await refused(toHome("openCell", [99, empty, await world.membershipProof(99, empty)]))).toBe(
      "EmptyCell",
    );
    const cell = world.scenario.ledger.cell(4);
    await toHome("openCell", [4, cell, await world.membershipProof(4, cell)]);
    expect(await refused(toHome("payAccount", [4]))).toBe("NothingCredited");
    expect(await refused(toHome("payAccount", [2]))).toBe("AccountNotOpened");
    expect(await refused(toHome("releaseMirrors", []))).toBe("NothingOutOnMirrors");
    expect(await world.chain.read(world.home, "isOpened", [4])).toBe(true);
    expect(await world.chain.read(world.home, "isOpened", [5])).toBe(false);
  });

  it("to freeze while nothing waits, or nothing waits long enough", async () => {
    expect(await refused(toHome("freeze", []))).toBe("NotFreezable");
    await deposit(1n);
    world.chain.timeSeconds += testTerms.inclusionDelay + testTerms.freezeDelay;
    expect(await refused(toHome("freeze", []))).toBe("NotFreezable");
    world.chain.timeSeconds += 1;
    await toHome("freeze", []);
    expect(await refused(toHome("freeze", []))).toBe("LedgerFrozen");
  });
});
