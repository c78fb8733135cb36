import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { BATCH_SIZES } from "../../state/ledger/sizes.ts";
import {
  batchKey,
  denseOp,
  membershipKey,
  operator,
  ProvenLedger,
} from "../fixtures/contracts/proven-ledger.ts";
import {
  account,
  type BatchArgument,
  expectDeployRevert,
  expectRevert,
  startTestChain,
  type TestChain,
  testContracts,
} from "../fixtures/contracts/settlement.ts";
import { BASE_FIELD_PRIME, g1, g2, type Proof } from "../fixtures/contracts/trapdoor-groth16.ts";

const contracts = await testContracts();
let chain: TestChain;
let ledger: ProvenLedger;

beforeAll(async () => {
  chain = await startTestChain();
  ledger = await ProvenLedger.deploy(chain.client, BATCH_SIZES.production);
});

afterAll(() => chain?.stop());

const verify = (proof: readonly bigint[], inputs: readonly bigint[]) =>
  chain.client.readContract({
    address: ledger.verifier,
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

describe("a batch with a proof", () => {
  const ops = [denseOp("a"), denseOp("b")];

  it("is accepted at home and on a mirror, and rejected on each after one bit of root, stream or proof", async () => {
    const home = await ledger.home();
    const mirror = await ledger.mirror(home.address);
    const argument = await ledger.batch(home.domain, { ops });
    const onHome = async (changed: BatchArgument) =>
      chain.client.simulateContract(await ledger.toHome(home, changed));
    const onMirror = async (changed: BatchArgument) =>
      chain.client.simulateContract(await ledger.toMirror(mirror, changed));
    const digit = argument.ops[20] === "0" ? "1" : "0";
    const changes: BatchArgument[] = [
      { ...argument, root: argument.root ^ 1n },
      { ...argument, ops: `0x${argument.ops.slice(2, 20)}${digit}${argument.ops.slice(21)}` },
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
  });

  it("is rejected when it was proven for another chain's home, or for another size", async () => {
    const home = await ledger.home();
    await expectRevert(
      chain.client.simulateContract(await ledger.toHome(home, await ledger.batch(home.domain + 1n, { ops }))),
      "InvalidProof",
    );
    const larger = { ...BATCH_SIZES.production, maxCells: BATCH_SIZES.production.maxCells + 1 };
    await expectRevert(
      chain.client.simulateContract(
        await ledger.toHome(home, await ledger.batch(home.domain, { ops, size: larger })),
      ),
      "InvalidProof",
    );
  });

  it("is accepted on a mirror only with the signature of its operator, for its home", async () => {
    const home = await ledger.home();
    const [mirror, elsewhere] = [await ledger.mirror(home.address), await ledger.mirror(account(5).address)];
    const argument = await ledger.batch(home.domain, { ops });
    await chain.client.simulateContract({
      ...(await ledger.toMirror(mirror, argument)),
      account: account(1),
    });
    const stranger = account(1);
    await expectRevert(
      chain.client.simulateContract(await ledger.toMirror(mirror, argument, { signer: stranger })),
      "NotSignedByOperator",
      [operator.address, stranger.address],
    );
    const call = await ledger.toMirror(mirror, argument);
    const foreign = await ledger.sign({ ...mirror, home: elsewhere.home }, argument);
    const args = [call.args[0], call.args[1], foreign] as const;
    await expectRevert(chain.client.simulateContract({ ...call, args }), "NotSignedByOperator");
    const empty = [call.args[0], call.args[1], "0x"] as const;
    await expectRevert(chain.client.simulateContract({ ...call, args: empty }), "WrongSignatureLength", [
      65n,
      0n,
    ]);
  });

  it("chains numbers and roots on a mirror, without that chain's clock", async () => {
    const mirror = await ledger.mirror(account(5).address);
    const { domain } = mirror;
    const submit = async (argument: BatchArgument) =>
      chain.client.simulateContract(await ledger.toMirror(mirror, argument));
    const first = await ledger.batch(domain, { time: 2 ** 39 });
    await expectRevert(submit({ ...first, number: 2n }), "WrongBatchNumber", [1n, 2n]);
    await expectRevert(submit({ ...first, previousRoot: 1n }), "WrongPreviousRoot", [ledger.genesisRoot, 1n]);
    const { request } = await submit(first);
    await chain.client.waitForTransactionReceipt({ hash: await chain.client.writeContract(request) });
    const second = { number: 2n, previousRoot: first.root, previousCellCount: 0x123456 };
    await expectRevert(submit(await ledger.batch(domain, { ...second, time: 1 })), "TimeBeforePreviousBatch");
    await submit(await ledger.batch(domain, { ...second, time: 2 ** 39 }));
  });

  it("lets anyone read a cell with a membership proof, at home and on a mirror", async () => {
    const home = await ledger.home();
    const mirror = await ledger.mirror(home.address);
    const fields = [1n, 2n, 3n, 4n] as const;
    const proof = membershipKey.prove([ledger.genesisRoot, 9n, ...fields]);
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
});
