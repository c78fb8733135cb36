import { EVMError } from "@ethereumjs/evm";
import type { Frame, FrameStorage, Interpreter, Rules, RunState } from "./frame.ts";
import { memoryQuotient } from "./memory.ts";
import type { Step } from "./steps.ts";
import { bytesOfWord, readWord, viewOf, wordBytes, wordOfBytes, writeWord } from "./words.ts";

/**
 * The instructions that most of any program consists of, without the package's arrays, texts and promises. Each does what the
 * package's handler of it does; test/unit/evm/interpreter.test.ts compares the two.
 */

export type Run = (frame: Frame, step: Step, rules: Rules) => void;
/** What an instruction costs on top of its fee, when `gasLeft` is left. */
type Gas = (frame: Frame, gasLeft: number, step: Step) => number;

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
const wordBits = 256;
const wordLimit = 1n << 256n;
const lastByte = 0xffn;
const byteBits = 8;
const smallWords = Array.from({ length: 256 }, (_, value) => BigInt(value));

const { OUT_OF_GAS, STACK_OVERFLOW, STACK_UNDERFLOW, STATIC_STATE_CHANGE, REVERT, INVALID_JUMP } =
  EVMError.errorMessages;

const halt = (reason: EVMError["error"]): never => {
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

const binary =
  (compute: (top: bigint, below: bigint) => bigint): Run =>
  (frame) => {
    const at = lowest(frame, 2);
    const { stack } = frame;
    const { _store: store } = stack;
    store[at] = compute(store[at + 1] as bigint, store[at] as bigint);
    stack._len = at + 1;
  };

const unary =
  (compute: (top: bigint) => bigint): Run =>
  (frame) => {
    const at = lowest(frame, 1);
    const { _store: store } = frame.stack;
    store[at] = compute(store[at] as bigint);
  };

function add(a: bigint, b: bigint): bigint {
  const sum = a + b;
  return sum < wordLimit ? sum : sum - wordLimit;
}

const bit = (isTrue: boolean): bigint => (isTrue ? 1n : 0n);
const signed = (word: bigint): bigint => BigInt.asIntN(wordBits, word);

const constant =
  (value: (frame: Frame) => bigint): Run =>
  (frame) =>
    push(frame, value(frame));

// Memory. Prices: yellow paper, appendix H.

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

const keccak: Run = (frame, _step, rules) => {
  const at = lowest(frame, 2);
  const { stack, memory } = frame;
  const { _store: store } = stack;
  const length = Number(store[at] as bigint);
  const offset = length === 0 ? 0 : Number(store[at + 1] as bigint);
  const hash = rules.customCrypto.keccak256 as (bytes: Uint8Array) => Uint8Array;
  store[at] = readWord(viewOf(hash(memory._store.subarray(offset, offset + length))), 0);
  stack._len = at + 1;
};

const loadCallData: Run = (frame) => {
  const at = lowest(frame, 1);
  const { env, stack } = frame;
  const { callData } = env;
  const position = stack._store[at] as bigint;
  const offset = position > BigInt(callData.length) ? callData.length : Number(position);
  if (offset + wordBytes <= callData.length) {
    frame.callDataView ??= viewOf(callData);
    stack._store[at] = readWord(frame.callDataView, offset);
    return;
  }
  const padded = new Uint8Array(wordBytes);
  padded.set(callData.subarray(offset));
  stack._store[at] = readWord(viewOf(padded), 0);
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

/** As the package does it. */
export const byPackage: Run = (frame, { handle }, rules) => {
  handle(frame as unknown as RunState, rules);
};

// Storage. Prices: EIP-2200 as changed by EIP-2929 and EIP-3529.

const warmReadGas = 100;
const coldSlotGas = 2_100;
const createSlotGas = 20_000;
const changeSlotGas = 5_000 - coldSlotGas;
/** With no more than this, SSTORE fails: who is called with a stipend must not change anything. */
const storeSentryGas = 2_300;
const clearRefund = 4_800n;
const restoreZeroRefund = BigInt(createSlotGas - warmReadGas);
const restoreRefund = BigInt(changeSlotGas - warmReadGas);

function storageOf({ storage }: Frame): FrameStorage {
  if (storage === undefined) throw new Error("an instruction of the lane's storage runs without it");
  return storage;
}

/** Names the slot for the instruction, and warms it; true if it was cold. */
function takeSlot(storage: FrameStorage, slot: bigint): boolean {
  storage.slotKey = storage.account + slot.toString(16);
  return storage.journal.warm(storage.slotKey);
}

const loadSlotGas: Gas = (frame) => {
  const slot = frame.stack._store[lowest(frame, 1)] as bigint;
  return takeSlot(storageOf(frame), slot) ? coldSlotGas : warmReadGas;
};

const loadSlot: Run = (frame) => {
  const { state, slotKey } = storageOf(frame);
  frame.stack._store[frame.stack._len - 1] = state.slot(slotKey);
};

const storeSlotGas: Gas = (frame, gasLeft) => {
  if (frame.env.isStatic) halt(STATIC_STATE_CHANGE);
  const at = lowest(frame, 2);
  if (gasLeft <= storeSentryGas) halt(OUT_OF_GAS);
  const { _store: store } = frame.stack;
  const storage = storageOf(frame);
  const accessGas = takeSlot(storage, store[at + 1] as bigint) ? coldSlotGas : 0;
  const { state, slotKey } = storage;
  const [original, current] = [state.originalSlot(slotKey), state.slot(slotKey)];
  return accessGas + changeGas(frame.interpreter, { original, current, next: store[at] as bigint });
};

interface SlotChange {
  /** Before the transaction. */
  readonly original: bigint;
  readonly current: bigint;
  readonly next: bigint;
}

/** What a change costs; the refunds go to the interpreter. */
function changeGas(interpreter: Interpreter, { original, current, next }: SlotChange): number {
  if (current === next) return warmReadGas;
  if (original === current) {
    if (original === 0n) return createSlotGas;
    if (next === 0n) interpreter.refundGas(clearRefund);
    return changeSlotGas;
  }
  if (original !== 0n && current === 0n) interpreter.subRefund(clearRefund);
  if (original !== 0n && next === 0n) interpreter.refundGas(clearRefund);
  if (original === next) interpreter.refundGas(original === 0n ? restoreZeroRefund : restoreRefund);
  return warmReadGas;
}

const storeSlot: Run = (frame) => {
  const at = lowest(frame, 2);
  const { state, slotKey } = storageOf(frame);
  state.putSlot(slotKey, frame.stack._store[at] as bigint);
  frame.stack._len = at;
};

// Control flow.

/** The package tells where a jump went wrong, and hashes the whole code for it: a call that fails so costs next to no gas. */
const jump: Run = (frame) => {
  const at = lowest(frame, 1);
  const { stack } = frame;
  const destination = Number(stack._store[at] as bigint);
  if (frame.validJumps[destination] !== 1) halt(INVALID_JUMP);
  stack._len = at;
  frame.programCounter = destination;
};

const jumpIf: Run = (frame) => {
  const at = lowest(frame, 2);
  const { stack } = frame;
  if (stack._store[at] !== 0n) {
    const destination = Number(stack._store[at + 1] as bigint);
    if (frame.validJumps[destination] !== 1) halt(INVALID_JUMP);
    frame.programCounter = destination;
  }
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

// The stack.

// Most of what is pushed has one or two bytes.

const pushByte: Run = (frame) => {
  push(frame, smallWords[frame.code[frame.programCounter] ?? 0] as bigint);
  frame.programCounter += 1;
};

const pushTwoBytes: Run = (frame) => {
  const { code, programCounter: at } = frame;
  push(frame, BigInt(((code[at] ?? 0) << byteBits) | (code[at + 1] ?? 0)));
  frame.programCounter += 2;
};

/** Behind the end of the code there are zeros. */
const pushBytes: Run = (frame, { operand: count }) => {
  const { code, programCounter: from } = frame;
  const bytes = code.subarray(from, from + count);
  const missing = count - bytes.length;
  push(frame, missing === 0 ? wordOfBytes(bytes) : wordOfBytes(bytes) << BigInt(byteBits * missing));
  frame.programCounter += count;
};

const duplicate: Run = (frame, { operand: depth }) =>
  push(frame, frame.stack._store[lowest(frame, depth)] as bigint);

const swap: Run = (frame, { operand: depth }) => {
  const at = lowest(frame, depth + 1);
  const { _store: store, _len: length } = frame.stack;
  const below = store[at] as bigint;
  store[at] = store[length - 1] as bigint;
  store[length - 1] = below;
};

const pop: Run = (frame) => {
  frame.stack._len = lowest(frame, 1);
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

const nothing: Run = () => undefined;

/** From the second to the last: the same instruction with other operands. */
function range(first: number, count: number, instruction: Instruction): [number, Instruction][] {
  return Array.from({ length: count }, (_, i) => [first + i, instruction]);
}

export const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x00, { run: nothing, isLast: true }],
  [0x01, { run: binary(add) }],
  [0x02, { run: binary((a, b) => BigInt.asUintN(wordBits, a * b)) }],
  [0x03, { run: binary((a, b) => (a < b ? a - b + wordLimit : a - b)) }],
  [0x04, { run: binary((a, b) => (b === 0n ? 0n : a / b)) }],
  [0x06, { run: binary((a, b) => (b === 0n ? 0n : a % b)) }],
  [0x10, { run: binary((a, b) => bit(a < b)) }],
  [0x11, { run: binary((a, b) => bit(a > b)) }],
  [0x12, { run: binary((a, b) => bit(signed(a) < signed(b))) }],
  [0x13, { run: binary((a, b) => bit(signed(a) > signed(b))) }],
  [0x14, { run: binary((a, b) => bit(a === b)) }],
  [0x15, { run: unary((a) => bit(a === 0n)) }],
  [0x16, { run: binary((a, b) => a & b) }],
  [0x17, { run: binary((a, b) => a | b) }],
  [0x18, { run: binary((a, b) => a ^ b) }],
  [0x19, { run: unary((a) => wordLimit - 1n - a) }],
  [0x1b, { run: binary((shift, a) => (shift > 255n ? 0n : BigInt.asUintN(wordBits, a << shift))) }],
  [0x1c, { run: binary((shift, a) => (shift > 255n ? 0n : a >> shift)) }],
  [0x20, { run: keccak, gas: hashGas }],
  [0x30, { run: constant(({ env }) => wordOfBytes(env.address.bytes)) }],
  [0x33, { run: constant(({ env }) => wordOfBytes(env.caller.bytes)) }],
  [0x34, { run: constant(({ env }) => env.callValue) }],
  [0x35, { run: loadCallData }],
  [0x36, { run: constant(({ env }) => BigInt(env.callData.length)) }],
  [0x37, { run: copy(({ env }) => env.callData), gas: copyingGas }],
  [0x39, { run: copy(({ env }) => env.code), gas: copyingGas }],
  [0x3d, { run: constant(({ returnBytes }) => BigInt(returnBytes.length)) }],
  [0x3e, { run: copy(({ returnBytes }) => returnBytes), gas: returnDataGas }],
  [0x50, { run: pop }],
  [0x51, { run: loadMemory, gas: wordGas }],
  [0x52, { run: storeMemory, gas: wordGas }],
  [0x53, { run: storeByte, gas: byteGas }],
  [0x54, { run: loadSlot, gas: loadSlotGas, needsStorage: true }],
  [0x55, { run: storeSlot, gas: storeSlotGas, needsStorage: true }],
  [0x56, { run: jump }],
  [0x57, { run: jumpIf }],
  [0x5a, { run: constant(({ gasLeft }) => gasLeft), readsGas: true }],
  [0x5b, { run: nothing }],
  [0x5f, { run: constant(() => 0n) }],
  [0x60, { run: pushByte }],
  [0x61, { run: pushTwoBytes }],
  ...range(0x62, 30, { run: pushBytes }),
  ...range(0x80, 16, { run: duplicate }),
  ...range(0x90, 16, { run: swap }),
  ...range(0xa0, 5, { run: log, gas: logGas }),
  [0xf3, { run: returnRange, gas: rangeGas, isLast: true }],
  [0xfd, { run: revert, gas: rangeGas, readsGas: true }],
]);
