/**
 * Runs the witness calculator that circom writes (its WebAssembly interface, version 2). The module is compiled once and every
 * witness gets an instance of its own, so that one that failed leaves nothing behind for the next.
 */
import { readFileSync } from "node:fs";
import { FIELD_PRIME } from "../../state/ledger/field.ts";

/** The calculator's exports that are used here. Field elements pass through a shared buffer of 32-bit limbs. */
interface CalculatorExports {
  init(checksAssertions: number): void;
  getFieldNumLen32(): number;
  readSharedRWMemory(limb: number): number;
  writeSharedRWMemory(limb: number, value: number): void;
  setInputSignal(hashHigh: number, hashLow: number, position: number): void;
  getInputSize(): number;
  getWitnessSize(): number;
  getWitness(wire: number): void;
  getMessageChar(): number;
}

/** An input breaks an assertion of the circuit. */
export class CalculatorStoppedError extends Error {
  readonly code = "CALCULATOR_STOPPED";
  constructor(
    readonly exception: number,
    readonly trace: string,
  ) {
    super(`the calculator stopped with exception ${exception}; correct the input: ${trace}`);
  }
}

const LIMB_BITS = 32n;
const LIMB = 0xffffffffn;

/** FNV-1a of 64 bits, by which calculators know their inputs. */
function signalHash(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const letter of Buffer.from(name)) hash = ((hash ^ BigInt(letter)) * 0x100000001b3n) % (1n << 64n);
  return hash;
}

const flattened = (value: unknown): bigint[] =>
  Array.isArray(value) ? value.flatMap(flattened) : [BigInt(value as bigint | number | string)];

export class WitnessCalculator {
  readonly #module: WebAssembly.Module;

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  static async of(wasmPath: string): Promise<WitnessCalculator> {
    return new WitnessCalculator(await WebAssembly.compile(readFileSync(wasmPath)));
  }

  /** Values of all wires; index 0 is the constant 1. Throws a `CalculatorStoppedError` if an assertion of the circuit fails. */
  async witness(input: Readonly<Record<string, unknown>>): Promise<bigint[]> {
    const exports = await this.#instance();
    exports.init(1);
    const limbs = exports.getFieldNumLen32();
    let inputs = 0;
    for (const [name, value] of Object.entries(input)) {
      const hash = signalHash(name);
      flattened(value).forEach((element, position) => {
        const rest = ((element % FIELD_PRIME) + FIELD_PRIME) % FIELD_PRIME;
        for (let i = 0; i < limbs; i++)
          exports.writeSharedRWMemory(i, Number((rest >> (LIMB_BITS * BigInt(i))) & LIMB));
        exports.setInputSignal(Number(hash >> LIMB_BITS), Number(hash & LIMB), position);
        inputs += 1;
      });
    }
    if (inputs !== exports.getInputSize())
      throw new RangeError(`the circuit has ${exports.getInputSize()} inputs, not ${inputs}; give them all`);
    return Array.from({ length: exports.getWitnessSize() }, (_, wire) => {
      exports.getWitness(wire);
      let value = 0n;
      for (let i = limbs - 1; i >= 0; i--)
        value = (value << LIMB_BITS) | BigInt(exports.readSharedRWMemory(i) >>> 0);
      return value;
    });
  }

  async #instance(): Promise<CalculatorExports> {
    let trace = "";
    const message = (): string => {
      let text = "";
      for (let letter = calculator.getMessageChar(); letter !== 0; letter = calculator.getMessageChar())
        text += String.fromCharCode(letter);
      return text;
    };
    const runtime = {
      exceptionHandler: (exception: number) => {
        throw new CalculatorStoppedError(exception, trace);
      },
      printErrorMessage: () => {
        trace += message();
      },
      writeBufferMessage: () => void message(),
      showSharedRWMemory: () => undefined,
    };
    const { exports } = await WebAssembly.instantiate(this.#module, { runtime });
    const calculator = exports as unknown as CalculatorExports;
    return calculator;
  }
}
