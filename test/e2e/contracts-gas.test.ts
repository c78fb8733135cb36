import { readFileSync, writeFileSync } from "node:fs";
import { encodeFunctionData, getAddress, keccak256, toHex, zeroHash } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeAccount } from "../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { BATCH_SIZES } from "../../state/ledger/sizes.ts";
import {
  denseOp,
  denseWord,
  membershipKey,
  operator,
  type ProvenHome,
  ProvenLedger,
} from "../fixtures/contracts/proven-ledger.ts";
import {
  account,
  startTestChain,
  type TestChain,
  type TestOp,
  testContracts,
  testTerms,
} from "../fixtures/contracts/settlement.ts";

const contracts = await testContracts();
const size = BATCH_SIZES.production;
const unit = 10n ** 9n;
const key = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
] as const;
const measured: Record<string, number> = {};
const snapshotFile = new URL("../../contracts/gas.json", import.meta.url);
/** Calldata of proofs, roots and signatures differs by some zero bytes from run to run, 12 gas each. */
const toleranceGas = 1_500;
const recipient = getAddress(`0x${denseWord("recipient", 160n).toString(16).padStart(40, "0")}`);

let chain: TestChain;
let ledger: ProvenLedger;

beforeAll(async () => {
  chain = await startTestChain();
  ledger = await ProvenLedger.deploy(chain.client, size);
});

afterAll(() => chain?.stop());

// biome-ignore lint/suspicious/noExplicitAny: each caller passes another contract's call
async function send(call: any) {
  const hash = await chain.client.writeContract(call);
  const receipt = await chain.client.waitForTransactionReceipt({ hash });
  expect(receipt.status).toBe("success");
  return receipt;
}

const gasOf = async (call: unknown): Promise<number> => Number((await send(call)).gasUsed);

/** A home that has accepted a batch before: storage that every batch writes is in use. */
async function usedHome(): Promise<ProvenHome> {
  const home = await ledger.home();
  const first = await ledger.batch(home.domain, { cellCount: following.cellCount });
  measured.firstHomeBatch = await gasOf(await ledger.toHome(home, first));
  return home;
}

const firstRoot = BigInt(keccak256("0x02")) % FIELD_PRIME;
const following = {
  number: 2n,
  previousRoot: firstRoot,
  root: BigInt(keccak256("0x03")) % FIELD_PRIME,
  previousCellCount: 0x123456,
  cellCount: 0x123456,
  blockHash: keccak256("0xb10d"),
};

async function gasOfHome(ops: readonly TestOp[]): Promise<number> {
  const home = await usedHome();
  return gasOf(await ledger.toHome(home, await ledger.batch(home.domain, { ...following, ops })));
}

async function approve(home: ProvenHome): Promise<void> {
  const args = [home.address, 10n ** 27n];
  await send({ address: ledger.token, abi: contracts.NrxToken.abi, functionName: "approve", args });
}

const depositOp = (object: number, queuedAt: number): TestOp => ({
  words: opWords({
    kind: "deposit",
    object,
    amountUnits: 1n,
    w1: BigInt(recipient),
    w2: key[0],
    w3: key[1],
  }),
  priority: { caller: operator.address, queuedAt },
});

/** Deposits of one unit. */
async function queueDeposits(home: ProvenHome, count: number): Promise<TestOp[]> {
  const ops: TestOp[] = [];
  for (let i = 0; i < count; i++) {
    const args = [unit, recipient, ...key];
    const call = { ...home, functionName: "deposit", args, value: testTerms.feeStepWei };
    const { gasUsed, blockNumber } = await send(call);
    measured.deposit = Number(gasUsed);
    ops.push(depositOp(5 + i, Number((await chain.client.getBlock({ blockNumber })).timestamp)));
  }
  return ops;
}

const everywhere = [0n, 1n, 2n];

const withdrawal = (seed: string, param: bigint, feeUnits: bigint) =>
  denseOp(seed, {
    kind: "withdraw",
    object: 0,
    feeUnits,
    amountUnits: denseWord(seed, 56n),
    param,
    w1: BigInt(recipient),
    w2: 0n,
    w3: 0n,
  });

/** One after the other to each of these chains. */
const withdrawals = (chains: readonly bigint[]): TestOp[] =>
  Array.from({ length: size.maxOps }, (_, i) =>
    withdrawal(`${i}`, chains[i % chains.length] ?? 0n, denseWord(`${i}fee`, 48n)),
  );

/**
 * The dearest operations that a batch can take from the queue: a withdrawal to each chain, and of the rest as many bytes as the
 * queue accepts, for they turn out invalid.
 */
