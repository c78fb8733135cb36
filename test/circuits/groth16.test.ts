import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { curves, powersOfTau, wtns, zKey } from "snarkjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readSections, requireSection } from "../../circuits/binary-file.ts";
import { CircuitCompileError, compileCircuit } from "../../circuits/compile.ts";
import { type CircuitArtifacts, type KeySetup, loadOrBuildArtifacts } from "../../prover/artifacts.ts";
import {
  ProofAbortedError,
  ProofInvalidError,
  ProverBackendError,
  ProverWorkerDiedError,
  WitnessError,
} from "../../prover/backend.ts";
import { DevelopmentKeyError, isDevelopmentKey } from "../../prover/development-key.ts";
import { type ProofJob, ProverPool } from "../../prover/pool.ts";
import { fromEvmProof } from "../../prover/proof.ts";
import { RapidsnarkBackend } from "../../prover/rapidsnark.ts";
import { KeyMismatchError } from "../../prover/setup/key-check.ts";
import { calculateWitness, provePlain, verifyProof } from "../../prover/snarkjs.ts";

const fixtures = fileURLToPath(new URL("./fixtures", import.meta.url));
const fixture = (name: string) => path.join(fixtures, name);

let directory: string;
let toy: CircuitArtifacts;

function build(cache: string, setup: KeySetup, threads = 2): Promise<CircuitArtifacts> {
  return loadOrBuildArtifacts({
    name: "toy",
    source: { path: "toy.circom" },
    circuitsDirectory: fixtures,
    cacheDirectory: path.join(directory, cache),
    setup,
    threads,
  });
}

function jobFor(artifacts: CircuitArtifacts, input: { x: bigint; y: bigint }): ProofJob {
  const { wasmPath, zkeyPath, verificationKey } = artifacts;
  return { wasmPath, zkeyPath, verificationKey, input };
}

function section(file: string, magic: string, id: number): Buffer {
  const fd = openSync(file, "r");
  try {
    const { offset, byteLength } = requireSection(readSections(fd, file, magic), id, file);
    return readFileSync(file).subarray(offset, offset + byteLength);
  } finally {
    closeSync(fd);
  }
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "groth16-test-"));
  toy = await build("cache", { mode: "development" });
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe("development keys", () => {
  it("are the same file on every machine and run, whatever the number of threads", async () => {
    const again = await build("other-cache", { mode: "development" }, 1);
    expect(again.zkeySha256).toBe(toy.zkeySha256);
    expect(toy.zkeySha256).toBe("1962ba06b422d3ecfba1845cc91d2be4918a019a71b7e482fb865cc8c6544a0e");
    expect(toy.origin).toBe("development");
    expect(isDevelopmentKey(toy.verificationKey)).toBe(true);
  });

  it("come from the cache in milliseconds the second time", async () => {
    const started = performance.now();
    const again = await build("cache", { mode: "development" });
    expect(performance.now() - started).toBeLessThan(250);
    expect(again).toEqual(toy);
  });

  it("carry the verification key that snarkjs reads from the zkey", async () => {
    expect(await zKey.exportVerificationKey(toy.zkeyPath)).toEqual(toy.verificationKey);
    expect(toy.verificationKey.IC).toHaveLength(3);
  });
});

describe("fresh keys", () => {
  it("differ from run to run and prove", async () => {
    const first = await build("fresh-1", { mode: "fresh" });
    const second = await build("fresh-2", { mode: "fresh" });
    expect(first.origin).toBe("fresh");
    expect(isDevelopmentKey(first.verificationKey)).toBe(false);
    expect(first.zkeySha256).not.toBe(second.zkeySha256);
    const witness = await calculateWitness(first.wasmPath, { x: 3n, y: 5n });
    const { proof, publicSignals } = await provePlain(first.zkeyPath, witness);
    expect(await verifyProof(first.verificationKey, publicSignals, proof)).toBe(true);
    expect(await verifyProof(second.verificationKey, publicSignals, proof)).toBe(false);
  });
});

