import { concatHex, type Hex, keccak256, numberToHex, slice, zeroHash } from "viem";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { opWords } from "../../state/ledger/operation.ts";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import {
  ann,
  ben,
  deposit,
  depositArgs,
  depositWords,
  enterWorld,
  freezeWith,
  homeData,
  l1Address,
  reenter,
  refused,
  send,
  settle,
  toHome,
  tokensOf,
  world,
} from "../fixtures/contracts/driven-world.ts";
import type { TestContract } from "../fixtures/contracts/memory-chain.ts";
import { account, fixtureContract, signBatch, testTerms } from "../fixtures/contracts/settlement.ts";
import { checkInvariants } from "../fixtures/contracts/settlement-invariants.ts";
import { type BuiltBatch, operator, WEI_PER_UNIT } from "../fixtures/contracts/settlement-world.ts";

const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const oddToken = await fixtureContract("OddToken");
const reentrantCaller = await fixtureContract("ReentrantCaller");

afterAll(writeCoverage);

describe("a token that calls back while it transfers", () => {
  beforeEach(() => enterWorld({ oddToken }));

  it("is not paid a withdrawal twice", async () => {
    await deposit(100n);
    await settle(world.build({ entries: 1 }));
    await settle(
      world.build({
        entries: 0,
        signedOps: (ledger) =>
          ledger.batch.ops.length > 0
            ? undefined
            : ledger.signed(5, { kind: "withdraw", amountUnits: 40n, w1: BigInt(ben) }),
      }),
    );
    const args = [2n, [BigInt(ben) | (40n << 160n)], 0n];
    const before = await tokensOf(ben);
    await reenter("claimWithdrawal", args);
    await toHome("claimWithdrawal", args);
    expect(await world.chain.read(world.token, "hasCalled")).toBe(true);
    expect(await world.chain.read(world.token, "callSucceeded")).toBe(false);
    expect((await tokensOf(ben)) - before).toBe(40n * WEI_PER_UNIT);
    world.model.claimed.add("0:2:0");
    await checkInvariants(world);
  });

  it("is not paid an account or a refund twice", async () => {
    await deposit(100n);
    await settle(world.build({ entries: 1 }));
    await freezeWith(7n);
    const cell = world.scenario.ledger.cell(5);
    await toHome("openCell", [5, cell, await world.membershipProof(5, cell)]);
    const entry = world.model.queue[1];
    const refund = [1n, depositWords(7n), ann, entry?.queuedAt];
    for (const [name, args, units] of [
      ["payAccount", [5], 100n],
      ["refundDeposit", refund, 7n],
    ] as const) {
      const before = await tokensOf(l1Address);
      await reenter(name, args);
      await toHome(name, args);
      expect(await world.chain.read(world.token, "hasCalled")).toBe(true);
      expect(await world.chain.read(world.token, "callSucceeded")).toBe(false);
      expect((await tokensOf(l1Address)) - before).toBe(units * WEI_PER_UNIT);
    }
    expect(await tokensOf(world.home.address)).toBe(0n);
  });

  it("can queue another deposit from within one, and pays for both", async () => {
    await send(world.token, "mint", [world.token.address, 10n * WEI_PER_UNIT]);
    await reenter("deposit", depositArgs(3n));
    await toHome("deposit", depositArgs(5n));
    expect(await world.chain.read(world.token, "callSucceeded")).toBe(true);
    world.model.push(depositWords(5n), ann, world.now);
    world.model.push(depositWords(3n), world.token.address, world.now);
    await checkInvariants(world);
  });

  it("makes a call fail with nothing changed when it answers false", async () => {
    await deposit(100n);
    await settle(world.build({ entries: 1 }));
    await send(world.token, "setAnswer", [false]);
    expect(await refused(toHome("deposit", depositArgs(1n)))).toBe("TokenTransferFailed");
    expect(await refused(toHome("depositToEvm", [WEI_PER_UNIT, ben]))).toBe("TokenTransferFailed");
    expect(await refused(toHome("postBond", [1n]))).toBe("TokenTransferFailed");
    await checkInvariants(world);
    await send(world.token, "setAnswer", [true]);
    await freezeWith(7n);
    const cell = world.scenario.ledger.cell(5);
    await toHome("openCell", [5, cell, await world.membershipProof(5, cell)]);
    world.model.open(5, cell);
    await send(world.token, "setAnswer", [false]);
    expect(await refused(toHome("payAccount", [5]))).toBe("TokenTransferFailed");
    await checkInvariants(world);
  });
});

