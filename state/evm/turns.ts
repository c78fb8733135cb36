import { setImmediate } from "node:timers/promises";

/**
 * Whatever executes shares one thread with the RPC, the stages and the timers, and gas says little about time: a call of an empty
 * contract costs 100 gas and takes as long as hundreds of instructions. So executions are counted in instructions, and after so
 * many of them the others get their turn.
 */

/** About ten milliseconds. */
const instructionsPerTurn = 10_000;
/** What a call or a precompile takes, in instructions. */
export const callInstructions = 100;
/** As geth's limit for calls. */
const maxExecutionMs = 5_000;

/** Somebody waits for an answer, and it takes too long. The text is geth's. */
export class ExecutionTimeoutError extends Error {
  readonly code = "EXECUTION_TIMEOUT";
  readonly rpcCode = -32000;
  constructor() {
    super(`execution aborted (timeout = ${maxExecutionMs / 1000}s)`);
  }
}

let left = instructionsPerTurn;

/** To be asked for every instruction; true: `nextTurn` is to be awaited before it goes on. */
export function isTurnOver(instructions: number): boolean {
  left -= instructions;
  return left <= 0;
}

const limits = new WeakMap<object, { isOver: boolean }>();

/** Lets the others run. Throws an ExecutionTimeoutError if the EVM has run for too long `withinTime`. */
export async function nextTurn(evm: object): Promise<void> {
  left = instructionsPerTurn;
  await setImmediate();
  if (limits.get(evm)?.isOver === true) throw new ExecutionTimeoutError();
}

/** Runs something on an EVM that nobody else uses meanwhile, and gives it up when it takes too long. */
export async function withinTime<Result>(evm: object, run: () => Promise<Result>): Promise<Result> {
  const limit = { isOver: false };
  const timer = setTimeout(() => {
    limit.isOver = true;
  }, maxExecutionMs);
  limits.set(evm, limit);
  try {
    return await run();
  } finally {
    clearTimeout(timer);
    limits.delete(evm);
  }
}
