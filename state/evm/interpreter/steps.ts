import type { Entry } from "./frame.ts";
import { byPackage, type Instruction, instructions } from "./instructions.ts";
import { wordOfBytes } from "./words.ts";

/** One place of a program, ready to run. */
export interface Step extends Instruction {
  readonly code: number;
  readonly fee: number;
  /** Of PUSH, how many bytes; of DUP and SWAP, how deep; of LOG, how many topics. */
  readonly operand: number;
  /** What PUSH pushes. */
  readonly word: bigint;
  /** The package's own handler. */
  readonly handle: Entry["opHandler"];
  /** Set where the package must do it all by itself, and be awaited. */
  readonly slow: Entry | undefined;
}

const jumpDestination = 0x5b;
const [firstPush, lastPush] = [0x60, 0x7f];
const [firstDuplicate, lastDuplicate] = [0x80, 0x8f];
const [firstSwap, lastSwap] = [0x90, 0x9f];
const [firstLog, lastLog] = [0xa0, 0xa4];

const isPush = (code: number): boolean => code >= firstPush && code <= lastPush;

function operandOf(code: number): number {
  if (isPush(code)) return code - firstPush + 1;
  if (code >= firstDuplicate && code <= lastDuplicate) return code - firstDuplicate + 1;
  if (code >= firstSwap && code <= lastSwap) return code - firstSwap + 1;
  if (code >= firstLog && code <= lastLog) return code - firstLog;
  return 0;
}

function stepOf({ opcodeInfo, opHandler, gasHandler }: Entry): Step {
  const { code, fee, isAsync, dynamicGas, isInvalid } = opcodeInfo;
  const known = instructions.get(code);
  const isPackages = known === undefined || known.needsStorage === true;
  const isSlow = isPackages && (isAsync || dynamicGas || isInvalid);
  return {
    ...(known ?? { run: byPackage }),
    code,
    fee,
    operand: operandOf(code),
    word: 0n,
    handle: opHandler,
    slow: isSlow ? { opcodeInfo, opHandler, gasHandler } : undefined,
  };
}

/** An EVM's table of instructions; another fork has another one. */
type Table = readonly Entry[];

/** A code as the loop runs it. Places are decoded when they are first run: most of a contract never is. */
export class Program {
  /** 1 at the places that one may jump to. */
  readonly jumps: Uint8Array;
  readonly #code: Uint8Array;
  readonly #known: readonly Step[];
  readonly #steps: (Step | undefined)[];

  constructor(code: Uint8Array, known: readonly Step[]) {
    this.#code = code;
    this.#known = known;
    this.#steps = Array(code.length);
    this.jumps = new Uint8Array(code.length);
    for (let at = 0; at < code.length; at++) {
      const instruction = code[at] as number;
      if (instruction === jumpDestination) this.jumps[at] = 1;
      else if (isPush(instruction)) at += operandOf(instruction);
    }
  }

  step(at: number): Step {
    return this.#steps[at] ?? this.#decode(at);
  }

  #decode(at: number): Step {
    const code = this.#code[at] as number;
    const step = this.#known[code] as Step;
    const decoded = isPush(code) ? { ...step, word: this.#pushed(at + 1, step.operand) } : step;
    this.#steps[at] = decoded;
    return decoded;
  }

  /** Behind the end of the code there are zeros. */
  #pushed(from: number, count: number): bigint {
    const bytes = new Uint8Array(count);
    bytes.set(this.#code.subarray(from, from + count));
    return wordOfBytes(bytes);
  }
}

/** Kept as long as what they are made of. */
const known = new WeakMap<
  Table,
  { readonly steps: readonly Step[]; readonly programs: WeakMap<Uint8Array, Program> }
>();

export function programOf(table: Table, code: Uint8Array): Program {
  const ofTable = known.get(table) ?? { steps: table.map(stepOf), programs: new WeakMap() };
  known.set(table, ofTable);
  const program = ofTable.programs.get(code) ?? new Program(code, ofTable.steps);
  ofTable.programs.set(code, program);
  return program;
}
