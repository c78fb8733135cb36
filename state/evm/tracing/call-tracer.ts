import type { EVMResult, InterpreterStep, Message } from "@ethereumjs/evm";
import { type Address as AddressBytes, bytesToHex } from "@ethereumjs/util";
import { haltText, revertReason } from "../execution-errors.ts";
import type { Hex } from "../types.ts";
import { memoryPart, opcode, stackItem, type Tracer, TraceTooLargeError } from "./tracer.ts";

/** geth's callTracer: the tree of calls. */

export interface CallTracerOptions {
  readonly onlyTopCall: boolean;
  readonly withLog: boolean;
}

export interface CallFrame {
  readonly type: string;
  readonly from: Hex;
  to?: Hex;
  value?: Hex;
  gas: Hex;
  gasUsed: Hex;
  readonly input: Hex;
  output?: Hex;
  error?: string;
  revertReason?: string;
  logs?: CallLog[];
  calls?: CallFrame[];
}

interface CallLog {
  readonly address: Hex;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  /** Calls of the frame that were made before. */
  readonly position: Hex;
}

const maxFrames = 100_000;

const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

const callTypes: Readonly<Record<number, string>> = {
  [opcode.call]: "CALL",
  [opcode.callcode]: "CALLCODE",
  [opcode.delegatecall]: "DELEGATECALL",
  [opcode.staticcall]: "STATICCALL",
  [opcode.create]: "CREATE",
  [opcode.create2]: "CREATE2",
};

export class CallTracer implements Tracer {
  readonly #options: CallTracerOptions;
  readonly #open: { frame: CallFrame; message: Message }[] = [];
  #top: CallFrame | undefined;
  #lastOpcode = 0;
  #frames = 0;

  constructor(options: CallTracerOptions) {
    this.#options = options;
  }

  /** The tree, with the transaction's own gas limit and use at the top. */
  result(gasLimit: bigint, gasUsed: bigint): CallFrame | undefined {
    return this.#top === undefined
      ? undefined
      : { ...this.#top, gas: quantity(gasLimit), gasUsed: quantity(gasUsed) };
  }

  onStep = (step: InterpreterStep): Promise<void> | undefined => {
    const { code } = step.opcode;
    this.#lastOpcode = code;
    if (this.#options.withLog && code >= opcode.log0 && code <= opcode.log4) this.#log(step);
    return code === opcode.selfdestruct ? this.#selfdestruct(step) : undefined;
  };

  onEnter = (message: Message): void => {
    const isTop = this.#open.length === 0;
    const creation = message.to === undefined;
    const type = isTop ? (creation ? "CREATE" : "CALL") : (callTypes[this.#lastOpcode] ?? "CALL");
    const { from, to } = endsOf(message, type);
    const frame: CallFrame = {
      type,
      from: from.toString(),
      ...(to === undefined ? {} : { to: to.toString() }),
      ...(type === "STATICCALL" ? {} : { value: quantity(message.value) }),
      gas: quantity(message.gasLimit),
      gasUsed: "0x0",
      input: bytesToHex(message.data),
    };
    this.#add(frame);
    this.#open.push({ frame, message });
  };

  onExit = ({ execResult, createdAddress }: EVMResult): void => {
    const { frame, message } = this.#open.pop() as { frame: CallFrame; message: Message };
    frame.gasUsed = quantity(execResult.executionGasUsed);
    const failure = execResult.exceptionError?.error;
    const { returnValue } = execResult;
    if (frame.type.startsWith("CREATE") && failure === undefined) {
      const created = createdAddress ?? message.to;
      if (created !== undefined) frame.to = created.toString();
    }
    if (returnValue.length > 0 && (failure === undefined || failure === "revert")) {
      frame.output = bytesToHex(returnValue);
    }
    if (failure === undefined) return;
    frame.error = haltText(failure);
    const reason = failure === "revert" ? revertReason(returnValue) : undefined;
    if (reason !== undefined) frame.revertReason = reason;
    forgetLogs(frame);
  };

  #add(frame: CallFrame): void {
    this.#frames += 1;
    if (this.#frames > maxFrames) throw new TraceTooLargeError("calls", maxFrames);
    const parent = this.#open.at(-1)?.frame;
    if (parent === undefined) {
      this.#top ??= frame;
    } else if (!this.#options.onlyTopCall) {
      parent.calls ??= [];
      parent.calls.push(frame);
    }
  }

  #log(step: InterpreterStep): void {
    const frame = this.#open.at(-1)?.frame;
    if (frame === undefined || (this.#options.onlyTopCall && this.#open.length > 1)) return;
    const topicCount = step.opcode.code - opcode.log0;
    const topics = Array.from({ length: topicCount }, (_, index) => word(stackItem(step, 2 + index)));
    frame.logs ??= [];
    frame.logs.push({
      address: step.address.toString(),
      topics,
      data: bytesToHex(memoryPart(step, stackItem(step, 0), stackItem(step, 1))),
      position: quantity(frame.calls?.length ?? 0),
    });
  }

  async #selfdestruct(step: InterpreterStep): Promise<void> {
    const beneficiary = word(stackItem(step, 0)).slice(26);
    const account = await step.stateManager.getAccount(step.address);
    this.#add({
      type: "SELFDESTRUCT",
      from: step.address.toString(),
      to: `0x${beneficiary}`,
      value: quantity(account?.balance ?? 0n),
      gas: "0x0",
      gasUsed: "0x0",
      input: "0x",
    });
  }
}

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

/** Code that is borrowed runs in the caller's name: then the callee is where the code lies. */
function endsOf(message: Message, type: string): { from: AddressBytes; to: AddressBytes | undefined } {
  const isBorrowed = type === "DELEGATECALL" || type === "CALLCODE";
  if (!isBorrowed || message.to === undefined) return { from: message.caller, to: message.to };
  return { from: message.to, to: message.codeAddress };
}

/** Logs of a call that failed never happened. */
function forgetLogs(frame: CallFrame): void {
  delete frame.logs;
  for (const call of frame.calls ?? []) forgetLogs(call);
}
