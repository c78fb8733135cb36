import path from "node:path";
import { keccak256 } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { verifierKeyWords } from "../../bridge/verifier-key.ts";
import { membershipCircuit } from "../../circuits/mains.ts";
import { type CircuitArtifacts, loadOrBuildArtifacts } from "../../prover/artifacts.ts";
import type { CircuitInput } from "../../prover/backend.ts";
import { membershipCircuitInput } from "../../prover/membership-witness.ts";
import { ProverPool } from "../../prover/pool.ts";
import { encodeAccount } from "../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { opWords } from "../../state/ledger/operation.ts";
import {
  challengeOf,
  commitmentOf,
  domainOf,
  evaluationOf,
  streamLengthOf,
} from "../../state/ledger/stream.ts";
import { CellTree, EMPTY_STORE } from "../../state/ledger/tree.ts";
import {
  account,
  type BatchArgument,
  deployContract,
  encodeBatch,
  expectRevert,
  ledgerArgument,
  signBatch,
  startTestChain,
  streamOfArgument,
  type TestChain,
  testContracts,
  testTerms,
} from "../fixtures/contracts/settlement.ts";

const cacheDirectory = path.join(import.meta.dirname, "../../.cache/circuits");
const size = { levels: 3, maxOps: 2, maxCells: 8 };
const contracts = await testContracts();
const operator = account(0);

/** The binding of the batch circuit alone: it proves that the prover knows a stream with this commitment and evaluation. */
const boundStream = `pragma circom 2.2.0;
include "bind.circom";
template BoundStream(n) {
    signal input commitment;
    signal input challenge;
    signal input evaluation;
    signal input stream[n];
    signal ownCommitment;
    signal ownEvaluation;
    (ownCommitment, ownEvaluation) <== Bind(n)(stream, challenge);
    commitment === ownCommitment;
    evaluation === ownEvaluation;
}
component main {public [commitment, challenge, evaluation]} = BoundStream(${streamLengthOf(size)});
`;

let chain: TestChain;
let pool: ProverPool;
let binding: CircuitArtifacts;
let membership: CircuitArtifacts;
let verifiers: [batch: `0x${string}`, membership: `0x${string}`];
let rollup: { address: `0x${string}`; abi: typeof contracts.NeuraRollup.abi };

const tree = new CellTree(size.levels, EMPTY_STORE);
tree.setCell(1, encodeAccount({ nonce: 0n, balance: 5n, l1Address: 77n, pubX: 8n, pubY: 9n }));
tree.setCell(6, encodeAccount({ nonce: 3n, balance: 50n, l1Address: 78n, pubX: 10n, pubY: 11n }));

const build = (name: string, source: { text: string } | { path: string }) =>
  loadOrBuildArtifacts({ name, source, cacheDirectory, setup: { mode: "development" }, threads: 2 });

beforeAll(async () => {
  chain = await startTestChain();
  pool = new ProverPool({ threads: 1 });
  binding = await build("bound-stream", { text: boundStream });
  const { name, source } = membershipCircuit(size);
  membership = await build(name, source);
  const deployVerifier = ({ verificationKey }: CircuitArtifacts) =>
    deployContract(chain.client, contracts.Groth16Verifier, [verifierKeyWords(verificationKey)]);
  verifiers = [await deployVerifier(binding), await deployVerifier(membership)];
  const token = await deployContract(chain.client, contracts.NrxToken, [operator.address]);
  const ledger = ledgerArgument(tree.root(), size);
  const terms = { ...testTerms, recovery: operator.address };
  const args = [token, ...verifiers, operator.address, ledger, terms];
  rollup = {
    address: await deployContract(chain.client, contracts.NeuraRollup, args),
    abi: contracts.NeuraRollup.abi,
  };
});

afterAll(async () => {
  await pool?.close();
  await chain?.stop();
});

async function prove({ wasmPath, zkeyPath, verificationKey }: CircuitArtifacts, input: CircuitInput) {
  return pool.prove({ wasmPath, zkeyPath, verificationKey, input });
}

