import { EVMError } from "@ethereumjs/evm";
import { keccak256 } from "../chain-rules.ts";
import type { Frame } from "./frame.ts";
import { type Gas, halt, type Instruction, lowest, type Run } from "./instruction.ts";
import { memoryQuotient } from "./memory.ts";
import { bytesOfWord, readWord, viewOf, wordBytes, writeWord } from "./words.ts";

/** Instructions that read the memory or write it. Prices: Yellow Paper, appendix H. */

const { OUT_OF_GAS, REVERT, STATIC_STATE_CHANGE } = EVMError.errorMessages;

const lastByte = 0xffn;

const memoryGas = 3;
const copyGas = 3;
const hashWordGas = 6;
const logTopicGas = 375;
const logByteGas = 8;

const memoryPrice = (count: number): number =>
  count * memoryGas + Math.floor((count * count) / memoryQuotient);

/** Makes room for `length` bytes of memory from `offset` on, if there is gas for it. What is no exact number costs more than any frame has. */
function expansion(frame: Frame, gasLeft: number, offset: bigint, length: bigint): number {
  if (length === 0n) return 0;
  const { memory } = frame;
  const needed = Math.ceil((Number(offset) + Number(length)) / wordBytes);
  if (needed <= memory.words) return 0;
  const price = memoryPrice(needed) - memoryPrice(memory.words);
  if (price > gasLeft) return halt(OUT_OF_GAS);
  memory.resize(needed);
  frame.memoryWordCount = BigInt(needed);
  frame.highestMemCost = BigInt(memoryPrice(needed));
  return price;
}

const wordsIn = (length: bigint): number => Math.ceil(Number(length) / wordBytes);

/** Of an instruction whose topmost words are where in the memory and how much. */
function rangeGas(frame: Frame, gasLeft: number): number {
  const at = lowest(frame, 2);
  const { _store: store } = frame.stack;
  return expansion(frame, gasLeft, store[at + 1] as bigint, store[at] as bigint);
}

const wordGas: Gas = (frame, gasLeft) =>
  expansion(frame, gasLeft, frame.stack._store[lowest(frame, 1)] as bigint, 32n);

const byteGas: Gas = (frame, gasLeft) =>
  expansion(frame, gasLeft, frame.stack._store[lowest(frame, 1)] as bigint, 1n);

/** Of an instruction that copies: where to, where from, how much. */
function copyingGas(frame: Frame, gasLeft: number): number {
  const at = lowest(frame, 3);
  const { _store: store } = frame.stack;
  const length = store[at] as bigint;
  return expansion(frame, gasLeft, store[at + 2] as bigint, length) + copyGas * wordsIn(length);
}

/** Copies into the memory, as the three topmost words say: where to, where from, how much. Where the source has ended, zeros. */
export function copyFrom(source: Uint8Array, frame: Frame): void {
  const at = lowest(frame, 3);
  const { stack, memory } = frame;
  const { _store: store } = stack;
  stack._len = at;
  const length = Number(store[at] as bigint);
  if (length === 0) return;
  const to = Number(store[at + 2] as bigint);
  const from = Math.min(Number(store[at + 1] as bigint), source.length);
  const part = source.subarray(from, from + length);
  memory._store.set(part, to);
  memory._store.fill(0, to + part.length, to + length);
}

const copy =
  (sourceOf: (frame: Frame) => Uint8Array): Run =>
  (frame) =>
    copyFrom(sourceOf(frame), frame);

/** Takes where and how much from the stack; the bytes are the caller's own. */
function takeRange(frame: Frame): Uint8Array {
  const at = lowest(frame, 2);
  const { stack, memory } = frame;
  const { _store: store } = stack;
  stack._len = at;
  const length = Number(store[at] as bigint);
  if (length === 0) return new Uint8Array(0);
  const offset = Number(store[at + 1] as bigint);
  return memory._store.slice(offset, offset + length);
}

const keccak: Run = (frame) => {
  const at = lowest(frame, 2);
  const { stack, memory } = frame;
  const { _store: store } = stack;
  const length = Number(store[at] as bigint);
  const offset = length === 0 ? 0 : Number(store[at + 1] as bigint);
  store[at] = readWord(viewOf(keccak256(memory._store.subarray(offset, offset + length))), 0);
  stack._len = at + 1;
};

const loadMemory: Run = (frame) => {
  const at = lowest(frame, 1);
  const { _store: store } = frame.stack;
  store[at] = readWord(frame.memory.view, Number(store[at] as bigint));
};

const storeMemory: Run = (frame) => {
  const at = lowest(frame, 2);
  const { stack, memory } = frame;
  const { _store: store } = stack;
  writeWord(memory.view, Number(store[at + 1] as bigint), store[at] as bigint);
  stack._len = at;
};

const storeByte: Run = (frame) => {
  const at = lowest(frame, 2);
  const { stack, memory } = frame;
  const { _store: store } = stack;
  memory._store[Number(store[at + 1] as bigint)] = Number((store[at] as bigint) & lastByte);
  stack._len = at;
};

const returnRange: Run = (frame) => {
  frame.interpreter._result.returnValue = takeRange(frame);
};

const revert: Run = (frame) => {
  frame.interpreter._result.returnValue = takeRange(frame);
  halt(REVERT);
};

const log: Run = (frame, { operand: topicCount }) => {
  const data = takeRange(frame);
  const at = lowest(frame, topicCount);
  const { stack } = frame;
  const topics: Uint8Array[] = [];
  for (let i = stack._len - 1; i >= at; i--) topics.push(bytesOfWord(stack._store[i] as bigint));
  stack._len = at;
  frame.interpreter._result.logs.push([frame.env.address.bytes, topics, data]);
};

const logGas: Gas = (frame, gasLeft, { operand: topicCount }) => {
  if (frame.env.isStatic) halt(STATIC_STATE_CHANGE);
  const length = Number(frame.stack._store[lowest(frame, 2)] as bigint);
  return rangeGas(frame, gasLeft) + logTopicGas * topicCount + logByteGas * length;
};

const hashGas: Gas = (frame, gasLeft) =>
  rangeGas(frame, gasLeft) + hashWordGas * wordsIn(frame.stack._store[frame.stack._len - 2] as bigint);

const returnDataGas: Gas = (frame, gasLeft) => {
  const at = lowest(frame, 3);
  const { _store: store } = frame.stack;
  const end = Number(store[at + 1] as bigint) + Number(store[at] as bigint);
  if (end > frame.returnBytes.length) halt(OUT_OF_GAS);
  return copyingGas(frame, gasLeft);
};

export const memoryInstructions: readonly (readonly [code: number, Instruction])[] = [
  [0x20, { run: keccak, gas: hashGas }], // KECCAK256
  [0x37, { run: copy(({ env }) => env.callData), gas: copyingGas }], // CALLDATACOPY
  [0x39, { run: copy(({ env }) => env.code), gas: copyingGas }], // CODECOPY
  [0x3e, { run: copy(({ returnBytes }) => returnBytes), gas: returnDataGas }], // RETURNDATACOPY
  [0x51, { run: loadMemory, gas: wordGas }], // MLOAD
  [0x52, { run: storeMemory, gas: wordGas }], // MSTORE
  [0x53, { run: storeByte, gas: byteGas }], // MSTORE8
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xa4].map((code) => [code, { run: log, gas: logGas }] as const), // LOG0 to LOG4
  [0xf3, { run: returnRange, gas: rangeGas, isLast: true }], // RETURN
  [0xfd, { run: revert, gas: rangeGas, readsGas: true }], // REVERT
];