describe("a ceremony's key", () => {
  let ceremonyPath: string;

  beforeAll(async () => {
    const file = (name: string) => path.join(directory, name);
    ceremonyPath = file("ceremony.zkey");
    await provePlain(toy.zkeyPath, await calculateWitness(toy.wasmPath, { x: 1n, y: 1n }));
    await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 5, file("0.ptau"));
    await powersOfTau.contribute(file("0.ptau"), file("1.ptau"), "test", "entropy of the test");
    await powersOfTau.preparePhase2(file("1.ptau"), file("2.ptau"));
    await zKey.newZKey(toy.r1csPath, file("2.ptau"), ceremonyPath);
  });

  it("has the coefficients that our setup writes, byte for byte", () => {
    expect(section(toy.zkeyPath, "zkey", 4).equals(section(ceremonyPath, "zkey", 4))).toBe(true);
    for (const id of [1, 3, 5, 6, 7, 8, 9]) {
      expect(section(toy.zkeyPath, "zkey", id)).toHaveLength(section(ceremonyPath, "zkey", id).length);
    }
  });

  it("is infinity exactly where ours is", () => {
    const zeros = (file: string, id: number, pointBytes: number) => {
      const points = section(file, "zkey", id);
      return Array.from({ length: points.length / pointBytes }, (_, i) =>
        points.subarray(i * pointBytes, (i + 1) * pointBytes).every((byte) => byte === 0),
      );
    };
    for (const [id, pointBytes] of [
      [5, 64],
      [6, 64],
      [7, 128],
    ] as const) {
      expect(zeros(toy.zkeyPath, id, pointBytes)).toEqual(zeros(ceremonyPath, id, pointBytes));
    }
  });

  it("is imported, recorded as imported, and proves", async () => {
    const imported = await build("cache", { mode: "imported", zkeyPath: ceremonyPath });
    expect(imported.origin).toBe("imported");
    const pool = new ProverPool({ threads: 1 });
    try {
      const { publicSignals } = await pool.prove(jobFor(imported, { x: 3n, y: 5n }));
      expect(publicSignals).toEqual([20n, 3n]);
    } finally {
      await pool.close();
    }
  });

  it("is refused when a coefficient differs from the circuit's", async () => {
    const changed = readFileSync(ceremonyPath);
    const coefficients = section(ceremonyPath, "zkey", 4);
    const at = changed.indexOf(coefficients) + 4 + 44 * 3 + 12;
    changed[at] = (changed[at] ?? 0) ^ 1;
    const changedPath = path.join(directory, "changed.zkey");
    await writeFile(changedPath, changed);
    await expect(build("cache", { mode: "imported", zkeyPath: changedPath })).rejects.toThrow(
      KeyMismatchError,
    );
  });

  it("is refused when it is a development key in disguise", async () => {
    await expect(build("cache", { mode: "imported", zkeyPath: toy.zkeyPath })).rejects.toThrow(
      DevelopmentKeyError,
    );
  });

  it("is refused when it belongs to another circuit", async () => {
    const other = loadOrBuildArtifacts({
      name: "other",
      source: {
        text: "template T() { signal input a; signal output b; b <== a * a; } component main = T();",
      },
      cacheDirectory: path.join(directory, "cache"),
      setup: { mode: "imported", zkeyPath: ceremonyPath },
      threads: 1,
    });
    await expect(other).rejects.toThrow(/number of wires is \d+, this circuit needs \d+/);
  });
});

describe("the prover pool", () => {
  let pool: ProverPool;

  beforeAll(() => {
    pool = new ProverPool({ threads: 1 });
  });
  afterAll(() => pool.close());

  it("proves, and says what each phase took", async () => {
    const result = await pool.prove(jobFor(toy, { x: 3n, y: 5n }));
    expect(result.publicSignals).toEqual([20n, 3n]);
    expect(result.proof).toHaveLength(8);
    expect(await verifyProof(toy.verificationKey, ["20", "3"], fromEvmProof(result.proof))).toBe(true);
    for (const measure of [result.witnessMs, result.proveMs, result.verifyMs, result.peakRssBytes]) {
      expect(measure).toBeGreaterThan(0);
    }
  });

  it("makes proofs that fail for any other public signal", async () => {
    const { proof } = await pool.prove(jobFor(toy, { x: 3n, y: 5n }));
    expect(await verifyProof(toy.verificationKey, ["21", "3"], fromEvmProof(proof))).toBe(false);
    expect(await verifyProof(toy.verificationKey, ["20", "4"], fromEvmProof(proof))).toBe(false);
  });

  it("refuses an input that breaks the circuit", async () => {
    await expect(pool.prove(jobFor(toy, { x: 3n, y: 256n }))).rejects.toThrow(WitnessError);
  });

  it("keeps back a proof of a witness that breaks a constraint", async () => {
    const forging = new ProverPool({
      threads: 1,
      workerFile: new URL("./fixtures/forging-worker.ts", import.meta.url),
    });
    try {
      await expect(forging.prove(jobFor(toy, { x: 3n, y: 5n }))).rejects.toThrow(ProofInvalidError);
    } finally {
      await forging.close();
    }
  });

  it("proves jobs that were submitted together", async () => {
    const results = await Promise.all([1n, 2n, 3n].map((x) => pool.prove(jobFor(toy, { x, y: 7n }))));
    expect(results.map((result) => result.publicSignals[0])).toEqual([14n, 21n, 28n]);
  });

  it("says that a thread died, so that the job can be retried, and goes on", async () => {
    const workerFile = new URL("./fixtures/crashing-worker.ts", import.meta.url);
    const crashing = new ProverPool({ threads: 1, workerFile });
    try {
      const job = jobFor(toy, { x: 3n, y: 5n });
      await expect(crashing.prove(job)).rejects.toThrow(ProverWorkerDiedError);
      await expect(crashing.prove(job)).rejects.toThrow(ProverWorkerDiedError);
    } finally {
      await crashing.close();
    }
  });

  it("ends the job when it is aborted, and proves the next one", async () => {
    const abort = new AbortController();
    const proof = pool.prove(jobFor(toy, { x: 3n, y: 5n }), abort.signal);
    abort.abort();
    await expect(proof).rejects.toThrow(ProofAbortedError);
    expect((await pool.prove(jobFor(toy, { x: 3n, y: 5n }))).publicSignals[0]).toBe(20n);
  });

  it("rejects running and waiting jobs when it closes, and leaves no thread", async () => {
    const threadsBefore = threadCount();
    const closing = new ProverPool({ threads: 1 });
    const jobs = [1n, 2n, 3n].map((x) => closing.prove(jobFor(toy, { x, y: 7n })));
    const settled = Promise.allSettled(jobs);
    await closing.close();
    for (const outcome of await settled) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "PROOF_ABORTED" } });
    }
    expect(threadCount()).toBeLessThanOrEqual(threadsBefore);
  });
});

