import { EVMError } from "@ethereumjs/evm";
import type { Frame, RunState } from "./frame.ts";
import { halt, type Instruction, lowest, push, type Run } from "./instruction.ts";
import { memoryInstructions } from "./memory-instructions.ts";
import { storageInstructions } from "./storage-instructions.ts";
import { readWord, viewOf, wordBytes, wordOfBytes } from "./words.ts";

/**
 * The instructions that most of any program consists of, without the package's arrays, texts and promises. Each does what the
 * package's handler of it does; test/unit/evm/interpreter.test.ts compares the two.
 */

const wordBits = 256;
const wordLimit = 1n << 256n;
const byteBits = 8;
const smallWords = Array.from({ length: 256 }, (_, value) => BigInt(value));

const { INVALID_JUMP } = EVMError.errorMessages;

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

/** As the package does it. */
export const byPackage: Run = (frame, { handle }, rules) => {
  handle(frame as unknown as RunState, rules);
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

// The stack. Most of what is pushed has one or two bytes.

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

const nothing: Run = () => undefined;

/** From the second to the last: the same instruction with other operands. */
function range(first: number, count: number, instruction: Instruction): [number, Instruction][] {
  return Array.from({ length: count }, (_, i) => [first + i, instruction]);
}

export const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [0x00, { run: nothing, isLast: true }], // STOP
  [0x01, { run: binary(add) }], // ADD
  [0x02, { run: binary((a, b) => BigInt.asUintN(wordBits, a * b)) }], // MUL
  [0x03, { run: binary((a, b) => (a < b ? a - b + wordLimit : a - b)) }], // SUB
  [0x04, { run: binary((a, b) => (b === 0n ? 0n : a / b)) }], // DIV
  [0x06, { run: binary((a, b) => (b === 0n ? 0n : a % b)) }], // MOD
  [0x10, { run: binary((a, b) => bit(a < b)) }], // LT
  [0x11, { run: binary((a, b) => bit(a > b)) }], // GT
  [0x12, { run: binary((a, b) => bit(signed(a) < signed(b))) }], // SLT
  [0x13, { run: binary((a, b) => bit(signed(a) > signed(b))) }], // SGT
  [0x14, { run: binary((a, b) => bit(a === b)) }], // EQ
  [0x15, { run: unary((a) => bit(a === 0n)) }], // ISZERO
  [0x16, { run: binary((a, b) => a & b) }], // AND
  [0x17, { run: binary((a, b) => a | b) }], // OR
  [0x18, { run: binary((a, b) => a ^ b) }], // XOR
  [0x19, { run: unary((a) => wordLimit - 1n - a) }], // NOT
  [0x1b, { run: binary((shift, a) => (shift > 255n ? 0n : BigInt.asUintN(wordBits, a << shift))) }], // SHL
  [0x1c, { run: binary((shift, a) => (shift > 255n ? 0n : a >> shift)) }], // SHR
  [0x30, { run: constant(({ env }) => wordOfBytes(env.address.bytes)) }], // ADDRESS
  [0x33, { run: constant(({ env }) => wordOfBytes(env.caller.bytes)) }], // CALLER
  [0x34, { run: constant(({ env }) => env.callValue) }], // CALLVALUE
  [0x35, { run: loadCallData }], // CALLDATALOAD
  [0x36, { run: constant(({ env }) => BigInt(env.callData.length)) }], // CALLDATASIZE
  [0x3d, { run: constant(({ returnBytes }) => BigInt(returnBytes.length)) }], // RETURNDATASIZE
  [0x50, { run: pop }], // POP
  [0x56, { run: jump }], // JUMP
  [0x57, { run: jumpIf }], // JUMPI
  [0x5a, { run: constant(({ gasLeft }) => gasLeft), readsGas: true }], // GAS
  [0x5b, { run: nothing }], // JUMPDEST
  [0x5f, { run: constant(() => 0n) }], // PUSH0
  [0x60, { run: pushByte }], // PUSH1
  [0x61, { run: pushTwoBytes }], // PUSH2
  ...range(0x62, 30, { run: pushBytes }), // PUSH3 to PUSH32
  ...range(0x80, 16, { run: duplicate }), // DUP1 to DUP16
  ...range(0x90, 16, { run: swap }), // SWAP1 to SWAP16
  ...memoryInstructions,
  ...storageInstructions,
]);
