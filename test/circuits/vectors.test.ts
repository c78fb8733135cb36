/** The vectors that TypeScript, circom and Solidity share, against the templates they describe. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { templateCircuit } from "../../circuits/mains.ts";
import { isFieldElement } from "../../state/ledger/field.ts";
import { TestCircuit } from "../support/batch-witness-check.ts";

interface Vectors {
  readonly cells: readonly {
    readonly type: "account" | "model" | "task";
    readonly fields: Record<string, string | Record<string, string>>;
    readonly words: readonly string[];
    readonly leaf: string;
  }[];
  readonly keys: readonly {
    readonly about: string;
    readonly x: string;
    readonly y: string;
    readonly usable: boolean;
  }[];
  readonly messages: readonly {
    readonly kind: string;
    readonly authorization: {
      readonly nonce: string;
      readonly maxFeeUnits: string;
      readonly validUntil: string;
    };
    readonly inputs: readonly string[];
    readonly publicKey: { readonly x: string; readonly y: string };
    readonly signature: { readonly r8x: string; readonly r8y: string; readonly s: string };
  }[];
  readonly streams: readonly {
    readonly words: readonly string[];
    readonly commitment: string;
    readonly challenge: string;
    readonly evaluation: string;
  }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/ledger.json", import.meta.url), "utf8"),
) as Vectors;

/** A main with plain signals around templates whose inputs are buses. */
const wrapper = (file: string, name: string, body: string) => ({
  name: `vectors-${name}`,
  source: {
    text: `pragma circom 2.2.0;\ninclude "${file}";\ntemplate ${name}() {\n${body}\n}\ncomponent main = ${name}();\n`,
  },
});

/** Outputs of a circuit with the given names, which are its public signals in that order. */
async function outputsOf<const Names extends readonly string[]>(
  circuit: TestCircuit,
  names: Names,
  input: Record<string, unknown>,
): Promise<Record<Names[number], bigint>> {
  const witness = await circuit.witness(input);
  expect(circuit.system.violated(witness)).toEqual([]);
  const values = circuit.publicSignals(witness);
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<Names[number], bigint>;
}

const HEAD = [
  "tag",
  "nonce",
  "balance",
  "status",
  "modelShare",
  "price",
  "phase",
  "worker",
  "submittedAt",
] as const;
const TERMS = [
  "requester",
  "nonce",
  "verifier",
  "model",
  "kind",
  "treasuryRate",
  "share",
  "deadline",
  "window",
] as const;
const MONEY = ["reward", "bond", "verifierFee"] as const;

const outputs = (names: readonly string[], from: string): string =>
  names.map((name) => `signal output ${name};\n${name} <== ${from}.${name};`).join("\n");