/** With the operator's signature of whatever the argument says: the proof alone decides. */
async function submit(argument: BatchArgument) {
  const domain = domainOf(31337n, BigInt(rollup.address));
  const about = { domain, size, previousCellCount: 5, laneDataHash: keccak256("0x") };
  const { streamHash } = streamOfArgument(argument, about);
  const home = { chainId: 31337n, address: rollup.address };
  const signature = await signBatch(operator, home, argument.number, streamHash);
  const args = [argument, "0x", signature] as const;
  return chain.client.simulateContract({ ...rollup, functionName: "submitBatch", args });
}

async function honestBatch() {
  const time = Number((await chain.client.getBlock()).timestamp);
  return encodeBatch({
    domain: domainOf(31337n, BigInt(rollup.address)),
    size,
    number: 1n,
    previousRoot: tree.root(),
    root: BigInt(keccak256("0x05")) % FIELD_PRIME,
    time,
    ops: [{ words: opWords({ kind: "transfer", sender: 5, object: 6, amountUnits: 9n, feeUnits: 1n }) }],
  });
}

describe("a real proof of the stream's binding", () => {
  it("is accepted for the contract's own stream, and for no other", async () => {
    const { argument, inputs, words } = await honestBatch();
    const [commitment, challenge, evaluation] = inputs;
    const { proof, publicSignals } = await prove(binding, {
      commitment: commitment ?? 0n,
      challenge: challenge ?? 0n,
      evaluation: evaluation ?? 0n,
      stream: words,
    });
    expect(publicSignals).toEqual(inputs);
    await submit({ ...argument, proof });
    await expectRevert(submit({ ...argument, proof, root: argument.root ^ 1n }), "InvalidProof");
    await expectRevert(submit({ ...argument, proof, cellCount: argument.cellCount + 1 }), "InvalidProof");
    const moved = proof.with(6, proof[0]).with(7, proof[1]) as unknown as typeof proof;
    await expectRevert(submit({ ...argument, proof: moved }), "InvalidProof");
  });

  it("is of no use to a prover who changes its copy of the stream after it has seen the challenge", async () => {
    const { argument, inputs, words } = await honestBatch();
    const challenge = inputs[1] ?? 0n;
    const evaluation = inputs[2] ?? 0n;
    // Another root after the batch, evened out in the last word, so that the evaluation at the known challenge stays.
    const inverse = power(challenge, FIELD_PRIME - 2n);
    const shift = power(inverse, BigInt(words.length - 1 - 4));
    const forged = words.with(4, ((words[4] ?? 0n) + 1n) % FIELD_PRIME);
    forged[words.length - 1] = (FIELD_PRIME + (words.at(-1) ?? 0n) - shift) % FIELD_PRIME;
    expect(evaluationOf(forged, challenge)).toBe(evaluation);

    const commitment = commitmentOf(forged);
    const { proof } = await prove(binding, { commitment, challenge, evaluation, stream: forged });
    const accepted = await chain.client.readContract({
      address: verifiers[0],
      abi: contracts.Groth16Verifier.abi,
      functionName: "verifyProof",
      args: [proof, [commitment, challenge, evaluation]],
    });
    expect(accepted, "the circuit alone is content: it cannot know whose challenge that is").toBe(true);
    expect(challengeOf(words, commitment)).not.toBe(challenge);
    await expectRevert(submit({ ...argument, commitment, proof }), "InvalidProof");
    await expectRevert(submit({ ...argument, proof }), "InvalidProof");
  });
});

describe("a real membership proof", () => {
  it("shows what a cell holds under a batch's root, and nothing else", async () => {
    const { proof } = await prove(membership, membershipCircuitInput(tree, 6) as CircuitInput);
    const read = (id: bigint, fields: readonly bigint[]) =>
      chain.client.readContract({
        ...rollup,
        functionName: "readCell",
        args: [0n, id, fields as unknown as readonly [bigint, bigint, bigint, bigint], proof],
      });
    const fields = tree.cell(6);
    expect(await read(6n, fields)).toBe(true);
    expect(await read(7n, fields)).toBe(false);
    expect(await read(6n + 512n, fields)).toBe(false);
    for (let i = 0; i < 4; i++) expect(await read(6n, fields.with(i, (fields[i] ?? 0n) + 1n))).toBe(false);
  });
});

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % FIELD_PRIME;
    square = (square * square) % FIELD_PRIME;
  }
  return result;
}
