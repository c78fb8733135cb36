import { keccak_256 } from "@noble/hashes/sha3.js";
import { fromBytes32 } from "../state/ledger/field.ts";
import { poseidon } from "../state/ledger/poseidon.ts";
import { SdkError } from "./errors.ts";
import { toWord } from "./hex.ts";

/** The upper 248 bits of a name's hash: a field element that stands first in every hash of one use. */
export const hashTag = (name: string): bigint =>
  fromBytes32(keccak_256(new TextEncoder().encode(name))) >> 8n;

const NODE = hashTag("NeuraChain receipts v1: node");
const ROOT = hashTag("NeuraChain receipts v1: root");

const nodeOf = (left: bigint, right: bigint): bigint => poseidon([NODE, left, right]);

/**
 * Heights of the full subtrees that a list of leaves consists of, from left to right: the binary digits of its length. This is
 * the shape of RFC 9162, section 2.1: a longer list has the same full subtrees and more.
 */
function peakHeights(count: number): number[] {
  const heights: number[] = [];
  for (let height = 0, rest = count; rest > 0; height++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) heights.unshift(height);
  }
  return heights;
}

const bagged = (peaks: readonly bigint[]): bigint | undefined =>
  peaks.length === 0 ? undefined : peaks.reduceRight((right, left) => nodeOf(left, right));

/** The length is part of the root, so that a list and its prefix never have the same one. */
const rootOf = (count: number, peaks: readonly bigint[]): bigint =>
  poseidon([ROOT, BigInt(count), bagged(peaks) ?? 0n]);

/** As much of an append-only list of leaves as it takes to append to it and to know its root: one hash per binary digit. */
export class ReceiptFrontier {
  #count: number;
  readonly #peaks: bigint[];

  constructor(count = 0, peaks: readonly bigint[] = []) {
    if (peaks.length !== peakHeights(count).length) {
      throw new SdkError(
        "malformed-message",
        "the state of the receipts is damaged: use the last one that was saved whole",
        `${peakHeights(count).length} peaks`,
        `${peaks.length} peaks`,
      );
    }
    this.#count = count;
    this.#peaks = [...peaks];
  }

  get count(): number {
    return this.#count;
  }

  get peaks(): readonly bigint[] {
    return this.#peaks;
  }

  append(leaf: bigint): void {
    let node = leaf;
    for (let rest = this.#count; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      node = nodeOf(this.#peaks.pop() as bigint, node);
    }
    this.#peaks.push(node);
    this.#count += 1;
  }

  root(): bigint {
    return rootOf(this.#count, this.#peaks);
  }
}

/** An append-only list of leaves with the root of each of its prefixes and proofs that a leaf is in one. */
export class ReceiptTree {
  /** `#levels[height]` are the full subtrees of that height, from left to right. */
  readonly #levels: bigint[][] = [[]];

  get count(): number {
    return this.#levels[0]?.length ?? 0;
  }

  append(leaf: bigint): void {
    let node = leaf;
    for (let height = 0; ; height++) {
      const level = this.#levels[height] ?? [];
      this.#levels[height] = level;
      level.push(node);
      if (level.length % 2 === 1) return;
      node = nodeOf(level.at(-2) as bigint, node);
    }
  }

  /** Root of the first `count` leaves. */
  rootAt(count: number): bigint {
    return rootOf(count, this.#peaksAt(count));
  }

  /** Siblings from leaf `index` up, among the first `count` leaves. */
  path(index: number, count: number): bigint[] {
    if (index >= count) throw new RangeError(`leaf ${index} is not among the first ${count}`);
    const peaks = this.#peaksAt(count);
    const { peak, height } = placeOf(index, count);
    const path: bigint[] = [];
    for (let level = 0, at = index; level < height; level++, at = Math.floor(at / 2)) {
      path.push(this.#node(level, at % 2 === 0 ? at + 1 : at - 1));
    }
    const right = bagged(peaks.slice(peak + 1));
    return [...path, ...(right === undefined ? [] : [right]), ...peaks.slice(0, peak).reverse()];
  }

  #node(height: number, index: number): bigint {
    const node = this.#levels[height]?.[index];
    if (node === undefined) throw new RangeError(`the list has no subtree ${index} of height ${height}`);
    return node;
  }

  #peaksAt(count: number): bigint[] {
    let first = 0;
    return peakHeights(count).map((height) => {
      const node = this.#node(height, first / 2 ** height);
      first += 2 ** height;
      return node;
    });
  }
}

/** In which full subtree a leaf lies, and how high that is. */
function placeOf(index: number, count: number): { peak: number; height: number } {
  let first = 0;
  for (const [peak, height] of peakHeights(count).entries()) {
    first += 2 ** height;
    if (index < first) return { peak, height };
  }
  throw new RangeError(`leaf ${index} is not among the first ${count}`);
}

/** Throws an SdkError "wrong-proof" unless `path` leads from the leaf to the root of a list of `count` leaves. */
export function demandLeaf(
  leaf: bigint,
  index: number,
  count: number,
  path: readonly bigint[],
  root: bigint,
): void {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(count) || index < 0 || index >= count) {
    throw new SdkError("wrong-proof", "the list has no such leaf", `below ${count}`, String(index));
  }
  const { peak, height } = placeOf(index, count);
  const isLastPeak = peak === peakHeights(count).length - 1;
  const length = height + peak + (isLastPeak ? 0 : 1);
  if (path.length !== length) {
    const actual = `${path.length} siblings`;
    throw new SdkError("wrong-proof", "the path has another length", `${length} siblings`, actual);
  }
  let node = leaf;
  let at = index;
  for (const [level, sibling] of path.entries()) {
    const isLeft = level < height ? at % 2 === 0 : level === height && !isLastPeak;
    node = isLeft ? nodeOf(node, sibling) : nodeOf(sibling, node);
    at = Math.floor(at / 2);
  }
  const actual = poseidon([ROOT, BigInt(count), node]);
  if (actual === root) return;
  throw new SdkError("wrong-proof", "the path leads to another root", toWord(root), toWord(actual));
}