describe("shared vectors", () => {
  it("give the leaf and the parts of f0 of every cell", async () => {
    const body = `signal input f[4];
      Cell() cell; cell.f <== f;
      signal output leaf <== Leaf()(cell);
      Head() head <== SplitHead()(f[0]);
      ${outputs(HEAD, "head")}`;
    const circuit = await TestCircuit.compile(wrapper("cells.circom", "CellVectors", body));
    const namesOf = {
      account: { nonce: "nonce", balance: "balance" },
      model: { status: "status", modelShare: "share", price: "price" },
      task: { phase: "phase", worker: "worker", submittedAt: "submittedAt" },
    } as const;
    for (const { type, fields, words, leaf } of vectors.cells) {
      const found = await outputsOf(circuit, ["leaf", ...HEAD], { f: words });
      const expected = Object.entries(namesOf[type]).map(([name, field]) => [
        name,
        BigInt(fields[field] as string),
      ]);
      expect(found).toMatchObject({ leaf: BigInt(leaf), ...Object.fromEntries(expected) });
    }
  });

  it("give the terms and the money of every task", async () => {
    const body = `signal input f1; signal input f2;
      Terms() terms <== SplitTerms()(f1);
      Money() money <== SplitMoney()(f2);
      ${outputs(TERMS, "terms")}\n${outputs(MONEY, "money")}`;
    const circuit = await TestCircuit.compile(wrapper("cells.circom", "TaskVectors", body));
    const tasks = vectors.cells.filter(({ type }) => type === "task");
    expect(tasks.length).toBeGreaterThan(0);
    for (const { fields, words } of tasks) {
      const found = await outputsOf(circuit, [...TERMS, ...MONEY], { f1: words[1], f2: words[2] });
      const { terms, money } = fields as { terms: Record<string, string>; money: Record<string, string> };
      for (const name of TERMS) expect([name, found[name]]).toEqual([name, BigInt(terms[name] as string)]);
      for (const name of MONEY) expect([name, found[name]]).toEqual([name, BigInt(money[name] as string)]);
    }
  });

  it("say of every point whether it is a key", async () => {
    const circuit = await TestCircuit.compile(templateCircuit("keys.circom", "IsValidKey()"));
    for (const { about, x, y, usable } of vectors.keys) {
      if (!isFieldElement(BigInt(x)) || !isFieldElement(BigInt(y))) continue;
      const { out } = await outputsOf(circuit, ["out"], { x, y });
      expect([about, out]).toEqual([about, usable ? 1n : 0n]);
    }
  });

  it("carry signatures that the circuit accepts, and only over their own message", async () => {
    const circuit = await TestCircuit.compile(wrapper("authorize.circom", "MessageVectors", MESSAGE_BODY));
    for (const { kind, inputs, authorization, publicKey, signature } of vectors.messages) {
      const [domain, head, , w1, w2, w3, ...identities] = inputs as string[];
      const { nonce, maxFeeUnits, validUntil } = authorization;
      const headWithoutFee = BigInt(head as string) - (BigInt(maxFeeUnits) << 56n);
      const signer = [publicKey.x, publicKey.y, signature.r8x, signature.r8y, signature.s];
      const input = { head: headWithoutFee, maxFee: maxFeeUnits, nonce, validUntil, signer };
      const rest = { domain, words: [w1, w2, w3], identities };
      const witness = await circuit.witness({ ...input, ...rest });
      expect([kind, circuit.system.violated(witness)]).toEqual([kind, []]);
      await expect(circuit.witness({ ...input, ...rest, nonce: BigInt(nonce) + 1n })).rejects.toThrow();
      for (const changed of [2, 4, 5]) {
        const others = identities.map((identity, i) => (i === changed ? BigInt(identity) + 1n : identity));
        await expect(circuit.witness({ ...input, ...rest, identities: others })).rejects.toThrow();
      }
    }
  });

  it("give commitment and evaluation of every stream", async () => {
    for (const { words, challenge, commitment, evaluation } of vectors.streams) {
      const circuit = await TestCircuit.compile(templateCircuit("bind.circom", `Bind(${words.length})`));
      const found = await outputsOf(circuit, ["commitment", "evaluation"], { words, challenge });
      expect(found).toEqual({ commitment: BigInt(commitment), evaluation: BigInt(evaluation) });
    }
  });
});

const MESSAGE_BODY = `
  signal input domain; signal input head; signal input maxFee; signal input nonce; signal input validUntil;
  signal input words[3]; signal input identities[6]; signal input signer[5];
  Statement() statement;
  statement.isSigned <== 1; statement.domain <== domain; statement.headWithoutFee <== head;
  statement.fee <== 0; statement.timeSeconds <== 0; statement.nonce <== nonce;
  statement.w1 <== words[0]; statement.w2 <== words[1]; statement.w3 <== words[2];
  statement.sender <== identities[0]; statement.object <== identities[1]; statement.detail <== identities[2];
  statement.party <== identities[3]; statement.partyKey <== identities[4]; statement.model <== identities[5];
  statement.keyX <== signer[0]; statement.keyY <== signer[1];
  Authorization() authorization;
  authorization.maxFee <== maxFee; authorization.validUntil <== validUntil;
  authorization.r8x <== signer[2]; authorization.r8y <== signer[3]; authorization.s <== signer[4];
  Authorize()(statement, authorization);`;