describe("a contract that queues and earns", () => {
  let caller: TestContract;
  const withdraw = opWords({ kind: "withdraw", sender: 5, amountUnits: 1n, w1: 1n });
  const perform = (data: Hex, again: Hex, valueWei: bigint) =>
    send(caller, "perform", [world.home.address, data, again], ann, valueWei);

  beforeEach(async () => {
    await enterWorld();
    caller = { address: await world.chain.deploy(reentrantCaller, []), abi: reentrantCaller.abi };
  });

  it("gets back what it paid above the fee, once, and may queue again meanwhile", async () => {
    const data = homeData("enqueue", [withdraw]);
    await perform(data, data, 5n);
    expect(await world.chain.balanceWei(caller.address)).toBe(5n);
    expect(await world.chain.read(caller, "againSucceeded")).toBe(true);
    world.model.push(withdraw, caller.address, world.now);
    world.model.push(withdraw, caller.address, world.now);
    await checkInvariants(world);
  });

  it("fails when it does not take back what it paid too much", async () => {
    await send(caller, "setRefuses", [true]);
    expect(await refused(perform(homeData("enqueue", [withdraw]), "0x", 5n))).toBe("CoinTransferFailed");
    await checkInvariants(world);
  });

  it("cannot collect its earnings twice", async () => {
    for (let i = 0; i < 17; i++) await toHome("enqueue", [withdraw], ann, testTerms.feeStepWei);
    world.chain.timeSeconds += testTerms.inclusionDelay + testTerms.freezeDelay + 1;
    const collect = homeData("collectEarnings", []);
    await perform(homeData("freeze", []), "0x", 0n);
    await perform(collect, collect, 0n);
    expect(await world.chain.read(caller, "againSucceeded")).toBe(false);
    expect(await world.chain.balanceWei(caller.address)).toBe(testTerms.feeStepWei);
    expect(await world.chain.balanceWei(world.home.address)).toBe(0n);
  });

  it("cannot submit a batch, whose calldata would not be a transaction's", async () => {
    const built = world.build({ entries: 0 });
    const signature = await world.sign(1n, built.streamHash);
    const data = homeData("submitBatch", [await world.proven(built), "0x", signature]);
    expect(await refused(perform(data, "0x", 0n))).toBe("NotSentDirectly");
  });
});

describe("the operator's signature", () => {
  beforeEach(async () => {
    await enterWorld();
    built = world.build({ entries: 0 });
  });
  let built: BuiltBatch;
  const submit = async (signature: Hex) =>
    refused(toHome("submitBatch", [await world.proven(built), "0x", signature]));

  it("does not count in its other form, with a wrong v, or cut short", async () => {
    const signature = await world.sign(1n, built.streamHash);
    const [r, s] = [slice(signature, 0, 32), slice(signature, 32, 64)];
    const twin = numberToHex(SECP256K1_ORDER - BigInt(s), { size: 32 });
    const otherV = slice(signature, 64) === "0x1b" ? "0x1c" : "0x1b";
    expect(await submit(concatHex([r, twin, otherV]))).toBe("SignatureNotCanonical");
    expect(await submit(concatHex([r, s, otherV]))).toBe("NotSignedByOperator");
    expect(await submit(concatHex([r, s, "0x00"]))).toBe("NotSignedByOperator");
    expect(await submit(slice(signature, 0, 64))).toBe("WrongSignatureLength");
    expect(await submit(concatHex([signature, "0x00"]))).toBe("WrongSignatureLength");
  });

  it("does not count for another number, stream, home, chain, or by another key", async () => {
    const home = { chainId: 31337n, address: world.home.address };
    const signatures = [
      await world.sign(2n, built.streamHash),
      await world.sign(1n, keccak256("0x")),
      await signBatch(operator, { ...home, address: ann }, 1n, built.streamHash),
      await signBatch(operator, { ...home, chainId: 1n }, 1n, built.streamHash),
      await signBatch(account(1), home, 1n, built.streamHash),
    ];
    for (const signature of signatures) expect(await submit(signature)).toBe("NotSignedByOperator");
  });

  it("of two final batches of one number costs the bond: half to who shows it, half to the recovery contract", async () => {
    await toHome("postBond", [101n]);
    const [a, b] = [keccak256("0x0a"), keccak256("0x0b")];
    const before = await tokensOf(ben);
    const ofHome = [3n, a, await world.sign(3n, a), b, await world.sign(3n, b)];
    expect(await refused(toHome("reportEquivocation", ofHome, ben))).toBe("NotSignedByOperator");
    const args = [3n, a, await world.signFinal(3n, a), b, await world.signFinal(3n, b)];
    await toHome("reportEquivocation", args, ben);
    expect((await tokensOf(ben)) - before).toBe(50n);
    expect(await tokensOf(world.recovery.address)).toBe(51n);
    expect(await refused(toHome("reportEquivocation", args, ben))).toBe("OperatorIsDeposed");
    expect(await submit(await world.sign(1n, built.streamHash))).toBe("OperatorIsDeposed");
    await toHome("submitBatch", [await world.proven(built), "0x", "0x"], ben);
  });
});

