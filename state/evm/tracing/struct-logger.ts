import type { EVMResult, InterpreterStep, Message } from "@ethereumjs/evm";
import { bytesToBigInt, bytesToHex, hexToBytes, setLengthRight } from "@ethereumjs/util";
import { haltText } from "../execution-errors.ts";
import type { Hex } from "../types.ts";
import { opcode, stackItem, type Tracer, TraceTooLargeError } from "./tracer.ts";

/** geth's default trace: one entry per instruction. */

export interface StructLogOptions {
  readonly enableMemory: boolean;
  readonly disableStack: boolean;
  readonly disableStorage: boolean;
  readonly enableReturnData: boolean;
  /** Entries at most; 0 means all. */
  readonly limit: number;
}

export interface StructLog {
  readonly pc: number;
  readonly op: string;
  readonly gas: number;
  gasCost: number;
  readonly depth: number;
  readonly stack?: readonly Hex[];
  readonly memory?: readonly Hex[];
  storage?: Readonly<Record<Hex, Hex>>;
  readonly returnData?: Hex;
  readonly refund?: number;
  error?: string;
}

/** Characters of stack, memory and storage that one trace may hold. */
const maxTraceCharacters = 200_000_000;
const entryCharacters = 100;
const callStipend = 2_300;
const wordBytes = 32;

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

export class StructLogger implements Tracer {
  readonly logs: StructLog[] = [];
  readonly #options: StructLogOptions;
  #characters = 0;
  /** Slots seen, of every account. */
  readonly #storage = new Map<string, Record<Hex, Hex>>();
  #returnData: Uint8Array = new Uint8Array(0);
  /** The last entry of every call that runs. */
  readonly #last: (StructLog | undefined)[] = [];

  constructor(options: StructLogOptions) {
    this.#options = options;
  }

  onStep = (step: InterpreterStep): Promise<void> | undefined => {
    const { limit } = this.#options;
    if (limit > 0 && this.logs.length >= limit) return undefined;
    const log = this.#entry(step);
    this.logs.push(log);
    this.#last[this.#last.length - 1] = log;
    const { code } = step.opcode;
    if (this.#options.disableStorage || (code !== opcode.sload && code !== opcode.sstore)) return undefined;
    return this.#withStorage(step, log);
  };

  onEnter = (message: Message): void => {
    const caller = this.#last.at(-1);
    this.#last.push(undefined);
    // geth counts the gas that a call hands on as the instruction's cost, without the stipend; not so for creations.
    if (message.depth === 0 || caller === undefined || message.to === undefined) return;
    const hasStipend = message.value > 0n && (caller.op === "CALL" || caller.op === "CALLCODE");
    if (/CALL/.test(caller.op)) caller.gasCost += Number(message.gasLimit) - (hasStipend ? callStipend : 0);
  };

  onExit = ({ execResult }: EVMResult): void => {
    const last = this.#last.pop();
    this.#returnData = execResult.returnValue;
    const failure = execResult.exceptionError?.error;
    if (last !== undefined && failure !== undefined && failure !== "revert") last.error = haltText(failure);
  };

  #entry(step: InterpreterStep): StructLog {
    const { enableMemory, disableStack, enableReturnData } = this.#options;
    const log: StructLog = {
      pc: step.pc,
      op: step.opcode.name === "PREVRANDAO" ? "DIFFICULTY" : step.opcode.name,
      gas: Number(step.gasLeft),
      gasCost: Number(step.opcode.dynamicFee ?? step.opcode.fee),
      depth: step.depth + 1,
      ...(disableStack ? {} : { stack: step.stack.map((item): Hex => `0x${item.toString(16)}`) }),
      ...(enableMemory ? { memory: words(step) } : {}),
      ...(enableReturnData && this.#returnData.length > 0
        ? { returnData: bytesToHex(this.#returnData) }
        : {}),
      ...(step.gasRefund > 0n ? { refund: Number(step.gasRefund) } : {}),
    };
    const stackCharacters = log.stack?.reduce((sum, item) => sum + item.length, 0) ?? 0;
    this.#account(entryCharacters + stackCharacters + (log.memory?.length ?? 0) * 2 * wordBytes);
    return log;
  }

  async #withStorage(step: InterpreterStep, log: StructLog): Promise<void> {
    const slot = word(stackItem(step, 0));
    const value =
      step.opcode.code === opcode.sstore
        ? word(stackItem(step, 1))
        : word(bytesToBigInt(await step.stateManager.getStorage(step.address, hexToBytes(slot))));
    const where = step.address.toString();
    const known = { ...this.#storage.get(where), [slot]: value };
    this.#storage.set(where, known);
    log.storage = known;
    this.#account(Object.keys(known).length * 4 * wordBytes);
  }

  #account(characters: number): void {
    this.#characters += characters;
    if (this.#characters > maxTraceCharacters) throw new TraceTooLargeError("characters", maxTraceCharacters);
  }
}

/** The memory that is paid for. What nobody has written yet may be missing in the package's copy. */
function words({ memory, memoryWordCount }: InterpreterStep): Hex[] {
  return Array.from({ length: Number(memoryWordCount) }, (_, i) => {
    const part = memory.subarray(i * wordBytes, (i + 1) * wordBytes);
    return bytesToHex(part.length === wordBytes ? part : setLengthRight(part, wordBytes));
  });
}
