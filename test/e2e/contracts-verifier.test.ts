import { readFileSync, writeFileSync } from "node:fs";
import { encodeFunctionData, getAddress, keccak256, toHex } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { type OpParts, opWords } from "../../state/ledger/operation.ts";
import { BATCH_SIZES } from "../../state/ledger/sizes.ts";
import { domainOf } from "../../state/ledger/stream.ts";
import {
  account,
  type BatchArgument,
  deployContract,
  encodeBatch,
  expectDeployRevert,
  expectRevert,
  startTestChain,
  type TestBatch,
  type TestChain,
  type TestOp,
  testContracts,
} from "../fixtures/contracts/settlement.ts";
import { BASE_FIELD_PRIME, g1, g2, type Proof, TrapdoorKey } from "../fixtures/contracts/trapdoor-groth16.ts";

const contracts = await testContracts();
const operator = account(0);
const size = BATCH_SIZES.production;
const genesisRoot = BigInt(keccak256("0x01")) % FIELD_PRIME;
const batchKey = new TrapdoorKey(3);
const membershipKey = new TrapdoorKey(6);
const unit = 10n ** 9n;

let chain: TestChain;
let token: `0x${string}`;
let verifier: `0x${string}`;
let membershipVerifier: `0x${string}`;

beforeAll(async () => {
  chain = await startTestChain();
  token = await deployContract(chain.client, contracts.NrxToken, [operator.address]);
  verifier = await deployContract(chain.client, contracts.Groth16Verifier, [batchKey.words]);
  membershipVerifier = await deployContract(chain.client, contracts.Groth16Verifier, [membershipKey.words]);
});

afterAll(() => chain?.stop());

const verify = (proof: readonly bigint[], inputs: readonly bigint[]) =>
  chain.client.readContract({
    address: verifier,
    abi: contracts.Groth16Verifier.abi,
    functionName: "verifyProof",
    args: [proof as Proof, inputs],
  });

const replaced = (values: readonly bigint[], index: number, value: bigint) => values.with(index, value);

describe("the Groth16 verifier", () => {
  const inputs = [11n, 22n, FIELD_PRIME - 1n];
  const proof = batchKey.prove(inputs);

  it("accepts valid proofs, whatever the inputs", async () => {
    expect(await verify(proof, inputs)).toBe(true);
    expect(await verify(batchKey.prove(inputs, 5n), inputs)).toBe(true);
    expect(await verify(batchKey.prove([0n, 0n, 0n]), [0n, 0n, 0n])).toBe(true);
  });

  it("rejects a proof for other inputs", async () => {
    for (let i = 0; i < 3; i++) {
      expect(await verify(proof, replaced(inputs, i, (inputs[i] ?? 0n) ^ 1n))).toBe(false);
    }
  });

  it("rejects a proof in which any coordinate is changed", async () => {
    for (let i = 0; i < 8; i++)
      expect(await verify(replaced(proof, i, (proof[i] ?? 0n) ^ 1n), inputs)).toBe(false);
  });

  it("rejects points of the groups that are another proof's", async () => {
    expect(await verify([...g1(5n), ...proof.slice(2)], inputs)).toBe(false);
    expect(await verify([...proof.slice(0, 2), ...g2(5n), ...proof.slice(6)], inputs)).toBe(false);
    expect(await verify([...proof.slice(0, 6), ...g1(5n)], inputs)).toBe(false);
    expect(await verify([0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n], inputs)).toBe(false);
  });

  it("rejects inputs that are not reduced: the same value plus the order of the field", async () => {
    expect(await verify(proof, replaced(inputs, 0, 11n + FIELD_PRIME))).toBe(false);
    // Below the base field's order, the bound with which some verifiers compare by mistake.
    expect(FIELD_PRIME + 11n < BASE_FIELD_PRIME).toBe(true);
  });

  it("rejects coordinates that are not reduced", async () => {
    for (let i = 0; i < 8; i++) {
      const shifted = (proof[i] ?? 0n) + BASE_FIELD_PRIME;
      expect(await verify(replaced(proof, i, shifted), inputs)).toBe(false);
    }
  });

  it("rejects a wrong number of inputs with an error of its own", async () => {
    await expectRevert(verify(proof, inputs.slice(1)), "WrongInputCount", [3n, 2n]);
    await expectRevert(verify(proof, [...inputs, 0n]), "WrongInputCount", [3n, 4n]);
  });

  it("rejects keys of a wrong length or with coordinates out of range", async () => {
    const deploy = (words: readonly bigint[], error: string) =>
      expectDeployRevert(chain.client, contracts.Groth16Verifier, [words], error);
    await deploy(batchKey.words.slice(1), "WrongKeyLength");
    await deploy(batchKey.words.slice(0, 14), "WrongKeyLength");
    await deploy(batchKey.words.with(3, BASE_FIELD_PRIME), "KeyCoordinateOutOfRange");
  });
});

