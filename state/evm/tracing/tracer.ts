import type { EVM, EVMResult, InterpreterStep, Message } from "@ethereumjs/evm";
import { ExecutionFailedError } from "../execution-errors.ts";
import { isTurnOver, nextTurn } from "../turns.ts";

/** Looks into an execution, step by step and call by call. */
export interface Tracer {
  /** Before each instruction. A promise holds the execution up until it is settled. */
  readonly onStep?: (step: InterpreterStep) => Promise<void> | undefined;
  /** Before each call and creation; the outermost has depth 0. */
  readonly onEnter?: (message: Message) => void;
  readonly onExit?: (result: EVMResult) => void;
}

/** Instructions of one traced transaction: what is recorded of them stays in memory until it is sent. */
export const maxTracedSteps = 2_000_000;

/** Every step brings a copy of the frame's memory: so many bytes of it take as long as an instruction does. */
const bytesPerInstruction = 2_048;

export class TraceTooLargeError extends ExecutionFailedError {
  constructor(what: string, limit: number) {
    super(`trace too large: more than ${limit} ${what}; choose another tracer or set a limit`);
  }
}

/** Runs with the tracer listening. */
export async function traced<Result>(evm: EVM, tracer: Tracer, run: () => Promise<Result>): Promise<Result> {
  const { events } = evm;
  let steps = 0;
  let overdue: unknown;
  const turn = () =>
    nextTurn(evm).catch((error: unknown) => {
      overdue = error;
    });
  const onStep = (step: InterpreterStep, resume?: () => void): void => {
    steps += 1;
    if (overdue !== undefined) throw overdue;
    if (steps > maxTracedSteps) throw new TraceTooLargeError("instructions", maxTracedSteps);
    const isOver = isTurnOver(1 + step.memory.length / bytesPerInstruction);
    const held = tracer.onStep?.(step) ?? (isOver ? turn() : undefined);
    if (held === undefined) resume?.();
    else void held.then(() => resume?.());
  };
  const onEnter = (message: Message): void => tracer.onEnter?.(message);
  const onExit = (result: EVMResult): void => tracer.onExit?.(result);
  if (tracer.onStep !== undefined) events.on("step", onStep);
  events.on("beforeMessage", onEnter);
  events.on("afterMessage", onExit);
  try {
    return await run();
  } finally {
    events.off("step", onStep);
    events.off("beforeMessage", onEnter);
    events.off("afterMessage", onExit);
  }
}

export const opcode = {
  sload: 0x54,
  sstore: 0x55,
  balance: 0x31,
  extcodesize: 0x3b,
  extcodecopy: 0x3c,
  extcodehash: 0x3f,
  log0: 0xa0,
  log4: 0xa4,
  create: 0xf0,
  call: 0xf1,
  callcode: 0xf2,
  delegatecall: 0xf4,
  create2: 0xf5,
  staticcall: 0xfa,
  selfdestruct: 0xff,
} as const;

/** The stack item so far below the top, 0 where there is none (the instruction is about to fail). */
export function stackItem(step: InterpreterStep, below: number): bigint {
  return step.stack[step.stack.length - 1 - below] ?? 0n;
}

/** Memory of a step; what lies behind its end is zero. */
export function memoryPart(step: InterpreterStep, offset: bigint, length: bigint): Uint8Array {
  if (length > maxMemoryPartBytes)
    throw new TraceTooLargeError("bytes of memory", Number(maxMemoryPartBytes));
  const part = new Uint8Array(Number(length));
  if (offset < BigInt(step.memory.length))
    part.set(step.memory.subarray(Number(offset), Number(offset + length)));
  return part;
}

const maxMemoryPartBytes = 1_000_000n;
