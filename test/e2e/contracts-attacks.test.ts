import {
  type Address,
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  type Hex,
  keccak256,
  numberToHex,
  slice,
} from "viem";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { RESERVED_CELL } from "../../state/ledger/cells.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import { CallReverted, type TestContract } from "../fixtures/contracts/memory-chain.ts";
import { account, fixtureContract, signBatch, testTerms } from "../fixtures/contracts/settlement.ts";
import { checkInvariants } from "../fixtures/contracts/settlement-invariants.ts";
import {
  type BuiltBatch,
  guardian,
  operator,
  SettlementWorld,
  users,
  WEI_PER_UNIT,
} from "../fixtures/contracts/settlement-world.ts";
import { actor } from "../support/ledger-scenario.ts";

const [ann, ben] = users as [Address, Address];
const size = { levels: 3, maxOps: 4, maxCells: 8 };
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const oddToken = await fixtureContract("OddToken");
const reentrantCaller = await fixtureContract("ReentrantCaller");

afterAll(writeCoverage);

let world: SettlementWorld;
const useWorld = (odd: boolean) =>
  beforeEach(async () => {
    world = await SettlementWorld.create({ size, proofs: "fake", ...(odd ? { oddToken } : {}) });
  });

const refused = async (call: Promise<unknown>): Promise<string> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CallReverted) return error.errorName;
  throw error ?? new Error("the call succeeded");
};

const send = (
  contract: TestContract,
  name: string,
  args: readonly unknown[],
  from: Address = ann,
  valueWei = 0n,
) => world.chain.send(contract, name, args, { from, valueWei });
const toHome = (name: string, args: readonly unknown[], from: Address = ann, valueWei = 0n) =>
  send(world.home, name, args, from, valueWei);
const homeData = (functionName: string, args: readonly unknown[]): Hex =>
  encodeFunctionData({ abi: world.home.abi as never, functionName, args } as never) as Hex;
const tokensOf = (owner: Address) => world.chain.read<bigint>(world.token, "balanceOf", [owner]);

const newcomer = actor("newcomer 0");
const l1Address = numberToHex(newcomer.l1Address, { size: 20 });
const depositArgs = (units: bigint) => [
  units * WEI_PER_UNIT,
  l1Address,
  newcomer.publicKey.x,
  newcomer.publicKey.y,
];
const depositWords = (amountUnits: bigint) =>
  opWords({
    kind: "deposit",
    amountUnits,
    w1: newcomer.l1Address,
    w2: newcomer.publicKey.x,
    w3: newcomer.publicKey.y,
  });

async function deposit(units: bigint): Promise<void> {
  await toHome("deposit", depositArgs(units));
  world.model.push(depositWords(units), ann, world.now);
}

/** Sends a batch as the operator signs it, and follows it in the model. */
async function settle(built: BuiltBatch): Promise<void> {
  const argument = await world.proven(built);
  const signature = await world.sign(argument.number, built.streamHash);
  await toHome("submitBatch", [argument, built.laneData, signature]);
  world.model.accept({ ...built, argument }, built.consumed, operator.address);
  world.scenario = built.after;
}

async function freezeWith(units: bigint): Promise<void> {
  await deposit(units);
  world.chain.timeSeconds = (world.model.queue.at(-1)?.deadline ?? 0) + testTerms.freezeDelay + 1;
  await toHome("freeze", []);
  world.model.isFrozen = true;
}

async function reenter(functionName: string, args: readonly unknown[]): Promise<void> {
  await send(world.token, "callBack", [world.home.address, homeData(functionName, args)]);
}

