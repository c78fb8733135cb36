/**
 * Groth16 keys straight from the constraint system, for given secrets: no powers of tau, no download, a `.zkey` that
 * snarkjs and rapidsnark read. The file is a function of the constraint system and the secrets alone.
 */
import { createHash } from "node:crypto";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { readR1csHeader } from "../../circuits/binary-file.ts";
import { type CurveGroup, pointBytes, windowBitsFor } from "./fixed-base.ts";
import type { CircuitShape } from "./query-scalars.ts";
import { scalarBytes, scalarFieldOrder, toLittleEndian, twoAdicity } from "./scalar-field.ts";
import type { SetupSecrets } from "./secrets.ts";
import { SetupThreads } from "./setup-threads.ts";

const baseFieldOrder = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
const zkeyVersion = 1;
const zkeySections = 10;
const groth16Protocol = 1;
/** Scalars per task: small enough to share the work of two threads and to show progress. */
const scalarsPerTask = 8_192;

type SetupPhase = "reading constraints" | "computing key points";
type SetupProgress = (phase: SetupPhase, done: number, total: number) => void;

export interface SetupOptions {
  readonly r1csPath: string;
  readonly zkeyPath: string;
  readonly secrets: SetupSecrets;
  /** Worker threads; 2 use two cores. The result does not depend on it. */
  readonly threads: number;
  readonly onProgress?: SetupProgress;
  readonly signal?: AbortSignal;
}

/** The constraint system is over another field, or larger than the field's roots of unity allow. */
export class UnsupportedCircuitError extends Error {
  readonly code = "CIRCUIT_UNSUPPORTED";
  constructor(
    readonly r1csPath: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `${r1csPath}: expected ${expected}, found ${actual}; compile the circuit for bn128 and within that size`,
    );
  }
}

/** Domain: one row per constraint and one per public wire and the constant, rounded up to a power of two. */
export function readCircuitShape(r1csPath: string): CircuitShape {
  const header = readR1csHeader(r1csPath);
  if (header.prime !== scalarFieldOrder || header.fieldBytes !== scalarBytes) {
    throw new UnsupportedCircuitError(r1csPath, `prime ${scalarFieldOrder}`, `${header.prime}`);
  }
  const rows = header.constraints + header.publicSignals + 1;
  const log2Domain = Math.max(1, 32 - Math.clz32(rows - 1));
  // The quotient lives on the doubled domain.
  if (log2Domain + 1 > twoAdicity) {
    throw new UnsupportedCircuitError(r1csPath, `at most 2^${twoAdicity - 1} rows`, `${rows}`);
  }
  const { constraints, wires, publicSignals } = header;
  return { constraints, wires, publicSignals, log2Domain };
}

/** One section of points of the key and the scalars it comes from. */
interface PointSection {
  readonly id: number;
  readonly group: CurveGroup;
  readonly scalars: SharedArrayBuffer;
}

/** Writes `zkeyPath`. Throws {@link UnsupportedCircuitError}, BinaryFileError; a failed run leaves a partial file. */
export async function groth16Setup(options: SetupOptions): Promise<void> {
  const shape = readCircuitShape(options.r1csPath);
  const threads = new SetupThreads(options.threads, options.signal);
  const file = await open(options.zkeyPath, "w");
  try {
    await new KeyWriter(options, shape, threads, file).write();
    await file.sync();
  } finally {
    await file.close();
    await threads.close();
  }
}

class KeyWriter {
  readonly #options: SetupOptions;
  readonly #shape: CircuitShape;
  readonly #threads: SetupThreads;
  readonly #file: FileHandle;
  #position = 0;

  constructor(options: SetupOptions, shape: CircuitShape, threads: SetupThreads, file: FileHandle) {
    this.#options = options;
    this.#shape = shape;
    this.#threads = threads;
    this.#file = file;
  }

  async write(): Promise<void> {
    const { r1csPath, zkeyPath, secrets, onProgress } = this.#options;
    await this.#append(Buffer.concat([Buffer.from("zkey"), uint32(zkeyVersion), uint32(zkeySections)]));
    await this.#appendSection(1, uint32(groth16Protocol));
    await this.#appendSection(2, await this.#header());

    onProgress?.("reading constraints", 0, this.#shape.constraints);
    const task = {
      r1csPath,
      zkeyPath,
      secrets,
      shape: this.#shape,
      sectionOffset: this.#position,
    };
    const queries = await this.#threads.computeQueries(task);
    this.#position = queries.sectionEnd;
    onProgress?.("reading constraints", this.#shape.constraints, this.#shape.constraints);

    await this.#writePoints([
      { id: 3, group: "G1", scalars: queries.ic },
      { id: 5, group: "G1", scalars: queries.a },
      { id: 6, group: "G1", scalars: queries.b },
      { id: 7, group: "G2", scalars: queries.b },
      { id: 8, group: "G1", scalars: queries.c },
      { id: 9, group: "G1", scalars: queries.h },
    ]);
    // No contributions; snarkjs expects 64 bytes that name the circuit.
    const circuitDigest = createHash("sha512")
      .update(await readFile(r1csPath))
      .digest();
    await this.#appendSection(10, Buffer.concat([circuitDigest, uint32(0)]));
  }

  async #header(): Promise<Buffer> {
    const { alpha, beta, gamma, delta } = this.#options.secrets;
    const inG1 = await this.#threads.multiplyFew("G1", [alpha, beta, delta]);
    const inG2 = await this.#threads.multiplyFew("G2", [beta, gamma, delta]);
    const [alpha1, beta1, delta1] = inG1;
    const [beta2, gamma2, delta2] = inG2;
    return Buffer.concat([
      uint32(scalarBytes),
      toLittleEndian(baseFieldOrder),
      uint32(scalarBytes),
      toLittleEndian(scalarFieldOrder),
      uint32(this.#shape.wires),
      uint32(this.#shape.publicSignals),
      uint32(2 ** this.#shape.log2Domain),
      ...[alpha1, beta1, beta2, gamma2, delta1, delta2].map((point) => point ?? new Uint8Array()),
    ]);
  }

  async #writePoints(sections: readonly PointSection[]): Promise<void> {
    const scalarsOf = (section: PointSection) => section.scalars.byteLength / scalarBytes;
    const total = sections.reduce((sum, section) => sum + scalarsOf(section), 0);
    const windowBits = windowBitsFor(total / 2);
    let done = 0;
    const tasks: Promise<void>[] = [];
    for (const section of sections) {
      const byteLength = scalarsOf(section) * pointBytes[section.group];
      await this.#append(sectionHead(section.id, byteLength));
      for (let first = 0; first < scalarsOf(section); first += scalarsPerTask) {
        const count = Math.min(scalarsPerTask, scalarsOf(section) - first);
        const position = this.#position + first * pointBytes[section.group];
        const { group, scalars } = section;
        tasks.push(
          this.#threads.multiply({ group, windowBits, scalars, first, count }).then(async (points) => {
            await this.#file.write(points, 0, points.byteLength, position);
            done += count;
            this.#options.onProgress?.("computing key points", done, total);
          }),
        );
      }
      this.#position += byteLength;
    }
    await Promise.all(tasks);
  }

  async #appendSection(id: number, data: Uint8Array): Promise<void> {
    await this.#append(Buffer.concat([sectionHead(id, data.byteLength), data]));
  }

  async #append(data: Uint8Array): Promise<void> {
    await this.#file.write(data, 0, data.byteLength, this.#position);
    this.#position += data.byteLength;
  }
}

function sectionHead(id: number, byteLength: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(id, 0);
  head.writeBigUInt64LE(BigInt(byteLength), 4);
  return head;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
