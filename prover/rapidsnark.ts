/** An external prover binary with rapidsnark's command line: `prover <zkey> <wtns> <proof.json> <public.json>`. */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { type BackendProof, ProofAbortedError, type ProverBackend, ProverBackendError } from "./backend.ts";
import type { Groth16Proof } from "./snarkjs.ts";

export interface RapidsnarkOptions {
  readonly binaryPath: string;
  /** Proofs pass through files here; a job's folder is removed when it ends. */
  readonly temporaryDirectory: string;
  /** After this the process is killed. */
  readonly timeoutMs?: number;
}

/** 2^18 constraints take about 11 core-seconds; a machine under load may be many times slower. */
const defaultTimeoutMs = 300_000;
const maxStderrCharacters = 4_000;

export class RapidsnarkBackend implements ProverBackend {
  readonly name = "rapidsnark";
  readonly #options: RapidsnarkOptions;

  constructor(options: RapidsnarkOptions) {
    this.#options = options;
  }

  async prove(zkeyPath: string, witness: Uint8Array, signal: AbortSignal): Promise<BackendProof> {
    const directory = await mkdtemp(path.join(this.#options.temporaryDirectory, "neura-proof-"));
    try {
      const witnessPath = path.join(directory, "witness.wtns");
      const proofPath = path.join(directory, "proof.json");
      const publicPath = path.join(directory, "public.json");
      await writeFile(witnessPath, witness, { mode: 0o600 });
      await this.#run([zkeyPath, witnessPath, proofPath, publicPath], signal);
      const proof = JSON.parse(await this.#readOutput(proofPath)) as Groth16Proof;
      const publicSignals = JSON.parse(await this.#readOutput(publicPath)) as string[];
      return { proof: { ...proof, protocol: "groth16", curve: "bn128" }, publicSignals };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async #readOutput(file: string): Promise<string> {
    return await readFile(file, "utf8").catch((error: Error) => {
      throw new ProverBackendError(this.name, `it wrote no ${path.basename(file)} (${error.message})`);
    });
  }

  async #run(args: string[], signal: AbortSignal): Promise<void> {
    const timeoutMs = this.#options.timeoutMs ?? defaultTimeoutMs;
    const child = spawn(this.#options.binaryPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    let timedOut = false;
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-maxStderrCharacters);
    });
    const kill = () => child.kill("SIGKILL");
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, timeoutMs);
    signal.addEventListener("abort", kill, { once: true });
    if (signal.aborted) kill();
    try {
      const status = await new Promise<string | number | null>((resolve, reject) => {
        child.once("error", (error) => reject(new ProverBackendError(this.name, error.message)));
        child.once("close", (code, killedBy) => resolve(code ?? killedBy));
      });
      if (signal.aborted) throw new ProofAbortedError();
      if (timedOut) throw new ProverBackendError(this.name, `no answer within ${timeoutMs} ms; ${stderr}`);
      if (status !== 0) throw new ProverBackendError(this.name, `exit ${status}; ${stderr}`);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", kill);
    }
  }
}