/** Operations without a zero byte where a real one has none: the dearest calldata. */
const denseWord = (seed: string, bits: bigint) => BigInt(keccak256(toHex(seed))) & ((1n << bits) - 1n);
const denseOp = (seed: string, parts: Partial<OpParts> = {}): TestOp => ({
  words: opWords({
    kind: "postTask",
    sender: 0xfedcba,
    object: 0xabcdef,
    feeUnits: denseWord(`${seed}fee`, 48n),
    amountUnits: 0n,
    w1: denseWord(`${seed}1`, 224n),
    w2: denseWord(`${seed}2`, 192n),
    w3: denseWord(`${seed}3`, 248n),
    ...parts,
  }),
});

describe("a batch with a proof", () => {
  const ledger = {
    genesisRoot,
    levels: BigInt(size.levels),
    maxOps: BigInt(size.maxOps),
    maxCells: BigInt(size.maxCells),
  };

  async function deployHome() {
    const args = [token, verifier, membershipVerifier, operator.address, ledger];
    const address = await deployContract(chain.client, contracts.NeuraRollup, args);
    return { address, abi: contracts.NeuraRollup.abi, domain: domainOf(31337n, BigInt(address)) } as const;
  }

  async function deployMirror(domain: bigint) {
    const args = [domain, verifier, membershipVerifier, operator.address, ledger];
    const address = await deployContract(chain.client, contracts.NeuraMirror, args);
    return { address, abi: contracts.NeuraMirror.abi, domain } as const;
  }

  async function makeBatch(domain: bigint, changes: Partial<TestBatch> = {}) {
    const time = Number((await chain.client.getBlock()).timestamp);
    const root = BigInt(keccak256("0x02")) % FIELD_PRIME;
    const batch = {
      domain,
      size,
      number: 1n,
      previousRoot: genesisRoot,
      root,
      time,
      cellCount: 0x123456,
      ...changes,
    };
    const { argument, inputs } = encodeBatch(batch);
    return { ...argument, proof: batchKey.prove(inputs) };
  }

  const submitHome = (home: Awaited<ReturnType<typeof deployHome>>, argument: BatchArgument) =>
    ({ ...home, functionName: "submitBatch", args: [argument, "0x"] }) as const;
  const emptyLane = keccak256("0x");

  async function gasOfHome(ops: readonly TestOp[], home?: Awaited<ReturnType<typeof deployHome>>) {
    const target = home ?? (await deployHome());
    const hash = await chain.client.writeContract(
      submitHome(target, await makeBatch(target.domain, { ops })),
    );
    const receipt = await chain.client.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");
    return Number(receipt.gasUsed);
  }

  it("is accepted at home and on a mirror, and rejected on each after one bit of root, stream or proof", async () => {
    const home = await deployHome();
    const mirror = await deployMirror(home.domain);
    const argument = await makeBatch(home.domain, { ops: [denseOp("a"), denseOp("b")] });
    const onHome = (changed: BatchArgument) => chain.client.simulateContract(submitHome(home, changed));
    const onMirror = (changed: BatchArgument) =>
      chain.client.simulateContract({ ...mirror, functionName: "submitBatch", args: [changed, emptyLane] });
    const changes: BatchArgument[] = [
      { ...argument, root: argument.root ^ 1n },
      {
        ...argument,
        ops: `${argument.ops.slice(0, 20)}${argument.ops[20] === "0" ? "1" : "0"}${argument.ops.slice(21)}` as `0x${string}`,
      },
      { ...argument, validityBits: argument.validityBits ^ 1n },
      { ...argument, commitment: argument.commitment ^ 1n },
      ...argument.proof.map((word, i) => ({
        ...argument,
        proof: argument.proof.with(i, word ^ 1n) as unknown as Proof,
      })),
    ];
    for (const submit of [onHome, onMirror]) {
      await submit(argument);
      for (const changed of changes) await expectRevert(submit(changed), "InvalidProof");
    }
    const otherHome = await makeBatch(home.domain + 1n, { ops: [denseOp("a"), denseOp("b")] });
    await expectRevert(onHome(otherHome), "InvalidProof");
  });

  it("chains numbers and roots on a mirror, from its operator only, without that chain's clock", async () => {
    const mirror = await deployMirror(7n);
    const submit = (argument: BatchArgument, from = operator) =>
      chain.client.simulateContract({
        ...mirror,
        functionName: "submitBatch",
        args: [argument, emptyLane],
        account: from,
      });
    const first = await makeBatch(7n, { time: 2 ** 39 });
    await expectRevert(submit(first, account(1)), "NotOperator");
    await expectRevert(submit({ ...first, number: 2n }), "WrongBatchNumber", [1n, 2n]);
    await expectRevert(submit({ ...first, previousRoot: 1n }), "WrongPreviousRoot", [genesisRoot, 1n]);
    const { request } = await submit(first);
    await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract(request) });
    const second = { number: 2n, previousRoot: first.root, previousCellCount: 0x123456 };
    await expectRevert(submit(await makeBatch(7n, { ...second, time: 1 })), "TimeBeforePreviousBatch");
    await submit(await makeBatch(7n, { ...second, time: 2 ** 39 }));
  });

  it("lets anyone read a cell with a membership proof, at home and on a mirror", async () => {
    const home = await deployHome();
    const mirror = await deployMirror(home.domain);
    const fields = [1n, 2n, 3n, 4n] as const;
    const proof = membershipKey.prove([genesisRoot, 9n, ...fields]);
    for (const { address } of [home, mirror]) {
      const read = (id: bigint) =>
        chain.client.readContract({
          address,
          abi: contracts.NeuraMirror.abi,
          functionName: "readCell",
          args: [0n, id, fields, proof],
        });
      expect(await read(9n)).toBe(true);
      expect(await read(10n)).toBe(false);
    }
  });

  describe("costs", () => {
    const measured: Record<string, number> = {};
    const snapshotFile = new URL("../../contracts/gas.json", import.meta.url);
    /** Calldata of proofs and roots differs by some zero bytes from run to run, 12 gas each. */
    const toleranceGas = 1_500;
    const key = [
      5299619240641551281634865583518297030282874472190772894086521144482721001553n,
      16950150798460657717958625567821834550301663161624707787222815936182638968203n,
    ] as const;

    it("at most 340,000 gas at home and 3,500 for each signed operation, at the production size", async () => {
      measured.homeBatchOf0 = await gasOfHome([]);
      measured.homeBatchOf1 = await gasOfHome([denseOp("0")]);
      const ops = Array.from({ length: size.maxOps }, (_, i) => denseOp(`${i}`));
      measured.homeBatchOf24 = await gasOfHome(ops);
      measured.homeGasPerSignedOp = Math.round(
        (measured.homeBatchOf24 - measured.homeBatchOf0) / size.maxOps,
      );
      expect(measured.homeBatchOf0).toBeLessThanOrEqual(340_000);
      expect(measured.homeGasPerSignedOp).toBeLessThanOrEqual(3_500);
      expect(measured.homeBatchOf24).toBeLessThanOrEqual(340_000 + 3_500 * size.maxOps);
    });

    it("at most 340,000 gas and 3,500 for each operation also with withdrawals and deposits", async () => {
      const recipient = denseWord("recipient", 160n);
      const withdrawals = Array.from({ length: size.maxOps }, () =>
        denseOp("w", { kind: "withdraw", object: 0, amountUnits: 5n, w1: recipient, w2: 0n, w3: 0n }),
      );
      measured.homeBatchOf24Withdrawals = await gasOfHome(withdrawals);
      expect(measured.homeBatchOf24Withdrawals).toBeLessThanOrEqual(340_000 + 3_500 * size.maxOps);

      const home = await deployHome();
      const l1Address = getAddress(`0x${recipient.toString(16).padStart(40, "0")}`);
      const deposits = await queueDeposits(home, l1Address, size.maxOps);
      measured.homeBatchOf24Deposits = await gasOfHome(deposits, home);
      expect(measured.homeBatchOf24Deposits).toBeLessThanOrEqual(340_000 + 3_500 * size.maxOps);
    });

    async function queueDeposits(
      home: Awaited<ReturnType<typeof deployHome>>,
      l1Address: `0x${string}`,
      count: number,
    ) {
      const approve = {
        address: token,
        abi: contracts.NrxToken.abi,
        functionName: "approve",
        args: [home.address, 10n ** 27n],
      } as const;
      await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract(approve) });
      const ops: TestOp[] = [];
      for (let i = 0; i < count; i++) {
        const args = [unit, l1Address, ...key] as const;
        const hash = await chain.client.writeContract({ ...home, functionName: "deposit", args });
        const { gasUsed, blockNumber } = await chain.client.waitForTransactionReceipt({ hash });
        measured.deposit = Number(gasUsed);
        const queuedAt = Number((await chain.client.getBlock({ blockNumber })).timestamp);
        ops.push({
          words: opWords({
            kind: "deposit",
            object: 5 + i,
            amountUnits: 1n,
            w1: BigInt(l1Address),
            w2: key[0],
            w3: key[1],
          }),
          priority: { caller: operator.address, queuedAt },
        });
      }
      return ops;
    }

    it("at most 270,000 gas for a membership read, as a transaction of its own", async () => {
      const mirror = await deployMirror(3n);
      const fields = [1, 2, 3, 4].map((i) => BigInt(keccak256(toHex(`field${i}`))) % FIELD_PRIME);
      const proof = membershipKey.prove([genesisRoot, 0xabcdefn, ...fields]);
      const args = [
        0n,
        0xabcdefn,
        fields as unknown as readonly [bigint, bigint, bigint, bigint],
        proof,
      ] as const;
      // With less gas the call would answer false instead of failing, so an estimate would be too low.
      const data = encodeFunctionData({ ...mirror, functionName: "readCell", args });
      const hash = await chain.client.sendTransaction({ to: mirror.address, data, gas: 500_000n });
      const { gasUsed } = await chain.client.waitForTransactionReceipt({ hash });
      measured.membershipRead = Number(gasUsed);
      expect(measured.membershipRead).toBeLessThanOrEqual(270_000);
    });

    it("what it did on a mirror", async () => {
      const mirror = await deployMirror(3n);
      const ops = Array.from({ length: size.maxOps }, (_, i) => denseOp(`${i}`));
      const args = [await makeBatch(3n, { ops }), emptyLane] as const;
      const hash = await chain.client.writeContract({ ...mirror, functionName: "submitBatch", args });
      measured.mirrorBatchOf24 = Number((await chain.client.waitForTransactionReceipt({ hash })).gasUsed);
      expect(measured.mirrorBatchOf24).toBeLessThanOrEqual(measured.homeBatchOf24 ?? 0);
    });

    it("what contracts/gas.json says", () => {
      if (process.env.WRITE_GAS === "1")
        writeFileSync(snapshotFile, `${JSON.stringify(measured, null, 2)}\n`);
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
});
