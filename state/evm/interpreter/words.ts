/**
 * 256-bit words to bytes and back, big-endian. Four 64-bit halves of a DataView take a tenth of the time that text in hex takes, which
 * is how JavaScript turns bytes into a bigint otherwise.
 */

export const wordBytes = 32;

const limbBytes = 8;
const limbBits = 64n;

/** The view must have 32 bytes from `at` on. */
export function readWord(view: DataView, at: number): bigint {
  const high = view.getBigUint64(at);
  const upper = view.getBigUint64(at + limbBytes);
  const lower = view.getBigUint64(at + 2 * limbBytes);
  const low = view.getBigUint64(at + 3 * limbBytes);
  if (high === 0n && upper === 0n) return lower === 0n ? low : (lower << limbBits) | low;
  return (((((high << limbBits) | upper) << limbBits) | lower) << limbBits) | low;
}

/** Only the low 256 bits are written. The view must have 32 bytes from `at` on. */
export function writeWord(view: DataView, at: number, word: bigint): void {
  view.setBigUint64(at + 3 * limbBytes, word);
  const lower = word >> limbBits;
  view.setBigUint64(at + 2 * limbBytes, lower);
  const upper = lower >> limbBits;
  view.setBigUint64(at + limbBytes, upper);
  view.setBigUint64(at, upper >> limbBits);
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** 32 bytes. */
export function bytesOfWord(word: bigint): Uint8Array {
  const bytes = new Uint8Array(wordBytes);
  writeWord(viewOf(bytes), 0, word);
  return bytes;
}

const scratch = new Uint8Array(wordBytes);
const scratchView = viewOf(scratch);

/** At most 32 bytes, as the number that they are. */
export function wordOfBytes(bytes: Uint8Array): bigint {
  if (bytes.length === wordBytes) return readWord(viewOf(bytes), 0);
  scratch.fill(0, 0, wordBytes - bytes.length);
  scratch.set(bytes, wordBytes - bytes.length);
  return readWord(scratchView, 0);
}
