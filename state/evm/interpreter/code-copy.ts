import { Address } from "@ethereumjs/util";
import type { Frame, RunState } from "./frame.ts";
import { lowest } from "./instruction.ts";
import { copyFrom } from "./memory-instructions.ts";
import { bytesOfWord } from "./words.ts";

const addressBytes = 20;
const nothing = new Uint8Array(0);

/**
 * EXTCODECOPY, when its gas is paid for and the memory has the room. The package makes an array of numbers of what it copies from
 * behind a code's end, which takes half a second for a million gas.
 */
export async function copyCodeOfOther(state: RunState): Promise<void> {
  const frame = state as unknown as Frame;
  const at = lowest(frame, 4);
  const { stack, stateManager } = frame;
  const { _store: store } = stack;
  const address = new Address(bytesOfWord(store[at + 3] as bigint).slice(-addressBytes));
  const code = store[at] === 0n ? nothing : await stateManager.getCode(address);
  stack._len = at + 3;
  copyFrom(code, frame);
}