async function queueDearest(home: ProvenHome): Promise<TestOp[]> {
  const ops: TestOp[] = [];
  for (let i = 0; i < size.maxOps; i++) {
    const op = i < everywhere.length ? withdrawal(`${i}`, everywhere[i] ?? 0n, 0n) : garbage(`${i}`);
    const owner = account(i % 10);
    const call = { ...home, functionName: "enqueue", args: [op.words], value: testTerms.feeStepWei };
    const { blockNumber } = await send({ ...call, account: owner });
    const queuedAt = Number((await chain.client.getBlock({ blockNumber })).timestamp);
    ops.push({ ...op, priority: { caller: owner.address, queuedAt } });
  }
  return ops;
}

/** An operation of a kind that does not exist. */
const garbage = (seed: string): TestOp => {
  const fee = 0xffffffffffffn << 56n;
  const w0 = 0xc8n | ((denseWord(`${seed}0`, 184n) << 8n) & ~fee);
  const [w1, w2, w3] = [
    denseWord(`${seed}1`, 224n),
    denseWord(`${seed}2`, 253n),
    denseWord(`${seed}3`, 253n),
  ];
  return { words: [w0, w1, w2, w3], valid: false };
};

/** From somebody else than the operator, without its signature, past the deadline. */
async function sendUnsigned(home: ProvenHome, batch: Parameters<typeof ledger.batch>[1]): Promise<number> {
  await chain.client.increaseTime({ seconds: testTerms.inclusionDelay + 100 });
  await chain.client.mine({ blocks: 1 });
  const args = [await ledger.batch(home.domain, { ...batch, blockHash: zeroHash }), "0x", "0x"];
  return gasOf({ ...home, functionName: "submitBatch", args, account: account(1) });
}

const batchBarGas = 340_000 + 3_500 * size.maxOps;

describe("a batch at home, at the production size, costs at most 340,000 gas and 3,500 for each operation", () => {
  it("with operations that the operator signed for", async () => {
    measured.homeBatchOf0 = await gasOfHome([]);
    measured.homeBatchOf1 = await gasOfHome([denseOp("0")]);
    measured.homeBatchOf24 = await gasOfHome(Array.from({ length: size.maxOps }, (_, i) => denseOp(`${i}`)));
    measured.homeGasPerSignedOp = Math.round((measured.homeBatchOf24 - measured.homeBatchOf0) / size.maxOps);
    expect(measured.homeBatchOf0).toBeLessThanOrEqual(340_000);
    expect(measured.homeGasPerSignedOp).toBeLessThanOrEqual(3_500);
    expect(measured.homeBatchOf24).toBeLessThanOrEqual(batchBarGas);
  });

  it("with withdrawals to home and, for the first time, to mirrors", async () => {
    measured.homeBatchOf24Withdrawals = await gasOfHome(withdrawals([0n]));
    measured.homeBatchOf24ToMirrors = await gasOfHome(withdrawals([1n, 2n]));
    measured.homeBatchOf24Everywhere = await gasOfHome(withdrawals(everywhere));
    for (const name of ["Withdrawals", "ToMirrors", "Everywhere"] as const) {
      expect(measured[`homeBatchOf24${name}`]).toBeLessThanOrEqual(batchBarGas);
    }
  });

  it("with deposits, whose fees the operator earns for the first time", async () => {
    const home = await usedHome();
    await approve(home);
    const ops = await queueDeposits(home, size.maxOps);
    const deposits = await ledger.batch(home.domain, { ...following, ops });
    measured.homeBatchOf24Deposits = await gasOf(await ledger.toHome(home, deposits));
    expect(measured.homeBatchOf24Deposits).toBeLessThanOrEqual(batchBarGas);
  });

  it("with deposits and without the operator", async () => {
    const home = await usedHome();
    await approve(home);
    const ops = await queueDeposits(home, size.maxOps);
    measured.homePermissionlessBatchOf24 = await sendUnsigned(home, { ...following, ops });
    expect(measured.homePermissionlessBatchOf24).toBeLessThanOrEqual(batchBarGas);
  });

  it("and at most a fiftieth more if somebody fills the queue with the dearest bytes, even in the very first one", async () => {
    const first = { cellCount: following.cellCount };
    const signed = await ledger.home();
    const batch = await ledger.batch(signed.domain, { ...first, ops: await queueDearest(signed) });
    measured.homeDearestSignedBatch = await gasOf(await ledger.toHome(signed, batch));
    const unsigned = await ledger.home();
    const ops = await queueDearest(unsigned);
    measured.homeDearestUnsignedBatch = await sendUnsigned(unsigned, { ...first, ops });
    for (const name of ["Signed", "Unsigned"] as const) {
      expect(measured[`homeDearest${name}Batch`]).toBeLessThanOrEqual(batchBarGas * 1.02);
    }
  });
});