describe("the operator's word that a batch is final", () => {
  beforeEach(() => enterWorld());
  const report = (number: bigint, streamHash: Hex, signature: Hex, last?: number) => {
    const shown =
      number > world.model.batches.length ? [zeroHash, []] : world.model.historyOf(Number(number), last);
    return toHome("reportFalseBatch", [number, streamHash, signature, ...shown], ben);
  };
  const other = keccak256("0x0a");

  it("is what mirrors demand and home does not take, and the word for home is not", async () => {
    const built = world.build({ entries: 0 });
    const argument = await world.proven(built);
    const [forHome, final] = [
      await world.sign(1n, built.streamHash),
      await world.signFinal(1n, built.streamHash),
    ];
    const submit = (signature: Hex) => toHome("submitBatch", [argument, "0x", signature]);
    const toMirror = (signature: Hex) =>
      send(world.mirror(1), "submitBatch", [argument, keccak256("0x"), signature]);
    expect(await refused(submit(final))).toBe("NotSignedByOperator");
    expect(await refused(toMirror(forHome))).toBe("NotSignedByOperator");
    await submit(forHome);
    await toMirror(final);
    const after = keccak256(concatHex([world.model.histories[0] ?? "0x", built.streamHash]));
    expect(await world.chain.read(world.home, "historyHash")).toBe(after);
  });

  it("of another batch than home's costs the bond: half to who shows it, half to the recovery contract", async () => {
    await toHome("postBond", [101n]);
    const built = world.build({ entries: 0 });
    await settle(built);
    expect(await refused(report(1n, other, await world.sign(1n, other)))).toBe("NotSignedByOperator");
    expect(await refused(report(1n, other, await world.signFinal(2n, other)))).toBe("NotSignedByOperator");
    const before = await tokensOf(ben);
    const signature = await world.signFinal(1n, other);
    await report(1n, other, signature);
    expect((await tokensOf(ben)) - before).toBe(50n);
    expect(await tokensOf(world.recovery.address)).toBe(51n);
    expect(await world.chain.read(world.home, "isPrivilegeSuspended")).toBe(true);
    expect(await refused(report(1n, other, signature))).toBe("OperatorIsDeposed");
    world.model.bond.wei = 101n;
    world.model.depose();
    await checkInvariants(world);
  });

  it("of home's batch shows nothing, and of a number without a batch only when there will be none", async () => {
    const built = world.build({ entries: 0 });
    await settle(built);
    const honest = await world.signFinal(1n, built.streamHash);
    expect(await refused(report(1n, built.streamHash, honest))).toBe("SameBatch");
    const early = await world.signFinal(2n, other);
    expect(await refused(report(2n, other, early))).toBe("NotDecidedYet");
    await freezeWith(1n);
    expect(await refused(report(1n, built.streamHash, honest))).toBe("SameBatch");
    await report(2n, other, early);
    expect(await world.chain.read(world.home, "isDeposed")).toBe(true);
  });
});

