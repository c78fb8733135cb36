import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  artifactOf,
  compileSolidity,
  gatewaySources,
  loadContracts,
  SolidityCompileError,
  settlementSources,
  UnknownContractError,
} from "../../../contracts/compile.ts";
import { neuraGatewayAbi, neuraGatewayCode } from "../../../contracts/lane/predeploy.ts";

const sharedCache = path.join(import.meta.dirname, "../../../.cache/contracts");
/** EIP-170. */
const maxCodeBytes = 24_576;
/** The compiler alone takes ten seconds when the machine has nothing else to do. */
const compileTimeoutMs = 180_000;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "neura-solc-"));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const source = (body: string) => ({
  "a.sol": `// SPDX-License-Identifier: GPL-3.0-or-later\npragma solidity 0.8.37;\n${body}\n`,
});

describe("the settlement contracts", () => {
  it("have the ABIs that abi.ts declares and fit a chain's code limit", {
    timeout: compileTimeoutMs,
  }, async () => {
    const compiled = await compileSolidity(settlementSources(), sharedCache);
    const loaded = await loadContracts(sharedCache);
    for (const [name, { abi, bytecode, deployedBytecode }] of Object.entries(loaded)) {
      const artifact = artifactOf(compiled, name);
      expect(abi, `${name}: run contracts/compile.ts --write-abi`).toEqual(artifact.abi);
      expect(bytecode).toBe(artifact.bytecode);
      expect((deployedBytecode.length - 2) / 2).toBeLessThanOrEqual(maxCodeBytes);
      expect(deployedBytecode.length).toBeGreaterThan(1000);
    }
  });
});

describe("the gateway contract", () => {
  it("is compiled from its sources, and from nothing else", { timeout: compileTimeoutMs }, async () => {
    const { abi, deployedBytecode } = artifactOf(
      await compileSolidity(gatewaySources(), sharedCache),
      "NeuraGateway",
    );
    expect(neuraGatewayAbi, "run contracts/compile.ts --write-abi").toEqual(abi);
    expect(neuraGatewayCode).toBe(deployedBytecode);
    expect((deployedBytecode.length - 2) / 2).toBeLessThanOrEqual(maxCodeBytes);
  });
});

describe("compiling", () => {
  it("gives equal code for equal sources, from the cache and afresh", {
    timeout: compileTimeoutMs,
  }, async () => {
    const sources = source("contract A { function f() external pure returns (uint256) { return 7; } }");
    const first = await compileSolidity(sources, directory);
    const [file] = readdirSync(directory);
    expect(readdirSync(directory)).toHaveLength(1);
    expect(await compileSolidity(sources, directory)).toEqual(first);
    rmSync(path.join(directory, file ?? ""));
    expect(await compileSolidity(sources, directory)).toEqual(first);
  });

  it("keeps other sources apart in the cache", { timeout: compileTimeoutMs }, async () => {
    await compileSolidity(source("contract A { uint256 public a = 1; }"), directory);
    await compileSolidity(source("contract A { uint256 public a = 2; }"), directory);
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it("refuses sources with errors or warnings, and caches nothing", {
    timeout: compileTimeoutMs,
  }, async () => {
    const wrong = compileSolidity(source("contract A { uint256 a = true; }"), directory);
    await expect(wrong).rejects.toThrow(SolidityCompileError);
    const warned = compileSolidity(source("contract A { function f() external { uint256 a; } }"), directory);
    await expect(warned).rejects.toThrow(/unused/i);
    expect(existsSync(directory) ? readdirSync(directory) : []).toEqual([]);
  });

  it("names the contracts there are when asked for another", () => {
    expect(() => artifactOf({}, "Missing")).toThrow(UnknownContractError);
  });
});
