import { viewOf, wordBytes } from "./words.ts";

/** What words cost in the end is their square, divided by this (yellow paper, appendix H). */
export const memoryQuotient = 512;

const initialBytes = 4_096;
const maxPooled = 64;

/** Of ended frames, all zero. */
const pool: Uint8Array[] = [];

/**
 * The memory of one frame, with the interface of the package's, which allocates 8 KiB for every call. Most frames stay below
 * `initialBytes`, and take theirs from frames that have ended.
 */
export class FrameMemory {
  /** The package's name: its handlers and its steps read it. */
  _store: Uint8Array;
  view: DataView;
  /** What has been paid for. */
  words = 0;
  /** More than the frame can ever pay for. */
  readonly #maxBytes: number;

  constructor(gas: bigint) {
    this.#maxBytes = wordBytes * Math.ceil(Math.sqrt(memoryQuotient * Number(gas)));
    this._store = pool.pop() ?? new Uint8Array(initialBytes);
    this.view = viewOf(this._store);
  }

  /** Room for `size` bytes from `offset` on. */
  extend(offset: number, size: number): void {
    const needed = offset + size;
    if (size === 0 || needed <= this._store.length) return;
    const bytes = Math.max(2 * this._store.length, Math.ceil(needed / wordBytes) * wordBytes);
    const store = new Uint8Array(bytes);
    store.set(this._store);
    this._store = store;
    this.view = viewOf(store);
  }

  /** To so many words, which are paid for. */
  resize(words: number): void {
    this.words = words;
    this.extend(0, words * wordBytes);
  }

  write(offset: number, size: number, value: Uint8Array): void {
    if (size === 0) return;
    this.extend(offset, size);
    this._store.set(value, offset);
  }

  /** Nothing where there cannot be anything: the package shows what REVERT would return before that is paid for. */
  read(offset: number, size: number, avoidCopy?: boolean): Uint8Array {
    if (offset + size > this.#maxBytes) return new Uint8Array(0);
    this.extend(offset, size);
    const end = offset + size;
    return avoidCopy === true ? this._store.subarray(offset, end) : this._store.slice(offset, end);
  }

  /** To be called when the frame has ended, and nobody looks at its memory any more. */
  release(): void {
    if (this._store.length !== initialBytes || pool.length >= maxPooled) return;
    pool.push(this._store.fill(0));
  }
}
