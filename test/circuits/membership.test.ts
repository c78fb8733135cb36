import { beforeAll, describe, expect, it } from "vitest";
import { membershipCircuit } from "../../circuits/mains.ts";
import { membershipCircuitInput } from "../../prover/membership-witness.ts";
import { calculateWitness } from "../../prover/snarkjs.ts";
import { TestCircuit } from "../support/batch-witness-check.ts";
import { witnessValues } from "../support/constraint-system.ts";
import { ALICE, ledgerWorld, MODEL, NEXT_CELL, OPEN_TASK } from "../support/ledger-world.ts";

let circuit: TestCircuit;

beforeAll(async () => {
  circuit = await TestCircuit.compile(membershipCircuit({ levels: 3 }));
});

describe("membership of a cell", () => {
  it.each([
    ["an account", ALICE],
    ["a model", MODEL],
    ["a task", OPEN_TASK],
    ["an empty cell", NEXT_CELL],
    ["the reserved cell 0", 0],
    ["the last cell", 511],
  ])("is proven for %s, with root, id and fields as public signals", async (_, id) => {
    const { tree } = ledgerWorld().ledger;
    const witness = await circuit.witness(membershipCircuitInput(tree, id));
    expect(circuit.system.violated(witness)).toEqual([]);
    expect(circuit.publicSignals(witness)).toEqual([tree.root(), BigInt(id), ...tree.cell(id)]);
  });

  it("has in the tests the witness that a prover computes", async () => {
    const input = membershipCircuitInput(ledgerWorld().ledger.tree, MODEL);
    const proven = witnessValues(await calculateWitness(circuit.compiled.wasmPath, { ...input }));
    expect(await circuit.witness(input)).toEqual(proven);
  });

  it("cannot be shown of other contents, another cell, another root or another path", async () => {
    const { tree } = ledgerWorld().ledger;
    const input = membershipCircuitInput(tree, ALICE);
    const [f0, ...others] = input.fields as [bigint, bigint, bigint, bigint];
    const [leaves, ...upper] = input.children as [bigint[], bigint[], bigint[]];
    const wrong = leaves.map((leaf, i) => (i === 6 ? leaf + 1n : leaf));
    await expect(circuit.witness({ ...input, fields: [f0 + 1n, ...others] })).rejects.toThrow();
    await expect(circuit.witness({ ...input, id: ALICE + 1 })).rejects.toThrow();
    await expect(circuit.witness({ ...input, id: ALICE + 512 })).rejects.toThrow();
    await expect(circuit.witness({ ...input, root: input.root + 1n })).rejects.toThrow();
    await expect(circuit.witness({ ...input, children: [wrong, ...upper] })).rejects.toThrow();
  });

  it("cannot be shown of contents behind an empty leaf", async () => {
    const { tree } = ledgerWorld().ledger;
    const input = membershipCircuitInput(tree, NEXT_CELL);
    await expect(circuit.witness({ ...input, fields: [0n, 0n, 5n, 0n] })).rejects.toThrow();
  });

  it("constrains every public signal", async () => {
    const { tree } = ledgerWorld().ledger;
    const witness = await circuit.witness(membershipCircuitInput(tree, ALICE));
    for (let signal = 1; signal <= circuit.system.publicWires; signal++) {
      const changed = witness.map((value, i) => (i === signal ? value + 1n : value));
      expect(circuit.system.violated(changed)).not.toEqual([]);
    }
  });

  it("is refused for an id that the tree does not have", () => {
    const { tree } = ledgerWorld().ledger;
    expect(() => membershipCircuitInput(tree, 512)).toThrow(RangeError);
    expect(() => membershipCircuitInput(tree, -1)).toThrow(RangeError);
  });
});