describe("the operator's bond", () => {
  beforeEach(() => enterWorld());
  const take = () => toHome("takeBond", [], operator.address);

  it("can be taken from bondDelay after it was asked for, for as long, and then must be asked for again", async () => {
    await toHome("postBond", [100n]);
    const request = () => toHome("requestBond", [], operator.address);
    await request();
    world.chain.timeSeconds += testTerms.bondDelay - 1;
    expect(await refused(take())).toBe("BondNotAvailable");
    world.chain.timeSeconds += testTerms.bondDelay + 2;
    expect(await refused(take())).toBe("BondNotAvailable");
    await request();
    world.chain.timeSeconds += 2 * testTerms.bondDelay;
    const before = await tokensOf(operator.address);
    await take();
    expect((await tokensOf(operator.address)) - before).toBe(100n);
    await toHome("postBond", [7n]);
    await request();
    world.chain.timeSeconds += testTerms.bondDelay;
    await take();
    expect((await tokensOf(operator.address)) - before).toBe(107n);
  });
});

describe("the time of a batch", () => {
  beforeEach(() => enterWorld());

  it("lies no further back than maxTimeLag, whoever signs", async () => {
    const submit = async (lag: number, isSigned: boolean) => {
      const built = world.build({ entries: 0, time: world.now - lag });
      const signature = isSigned ? await world.sign(1n, built.streamHash) : "0x";
      return toHome("submitBatch", [await world.proven(built), "0x", signature], operator.address);
    };
    expect(await refused(submit(testTerms.maxTimeLag + 1, true))).toBe("TimeTooOld");
    expect(await refused(submit(testTerms.maxTimeLag + 1, false))).toBe("TimeTooOld");
    await submit(testTerms.maxTimeLag, true);
    expect(await world.chain.read(world.home, "latest")).toMatchObject({
      number: 1n,
      time: world.now - testTerms.maxTimeLag,
    });
  });
});

describe("the deadline of an entry", () => {
  beforeEach(() => enterWorld());
  const { inclusionDelay, entryInterval } = testTerms;
  const waitsFor = async (index: number) =>
    (await world.chain.read<number>(world.home, "deadlineOf", [BigInt(index)])) - world.now;

  it("comes an interval after that of the entry before it, as long as that one waits", async () => {
    for (let i = 0; i < 3; i++) await deposit(1n);
    expect([await waitsFor(0), await waitsFor(1), await waitsFor(2)]).toEqual(
      [0, 1, 2].map((before) => inclusionDelay + before * entryInterval),
    );
    world.chain.timeSeconds += 60;
    await deposit(1n);
    expect(await waitsFor(3)).toBe(inclusionDelay);
  });

  it("is not pushed away by entries that were queued and consumed before", async () => {
    for (let i = 0; i < 8; i++) await deposit(1n);
    await settle(world.build({ entries: 4 }));
    await deposit(1n);
    expect(await waitsFor(8)).toBe(inclusionDelay + 4 * entryInterval);
    await settle(world.build({ entries: 4 }));
    await settle(world.build({ entries: 4 }));
    await deposit(1n);
    expect(await waitsFor(9)).toBe(inclusionDelay);
    await checkInvariants(world);
  });

  it("counts although an entry with a later one waits before it", async () => {
    for (let i = 0; i < 12; i++) await deposit(1n);
    for (const entries of [4, 4, 3]) await settle(world.build({ entries }));
    await deposit(1n);
    expect(await waitsFor(12)).toBe(inclusionDelay + entryInterval);
    expect(await waitsFor(11)).toBe(inclusionDelay + 11 * entryInterval);
    const isSuspended = () => world.chain.read(world.home, "isPrivilegeSuspended");
    world.chain.timeSeconds += inclusionDelay + entryInterval;
    expect(await isSuspended()).toBe(false);
    world.chain.timeSeconds += 1;
    expect(await isSuspended()).toBe(true);
    world.chain.timeSeconds += testTerms.freezeDelay - 1;
    expect(await refused(toHome("freeze", []))).toBe("NotFreezable");
    world.chain.timeSeconds += 1;
    await toHome("freeze", []);
  });
});

