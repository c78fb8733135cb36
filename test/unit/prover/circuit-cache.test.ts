import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { discardStaging, publishDirectory, stagingDirectory } from "../../../circuits/artifact-cache.ts";
import { BinaryFileError, readR1csHeader } from "../../../circuits/binary-file.ts";
import { CircuitIncludeError, hashSources, type SourceTree } from "../../../circuits/sources.ts";

import { readCircuitShape, UnsupportedCircuitError } from "../../../prover/setup/groth16-setup.ts";
import { scalarFieldOrder } from "../../../prover/setup/scalar-field.ts";

let root: string;
let tree: SourceTree;

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "circuit-cache-"));
  tree = { circuitsDirectory: path.join(root, "circuits"), packagesDirectory: path.join(root, "packages") };
  write(
    "circuits/main.circom",
    'include "part/a.circom"; // include "missing.circom";\ncomponent main = A();',
  );
  write("circuits/part/a.circom", 'include "b.circom";\ninclude "circomlib/circuits/c.circom";');
  write("circuits/part/b.circom", 'include "a.circom"; /* include "gone.circom"; */');
  write("packages/circomlib/circuits/c.circom", "template C() {}");
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const main = { path: "main.circom" } as const;

describe("the hash of a circuit", () => {
  it.each([
    "circuits/main.circom",
    "circuits/part/a.circom",
    "circuits/part/b.circom",
    "packages/circomlib/circuits/c.circom",
  ])("changes with %s, however deeply it is included", (file) => {
    const before = hashSources(main, tree, []);
    write(file, `${readFileSync(path.join(root, file), "utf8")} `);
    expect(hashSources(main, tree, [])).not.toBe(before);
  });

  it("changes with the compiler's version and flags, and not with files it does not include", () => {
    const before = hashSources(main, tree, ["1.0", "--O2"]);
    expect(hashSources(main, tree, ["1.0", "--O1"])).not.toBe(before);
    write("circuits/unrelated.circom", "template D() {}");
    expect(hashSources(main, tree, ["1.0", "--O2"])).toBe(before);
  });

  it("does not depend on where the checkout is", () => {
    const before = hashSources(main, tree, []);
    const moved = path.join(root, "moved");
    for (const file of ["main.circom", "part/a.circom", "part/b.circom"]) {
      write(`moved/circuits/${file}`, readFileSync(path.join(tree.circuitsDirectory, file), "utf8"));
    }
    const movedTree = { ...tree, circuitsDirectory: path.join(moved, "circuits") };
    expect(hashSources(main, movedTree, [])).toBe(before);
  });

  it("names the file whose include is missing", () => {
    write("circuits/part/b.circom", 'include "nowhere.circom";');
    expect(() => hashSources(main, tree, [])).toThrow(CircuitIncludeError);
    expect(() => hashSources(main, tree, [])).toThrow(/b\.circom includes "nowhere\.circom"/);
  });
});

describe("the artifact cache", () => {
  it("shows a folder only when it is whole", () => {
    const staging = stagingDirectory(root);
    writeFileSync(path.join(staging, "artifact"), "whole");
    const target = path.join(root, "target");
    expect(existsSync(target)).toBe(false);
    publishDirectory(staging, target);
    expect(readFileSync(path.join(target, "artifact"), "utf8")).toBe("whole");
  });

  it("keeps the folder that was published first", () => {
    const target = path.join(root, "target");
    for (const content of ["first", "second"]) {
      const staging = stagingDirectory(root);
      writeFileSync(path.join(staging, "artifact"), content);
      publishDirectory(staging, target);
      discardStaging(staging);
    }
    expect(readFileSync(path.join(target, "artifact"), "utf8")).toBe("first");
  });

  it("removes what a killed process left, and nothing of a living one", () => {
    const left = [4194305, process.pid].map((pid) => path.join(root, `.building-${pid}-abc`));
    for (const directory of left) mkdirSync(directory);
    const mine = stagingDirectory(root);
    stagingDirectory(root);
    expect(left.map((directory) => existsSync(directory))).toEqual([false, false]);
    expect(existsSync(mine)).toBe(true);
  });
});

/** A constraint system of no constraints over `prime`, which claims `constraints`. */
function r1csFile(prime: bigint, constraints: number): string {
  const primeBytes = Buffer.from(prime.toString(16).padStart(64, "0"), "hex").reverse();
  const header = Buffer.alloc(4 + 32 + 4 * 4 + 8 + 4);
  header.writeUInt32LE(32, 0);
  primeBytes.copy(header, 4);
  header.writeUInt32LE(5, 36);
  header.writeUInt32LE(1, 40);
  header.writeUInt32LE(2, 44);
  header.writeUInt32LE(constraints, 60);
  const head = (id: number, byteLength: number) => Buffer.from(Uint32Array.of(id, byteLength, 0).buffer);
  const start = Buffer.concat([Buffer.from("r1cs"), Buffer.from(Uint32Array.of(1, 2).buffer)]);
  const file = path.join(root, "made.r1cs");
  writeFileSync(file, Buffer.concat([start, head(2, 0), head(1, header.length), header]));
  return file;
}

describe("a constraint system file", () => {
  it("gives a domain with a row for every constraint, every public wire and the constant", () => {
    const shape = readCircuitShape(r1csFile(scalarFieldOrder, 12));
    expect(shape).toEqual({ constraints: 12, wires: 5, publicSignals: 3, log2Domain: 4 });
    expect(readCircuitShape(r1csFile(scalarFieldOrder, 13)).log2Domain).toBe(5);
  });

  it("is refused over another field or beyond the field's roots of unity", () => {
    expect(() => readCircuitShape(r1csFile(97n, 12))).toThrow(UnsupportedCircuitError);
    expect(() => readCircuitShape(r1csFile(scalarFieldOrder, 2 ** 27))).toThrow(UnsupportedCircuitError);
  });

  it("is refused when it is cut short or something else", () => {
    const file = path.join(root, "x.r1cs");
    writeFileSync(file, "zkey00000000");
    expect(() => readR1csHeader(file)).toThrow(BinaryFileError);
    writeFileSync(file, Buffer.concat([Buffer.from("r1cs"), Buffer.from([1, 0, 0, 0, 3, 0, 0, 0, 1, 0])]));
    expect(() => readR1csHeader(file)).toThrow(BinaryFileError);
  });
});
