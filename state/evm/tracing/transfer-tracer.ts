import type { EVMResult, InterpreterStep, Message } from "@ethereumjs/evm";
import { bytesToHex } from "@ethereumjs/util";
import type { Address, Hex, Log } from "../types.ts";
import { memoryPart, opcode, stackItem, type Tracer } from "./tracer.ts";

/** Logs, with a made-up ERC-20 log for every movement of NRX (`traceTransfers` of `eth_simulateV1`). */

type PlainLog = Pick<Log, "address" | "topics" | "data">;

/** Where the made-up logs say they come from (execution-apis, eth_simulateV1). */
const nativeToken: Address = `0x${"ee".repeat(20)}`;
/** keccak256("Transfer(address,address,uint256)") */
const transferTopic: Hex = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

export class TransferTracer implements Tracer {
  readonly logs: PlainLog[] = [];
  readonly #open: PlainLog[][] = [];
  #lastOpcode = 0;

  onStep = (step: InterpreterStep): Promise<void> | undefined => {
    const { code } = step.opcode;
    this.#lastOpcode = code;
    if (code >= opcode.log0 && code <= opcode.log4) {
      this.#add({
        address: step.address.toString(),
        topics: Array.from({ length: code - opcode.log0 }, (_, index) => word(stackItem(step, 2 + index))),
        data: bytesToHex(memoryPart(step, stackItem(step, 0), stackItem(step, 1))),
      });
    }
    return code === opcode.selfdestruct ? this.#selfdestruct(step) : undefined;
  };

  onEnter = (message: Message): void => {
    this.#open.push([]);
    const isBorrowed =
      message.depth > 0 && [opcode.callcode, opcode.delegatecall].includes(this.#lastOpcode as 242);
    if (message.value > 0n && !isBorrowed && message.to !== undefined) {
      this.#transfer(message.caller.toString(), message.to.toString(), message.value);
    }
  };

  onExit = ({ execResult }: EVMResult): void => {
    const done = this.#open.pop() ?? [];
    if (execResult.exceptionError !== undefined) return;
    (this.#open.at(-1) ?? this.logs).push(...done);
  };

  async #selfdestruct(step: InterpreterStep): Promise<void> {
    const balance = (await step.stateManager.getAccount(step.address))?.balance ?? 0n;
    const beneficiary: Address = `0x${word(stackItem(step, 0)).slice(26)}`;
    if (balance > 0n) this.#transfer(step.address.toString(), beneficiary, balance);
  }

  #transfer(from: Address, to: Address, valueWei: bigint): void {
    const topics = [transferTopic, word(BigInt(from)), word(BigInt(to))];
    this.#add({ address: nativeToken, topics, data: word(valueWei) });
  }

  #add(log: PlainLog): void {
    (this.#open.at(-1) ?? this.logs).push(log);
  }
}
