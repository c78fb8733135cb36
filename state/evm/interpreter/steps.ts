import { copyCodeOfOther } from "./code-copy.ts";
import type { Entry } from "./frame.ts";
import type { Instruction } from "./instruction.ts";
import { byPackage, instructions } from "./instructions.ts";

/** One instruction of a fork, ready to run. */
export interface Step extends Instruction {
  readonly code: number;
  readonly fee: number;
  /** Of PUSH, how many bytes; of DUP and SWAP, how deep; of LOG, how many topics. */
  readonly operand: number;
  /** The package's own handler. */
  readonly handle: Entry["opHandler"];
  /** Set where the package must do it by itself, and be awaited. */
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

/** What is awaited and the package does not do itself. Its gas is the package's. */
const awaited: ReadonlyMap<number, Entry["opHandler"]> = new Map([[0x3c, copyCodeOfOther]]);

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
    handle: opHandler,
    slow: isSlow ? { opcodeInfo, opHandler: awaited.get(code) ?? opHandler, gasHandler } : undefined,
  };
}

/** An EVM's table of instructions, by their codes; another fork has another one. */
type Table = readonly Entry[];

/** Kept as long as what they are made of. */
const stepsOf = new WeakMap<Table, readonly Step[]>();
const jumpsOf = new WeakMap<Uint8Array, Uint8Array>();

/** By their codes. */
export function stepsOfTable(table: Table): readonly Step[] {
  const steps = stepsOf.get(table) ?? table.map(stepOf);
  stepsOf.set(table, steps);
  return steps;
}

/** 1 at the places of a code that one may jump to. */
export function jumpsOfCode(code: Uint8Array): Uint8Array {
  const known = jumpsOf.get(code);
  if (known !== undefined) return known;
  const jumps = new Uint8Array(code.length);
  for (let at = 0; at < code.length; at++) {
    const instruction = code[at] as number;
    if (instruction === jumpDestination) jumps[at] = 1;
    else if (isPush(instruction)) at += operandOf(instruction);
  }
  jumpsOf.set(code, jumps);
  return jumps;
}