describe("a token that calls back while it transfers", () => {
  useWorld(true);

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
  useWorld(false);
  let caller: TestContract;
  const withdraw = opWords({ kind: "withdraw", sender: 5, amountUnits: 1n, w1: 1n });
  const perform = (data: Hex, again: Hex, valueWei: bigint) =>
    send(caller, "perform", [world.home.address, data, again], ann, valueWei);

  beforeEach(async () => {
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
  useWorld(false);
  let built: BuiltBatch;
  const submit = async (signature: Hex) =>
    refused(toHome("submitBatch", [await world.proven(built), "0x", signature]));

  beforeEach(() => {
    built = world.build({ entries: 0 });
  });

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

  it("of two batches of one number costs the bond: half to who shows it, half to the recovery contract", async () => {
    await toHome("postBond", [101n]);
    const [a, b] = [keccak256("0x0a"), keccak256("0x0b")];
    const before = await tokensOf(ben);
    const args = [3n, a, await world.sign(3n, a), b, await world.sign(3n, b)];
    await toHome("reportEquivocation", args, ben);
    expect((await tokensOf(ben)) - before).toBe(50n);
    expect(await tokensOf(world.recovery.address)).toBe(51n);
    expect(await refused(toHome("reportEquivocation", args, ben))).toBe("OperatorIsDeposed");
    expect(await submit(await world.sign(1n, built.streamHash))).toBe("OperatorIsDeposed");
    await toHome("submitBatch", [await world.proven(built), "0x", "0x"], ben);
  });
});

describe("an overdue entry", () => {
  useWorld(false);

  it("cannot be skipped by the operator, and is taken by whoever comes first", async () => {
    await deposit(100n);
    world.chain.timeSeconds += testTerms.inclusionDelay;
    expect(await world.chain.read(world.home, "isPrivilegeSuspended")).toBe(false);
    world.chain.timeSeconds += 1;
    const without = world.build({ entries: 0 });
    const signature = await world.sign(1n, without.streamHash);
    const skipping = [await world.proven(without), "0x", signature];
    expect(await refused(toHome("submitBatch", skipping, operator.address))).toBe("OverdueEntrySkipped");
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
    expect(await refused(toHome("submitBatch", changed, ben))).toBe("LaneBlockHashChanged");
    await toHome("submitBatch", call, operator.address);
  });
});

describe("the largest batch that a contract can be made for", () => {
  it("is accepted with 100 KB of lane data, within a block's gas", async () => {
    const largest = { levels: 8, maxOps: 253, maxCells: 999 };
    world = await SettlementWorld.create({ size: largest, proofs: "fake" });
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

describe("the gateway's funds", () => {
  useWorld(false);

  it("go to the recovery contract, which pays what its guardian proposed and everyone had time to check", async () => {
    await toHome("depositToEvm", [100n * WEI_PER_UNIT, ben]);
    const words = opWords({ kind: "depositToEvm", object: 3, amountUnits: 100n, w1: BigInt(ben) });
    world.model.push(words, ann, world.now);
    await settle(world.build({ entries: 1 }));
    await freezeWith(1n);
    const cell = world.scenario.ledger.cell(RESERVED_CELL.gateway);
    await toHome("openCell", [3, cell, await world.membershipProof(3, cell)]);
    await toHome("payAccount", [3]);
    expect(await tokensOf(world.recovery.address)).toBe(100n * WEI_PER_UNIT);

    const recover = (name: string, args: readonly unknown[], from = ann) =>
      send(world.recovery, name, args, from);
    const leafOf = (index: bigint, recipient: Address, units: bigint) => {
      const types = ["uint256", "address", "uint256"].map((type) => ({ type }));
      return keccak256(keccak256(encodeAbiParameters(types, [index, recipient, units * WEI_PER_UNIT])));
    };
    const leaves = [leafOf(0n, ben, 60n), leafOf(1n, ann, 40n)];
    const root = keccak256(concatHex(leaves.toSorted()));
    const toBen = [0n, ben, 60n * WEI_PER_UNIT, [leaves[1]]];
    expect(await refused(recover("propose", [root]))).toBe("NotGuardian");
    expect(await refused(recover("finalize", []))).toBe("NothingProposed");
    await recover("propose", [keccak256("0x01")], guardian);
    world.chain.timeSeconds += 599;
    await recover("propose", [root], guardian);
    world.chain.timeSeconds += 599;
    expect(await refused(recover("finalize", []))).toBe("TimelockRunning");
    expect(await refused(recover("claim", toBen))).toBe("NotFinal");
    world.chain.timeSeconds += 1;
    await recover("finalize", []);
    expect(await refused(recover("propose", [root], guardian))).toBe("AlreadyFinal");
    expect(await refused(recover("claim", toBen.with(2, 61n * WEI_PER_UNIT)))).toBe("WrongPayoutProof");
    await recover("claim", toBen);
    expect(await refused(recover("claim", toBen))).toBe("AlreadyClaimed");
    await recover("claim", [1n, ann, 40n * WEI_PER_UNIT, [leaves[0]]]);
    expect(await tokensOf(world.recovery.address)).toBe(0n);
  });
});
