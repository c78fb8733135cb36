import { EVMError } from "@ethereumjs/evm";
import type { Frame, FrameStorage, Interpreter } from "./frame.ts";
import { type Gas, halt, type Instruction, lowest, type Run } from "./instruction.ts";

/** SLOAD and SSTORE on the lane's state. Prices: EIP-2200 as changed by EIP-2929 and EIP-3529. */

const { OUT_OF_GAS, STATIC_STATE_CHANGE } = EVMError.errorMessages;

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

export const storageInstructions: readonly (readonly [code: number, Instruction])[] = [
  [0x54, { run: loadSlot, gas: loadSlotGas, needsStorage: true }], // SLOAD
  [0x55, { run: storeSlot, gas: storeSlotGas, needsStorage: true }], // SSTORE
];
