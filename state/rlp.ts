/**
 * RLP (Yellow Paper, appendix B) from the end to the beginning, into one buffer: the length of a list is known when its items stand
 * there. The package makes an array of every item; a block encodes each of its receipts and transactions more than once.
 */

export type RlpItem = Uint8Array | readonly RlpItem[];

const shortString = 0x80;
const longString = 0xb7;
const shortList = 0xc0;
const longList = 0xf7;
/** The longest payload whose length stands in the first byte. */
const maxShortBytes = 55;
const maxHeadBytes = 9;

const initialBytes = 65_536;
/** What is encoded next is rarely larger, and takes a larger buffer for itself. */
const maxKeptBytes = 4_194_304;

let buffer = new Uint8Array(initialBytes);
/** Where what has been written begins. */
let start = buffer.length;

/** The bytes of an item: a string, or a list of items. */
export function encodeRlp(item: RlpItem): Uint8Array {
  start = buffer.length;
  put(item);
  return written();
}

/** The bytes of a list whose items are encoded already. */
export function encodeRlpList(items: readonly Uint8Array[]): Uint8Array {
  start = buffer.length;
  for (let i = items.length - 1; i >= 0; i--) putBytes(items[i] as Uint8Array);
  putHead(buffer.length - start, shortList, longList);
  return written();
}

function written(): Uint8Array {
  const encoded = buffer.slice(start);
  if (buffer.length > maxKeptBytes) buffer = new Uint8Array(initialBytes);
  return encoded;
}

function put(item: RlpItem): void {
  if (item instanceof Uint8Array) {
    putString(item);
    return;
  }
  const fromEnd = buffer.length - start;
  for (let i = item.length - 1; i >= 0; i--) put(item[i] as RlpItem);
  putHead(buffer.length - start - fromEnd, shortList, longList);
}

function putString(bytes: Uint8Array): void {
  const { length } = bytes;
  putBytes(bytes);
  if (length !== 1 || (bytes[0] as number) >= shortString) putHead(length, shortString, longString);
}

function putBytes(bytes: Uint8Array): void {
  reserve(bytes.length);
  start -= bytes.length;
  buffer.set(bytes, start);
}

function putHead(length: number, short: number, long: number): void {
  reserve(maxHeadBytes);
  if (length <= maxShortBytes) {
    start -= 1;
    buffer[start] = short + length;
    return;
  }
  let lengthBytes = 0;
  for (let left = length; left > 0; left = Math.floor(left / 256)) {
    start -= 1;
    buffer[start] = left % 256;
    lengthBytes += 1;
  }
  start -= 1;
  buffer[start] = long + lengthBytes;
}

function reserve(bytes: number): void {
  if (start >= bytes) return;
  const kept = buffer.subarray(start);
  const larger = new Uint8Array(2 * (buffer.length + bytes));
  start = larger.length - kept.length;
  larger.set(kept, start);
  buffer = larger;
}
