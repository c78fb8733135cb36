import { EVMError } from "@ethereumjs/evm";
import type { Frame, Rules } from "./frame.ts";
import type { Step } from "./steps.ts";

export type Run = (frame: Frame, step: Step, rules: Rules) => void;
/** What an instruction costs on top of its fee, when `gasLeft` is left. */
export type Gas = (frame: Frame, gasLeft: number, step: Step) => number;

/** What replaces the package's handlers of an instruction. */
export interface Instruction {
  readonly run: Run;
  readonly gas?: Gas;
  /** Reads `frame.gasLeft`. */
  readonly readsGas?: boolean;
  /** Only with a storage of the lane's; with another one the package does it. */
  readonly needsStorage?: boolean;
  /** Nothing comes after it. */
  readonly isLast?: boolean;
}

const maxStack = 1_024;

const { STACK_OVERFLOW, STACK_UNDERFLOW } = EVMError.errorMessages;

export const halt = (reason: EVMError["error"]): never => {
  throw new EVMError(reason);
};

/** Where the lowest of the `count` topmost words is. */
export function lowest({ stack }: Frame, count: number): number {
  const at = stack._len - count;
  return at < 0 ? halt(STACK_UNDERFLOW) : at;
}

export function push({ stack }: Frame, word: bigint): void {
  if (stack._len >= maxStack) halt(STACK_OVERFLOW);
  stack._store[stack._len++] = word;
}