/** Threads of this process, where the system tells. */
function threadCount(): number {
  try {
    return Number(/Threads:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

describe("an external prover", () => {
  function poolWith(script: string, timeoutMs = 60_000): ProverPool {
    const backend = new RapidsnarkBackend({
      binaryPath: fixture(script),
      temporaryDirectory: directory,
      timeoutMs,
    });
    return new ProverPool({ threads: 1, backend });
  }

  it("gets key and witness as files and returns a proof that is checked", async () => {
    const pool = poolWith("fake-rapidsnark.mjs");
    try {
      const result = await pool.prove(jobFor(toy, { x: 3n, y: 5n }));
      expect(result.backend).toBe("rapidsnark");
      expect(result.publicSignals).toEqual([20n, 3n]);
      expect(await verifyProof(toy.verificationKey, ["20", "3"], fromEvmProof(result.proof))).toBe(true);
    } finally {
      await pool.close();
    }
  });

  it("is quoted when it fails", async () => {
    const pool = poolWith("fake-rapidsnark.mjs");
    try {
      const job = { ...jobFor(toy, { x: 3n, y: 5n }), zkeyPath: toy.r1csPath };
      await expect(pool.prove(job)).rejects.toThrow(/not a zkey/);
      await expect(pool.prove(job)).rejects.toThrow(ProverBackendError);
    } finally {
      await pool.close();
    }
  });

  it("is reported when it is not there", async () => {
    const pool = poolWith("no-such-binary");
    try {
      await expect(pool.prove(jobFor(toy, { x: 3n, y: 5n }))).rejects.toThrow(ProverBackendError);
    } finally {
      await pool.close();
    }
  });

  it("is killed when it does not answer in time, and when the pool closes", async () => {
    const impatient = poolWith("hanging-rapidsnark.mjs", 300);
    await expect(impatient.prove(jobFor(toy, { x: 3n, y: 5n }))).rejects.toThrow(/no answer within 300 ms/);
    await impatient.close();
    const closing = poolWith("hanging-rapidsnark.mjs");
    const proof = closing.prove(jobFor(toy, { x: 3n, y: 5n }));
    const rejection = expect(proof).rejects.toThrow(ProofAbortedError);
    await closing.close();
    await rejection;
  });
});

describe("compiling", () => {
  it("shows the compiler's message for a wrong source and leaves nothing in the cache", async () => {
    const cacheDirectory = path.join(directory, "wrong");
    const source = { text: "template T() { signal input a; b <== a; } component main = T();" };
    await expect(compileCircuit({ name: "wrong", source, cacheDirectory })).rejects.toThrow(
      CircuitCompileError,
    );
    await expect(compileCircuit({ name: "wrong", source, cacheDirectory })).rejects.toThrow(
      /Undeclared symbol/,
    );
    expect(readdirSync(cacheDirectory)).toEqual([]);
  });

  it("gives the same constraint system every time", async () => {
    const source = { path: "toy.circom" } as const;
    const shared = { name: "toy", source, circuitsDirectory: fixtures };
    const again = await compileCircuit({ ...shared, cacheDirectory: path.join(directory, "repeat") });
    expect(again.hash).toBe(toy.hash);
    expect(readFileSync(again.r1csPath).equals(readFileSync(toy.r1csPath))).toBe(true);
  });

  it("gives a witness that snarkjs finds to satisfy the constraints", async () => {
    const data = await calculateWitness(toy.wasmPath, { x: 3n, y: 5n });
    expect(await wtns.check(toy.r1csPath, { type: "mem", data })).toBe(true);
  });
});