describe("an overdue entry", () => {
  beforeEach(() => enterWorld());

  const DELAYS = 32;
  const skip = async () => {
    const built = world.build({ entries: 0 });
    const signature = await world.sign(built.argument.number, built.streamHash);
    return toHome("submitBatch", [await world.proven(built), "0x", signature]);
  };

  it("waits for 32 batches that the operator signed before, and for no more", async () => {
    await deposit(100n);
    await deposit(100n);
    for (let i = 0; i < 3; i++) await settle(world.build({ entries: 0 }));
    world.chain.timeSeconds += testTerms.inclusionDelay + 10;
    for (let i = 0; i < DELAYS; i++) await settle(world.build({ entries: 0 }));
    expect(await refused(skip())).toBe("OverdueEntrySkipped");
    // The next one waits for as many again.
    await settle(world.build({ entries: 1 }));
    for (let i = 0; i < DELAYS; i++) await settle(world.build({ entries: 0 }));
    expect(await refused(skip())).toBe("OverdueEntrySkipped");
    await checkInvariants(world);
  });

  it("cannot be left out by a batch without signature, not even the operator's", async () => {
    await deposit(100n);
    world.chain.timeSeconds += testTerms.inclusionDelay;
    expect(await world.chain.read(world.home, "isPrivilegeSuspended")).toBe(false);
    world.chain.timeSeconds += 1;
    const without = world.build({ entries: 0 });
    const skipping = [await world.proven(without), "0x", "0x"];
    expect(await refused(toHome("submitBatch", skipping, operator.address))).toBe("OverdueEntrySkipped");
    expect(await refused(toHome("submitBatch", skipping, ben))).toBe("OverdueEntrySkipped");
  });

  it("is taken by whoever comes first", async () => {
    await deposit(100n);
    world.chain.timeSeconds += testTerms.inclusionDelay + 1;
    const built = world.build({ entries: 1 });
    const call = [await world.proven(built), "0x", "0x"];
    await toHome("submitBatch", call, ben);
    expect(await refused(toHome("submitBatch", call, ann))).toBe("WrongBatchNumber");
    expect(await world.chain.read(world.home, "isPrivilegeSuspended")).toBe(false);
  });

  it("lets the operator publish lane data without its signature, and nobody else", async () => {
    await deposit(100n);
    world.chain.timeSeconds += testTerms.inclusionDelay + 1;
    const built = world.build({ entries: 1, laneData: "0x1234", blockHash: keccak256("0x01") });
    const call = [await world.proven(built), "0x1234", "0x"];
    expect(await refused(toHome("submitBatch", call, ben))).toBe("LaneDataNotEmpty");
    const quiet = world.build({ entries: 1, blockHash: keccak256("0x01") });
    const changed = [await world.proven(quiet), "0x", "0x"];
    expect(await refused(toHome("submitBatch", changed, ben))).toBe("LaneBlockNotEmpty");
    await toHome("submitBatch", call, operator.address);
  });
});

describe("the largest batch that a contract can be made for", () => {
  it("is accepted with 100 KB of lane data, within a block's gas", async () => {
    const largest = { levels: 8, maxOps: 253, maxCells: 999 };
    await enterWorld({ size: largest });
    await deposit(10n ** 9n);
    await settle(world.build({ entries: 1 }));
    const laneData = `0x${"5a".repeat(100_000)}` as const;
    let nonce = 0n;
    const built = world.build({
      entries: 0,
      laneData,
      signedOps: (ledger) => ledger.signed(5, { kind: "withdraw", amountUnits: ++nonce, w1: BigInt(ben) }),
    });
    expect(built.payouts[0]).toHaveLength(253);
    await settle(built);
    const entries = (built.payouts[0] ?? []).map(
      ({ recipient, units }) => BigInt(recipient) | (units << 160n),
    );
    await toHome("claimWithdrawal", [2n, entries, 252n]);
    world.model.claimed.add("0:2:252");
    await checkInvariants(world);
  });
});