describe("what others do costs", () => {
  it("at most 270,000 gas for a membership read, as a transaction of its own", async () => {
    const mirror = await ledger.mirror(account(5).address);
    const fields = [1, 2, 3, 4].map((i) => BigInt(keccak256(toHex(`field${i}`))) % FIELD_PRIME);
    const proof = membershipKey.prove([ledger.genesisRoot, 0xabcdefn, ...fields]);
    const cell = fields as unknown as readonly [bigint, bigint, bigint, bigint];
    const args = [0n, 0xabcdefn, cell, proof] as const;
    // With less gas the call would answer false instead of failing, so an estimate would be too low.
    const data = encodeFunctionData({ abi: mirror.abi, functionName: "readCell", args });
    const hash = await chain.client.sendTransaction({ to: mirror.address, data, gas: 500_000n });
    const { gasUsed } = await chain.client.waitForTransactionReceipt({ hash });
    measured.membershipRead = Number(gasUsed);
    expect(measured.membershipRead).toBeLessThanOrEqual(270_000);
  });

  it("a mirror less than home for the same batch, and its user for a claim and a return", async () => {
    const home = await ledger.home();
    const mirror = await ledger.mirror(home.address);
    const ops = Array.from({ length: size.maxOps }, (_, i) => denseOp(`${i}`));
    const batch = await ledger.batch(home.domain, { ops });
    measured.mirrorBatchOf24 = await gasOf(await ledger.toMirror(mirror, batch));
    expect(measured.mirrorBatchOf24).toBeLessThanOrEqual(measured.homeBatchOf24 ?? 0);

    const w1 = BigInt(operator.address);
    const toMirror = { words: opWords({ kind: "withdraw", sender: 5, amountUnits: 5n, param: 1n, w1 }) };
    const paying = await ledger.batch(home.domain, { ...following, ops: [toMirror] });
    await send(await ledger.toMirror(mirror, paying));
    const claim = [2n, [BigInt(operator.address) | (5n << 160n)], 0n];
    measured.mirrorClaim = await gasOf({ ...mirror, functionName: "claimWithdrawal", args: claim });
    const back = [2n * unit, recipient, ...key];
    measured.returnHome = await gasOf({ ...mirror, functionName: "returnHome", args: back });

    await send(await ledger.toHome(home, batch));
    await send(await ledger.toHome(home, paying));
    const queueReturn = [1, 0n, 2n, recipient, ...key];
    measured.queueReturn = await gasOf({ ...home, functionName: "queueReturn", args: queueReturn });
  });

  it("a user who queues an operation, and one who leaves a frozen ledger", async () => {
    const home = await ledger.home();
    const words = opWords({ kind: "withdraw", sender: 0xfedcba, amountUnits: 77n, w1: BigInt(recipient) });
    await send({ ...home, functionName: "enqueue", args: [words] });
    measured.enqueue = await gasOf({ ...home, functionName: "enqueue", args: [words] });
    const { inclusionDelay, freezeDelay } = testTerms;
    await chain.client.increaseTime({ seconds: inclusionDelay + freezeDelay + 100 });
    measured.freeze = await gasOf({ ...home, functionName: "freeze", args: [] });
    // The vault of this home is filled by nobody: what leaves must be there.
    await send({
      address: ledger.token,
      abi: contracts.NrxToken.abi,
      functionName: "transfer",
      args: [home.address, 5n * unit],
    });
    const [pubX, pubY] = key;
    const cell = encodeAccount({ nonce: 3n, balance: 5n, l1Address: BigInt(recipient), pubX, pubY });
    const proof = membershipKey.prove([ledger.genesisRoot, 0xabcdn, ...cell]);
    measured.openCell = await gasOf({ ...home, functionName: "openCell", args: [0xabcd, cell, proof] });
    measured.payAccount = await gasOf({ ...home, functionName: "payAccount", args: [0xabcd] });
  });

  it("what contracts/gas.json says", () => {
    if (process.env.WRITE_GAS === "1") writeFileSync(snapshotFile, `${JSON.stringify(measured, null, 2)}\n`);
    const expected = JSON.parse(readFileSync(snapshotFile, "utf8")) as Record<string, number>;
    expect(Object.keys(measured).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, gas] of Object.entries(measured)) {
      const difference = Math.abs(gas - (expected[name] ?? 0));
      expect(difference, `${name} is ${gas}; with WRITE_GAS=1 the test records it`).toBeLessThanOrEqual(
        toleranceGas,
      );
    }
  });
});
