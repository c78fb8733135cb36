import path from "node:path";
import { type CompiledCircuit, compileCircuit } from "../../circuits/compile.ts";
import { batchCircuit, type NamedCircuit } from "../../circuits/mains.ts";
import { type BatchCircuitInput, batchCircuitInput } from "../../prover/batch-witness.ts";
import { isSigned, type LedgerOp } from "../../state/ledger/operation.ts";
import type { BatchSize } from "../../state/ledger/sizes.ts";
import { type BatchStream, streamWords } from "../../state/ledger/stream.ts";
import { type BatchTrace, traceBatch } from "../../state/ledger/trace.ts";
import { ConstraintSystem } from "./constraint-system.ts";
import type { LedgerScenario } from "./ledger-scenario.ts";
import { WitnessCalculator } from "./witness-calculator.ts";

/** Compiled circuits are kept between runs of the tests, by the hash of their sources. */
export const TEST_CACHE = path.resolve(import.meta.dirname, "../../.cache/circuits");

/** What a test may change about a compilation. */
export interface TestCompilation {
  readonly circuitsDirectory?: string;
  readonly optimization?: "O0" | "O2";
}

/** A compiled circuit with its witness calculator and its constraints. */
export class TestCircuit {
  readonly compiled: CompiledCircuit;
  readonly system: ConstraintSystem;
  /** Made when it is first needed, and kept. */
  #calculator: Promise<WitnessCalculator> | undefined;

  constructor(compiled: CompiledCircuit) {
    this.compiled = compiled;
    this.system = new ConstraintSystem(compiled);
  }

  static async compile(circuit: NamedCircuit, how: TestCompilation = {}): Promise<TestCircuit> {
    return new TestCircuit(await compileCircuit({ ...circuit, ...how, cacheDirectory: TEST_CACHE }));
  }

  static batch(size: BatchSize, how: TestCompilation = {}): Promise<TestCircuit> {
    return TestCircuit.compile(batchCircuit(size), how);
  }

  /** Throws if an assertion of the calculator fails. */
  async witness(input: Readonly<Record<string, unknown>>): Promise<bigint[]> {
    this.#calculator ??= WitnessCalculator.of(this.compiled.wasmPath);
    return (await this.#calculator).witness(input);
  }

  /** Public signals of a witness, in the order of the circuit. */
  publicSignals(witness: readonly bigint[]): bigint[] {
    return witness.slice(1, 1 + this.system.publicWires);
  }
}

export interface TestBatch {
  readonly trace: BatchTrace;
  readonly stream: BatchStream;
  readonly words: readonly bigint[];
  readonly input: BatchCircuitInput;
}

/** Executes ops on a copy of a scenario whose open batch is empty, and builds the circuit's input. */
export function batchOf(before: LedgerScenario, ops: readonly LedgerOp[]): TestBatch {
  const { domain, size, batch } = before;
  const trace = traceBatch(before.fork().ledger, batch, ops, domain);
  const stream: BatchStream = {
    ...trace,
    domain,
    blockHash: 0xb10cn << 200n,
    laneDataHash: 0x1a9en << 201n,
    ops: trace.ops.map(({ op, valid }) => ({
      words: op.words,
      valid,
      ...(isSigned(op) ? {} : { caller: op.caller }),
    })),
  };
  const words = streamWords(stream, size);
  return { trace, stream, words, input: batchCircuitInput(trace, words, size) };
}
