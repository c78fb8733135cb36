import { intToUnpaddedBytes, KECCAK256_RLP } from "@ethereumjs/util";
import { encodeRlp, encodeRlpList } from "../rlp.ts";
import { keccak256 } from "./chain-rules.ts";

/**
 * Reads a key of a Merkle Patricia trie, and changes many at once. Every node on the changed paths is read once, hashed once
 * and written once; the trie package does so for every key, and most of what it writes is dead before the block ends.
 *
 * A child stands in its parent as the bytes of its RLP item: 0x80 for none, 33 bytes for the hash of a node, or, below 32
 * bytes, the node itself. Children that have changed stand there as nodes until the whole update is sealed.
 */

/** Stored nodes of one trie: RLP under keccak256 of it. */
export interface TrieNodes {
  get(hash: Uint8Array): Uint8Array | undefined;
  put(hash: Uint8Array, node: Uint8Array): void;
  /** The trie has the node no more. */
  drop(hash: Uint8Array): void;
}

type ReadNodes = Pick<TrieNodes, "get">;

/** No key may be the beginning of another one. */
export interface TrieChange {
  readonly key: Uint8Array;
  /** Undefined deletes the key. */
  readonly value: Uint8Array | undefined;
}

/** A node that the trie names is not stored. */
export class MissingNodeError extends Error {
  readonly code = "TRIE_NODE_MISSING";
  constructor(hash: Uint8Array) {
    super(
      `the trie node 0x${Buffer.from(hash).toString("hex")} is not in the database: it is damaged; restore a copy of it, or start from an empty one`,
    );
  }
}

/** One element for each four bits. */
type Nibbles = Uint8Array;

interface Leaf {
  readonly kind: "leaf";
  readonly path: Nibbles;
  readonly value: Uint8Array;
}

interface Extension {
  readonly kind: "extension";
  readonly path: Nibbles;
  readonly child: Child;
}

interface Branch {
  readonly kind: "branch";
  readonly children: readonly Child[];
}

type Node = Leaf | Extension | Branch;
type Child = Uint8Array | Node;

interface Change {
  readonly path: Nibbles;
  readonly value: Uint8Array | undefined;
}

/** Latin-1 is one character a byte: the cheapest injective map from bytes to a Map key. */
const idOf = (hash: Uint8Array): string =>
  Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString("latin1");

const hashBytes = 32;
const branchWidth = 16;
const nothing = Uint8Array.of(0x80);

/**
 * The root of the trie under `root` after the changes, whose nodes are put into `nodes`; those that they replace are dropped
 * there. Later changes of a key win. No node may stand at two places of the trie.
 */
export function updateTrie(nodes: TrieNodes, root: Uint8Array, changes: readonly TrieChange[]): Uint8Array {
  const read = new Map<string, Uint8Array>();
  const put = (hash: Uint8Array, node: Uint8Array): void => {
    read.delete(idOf(hash));
    nodes.put(hash, node);
  };
  const get = (hash: Uint8Array): Uint8Array | undefined => {
    read.set(idOf(hash), hash);
    return nodes.get(hash);
  };
  const updated = updatedRoot(new Trie({ get }, put), root, changes, put);
  // All of the old trie that the changes touch was read; what is still in the new one was put again.
  for (const hash of read.values()) nodes.drop(hash);
  return updated;
}

function updatedRoot(trie: Trie, root: Uint8Array, changes: readonly TrieChange[], put: Put): Uint8Array {
  const updated = trie.update(trie.root(root), sorted(changes), 0);
  if (updated === undefined) return KECCAK256_RLP;
  const bytes = trie.sealed(updated);
  const hash = keccak256(bytes);
  put(hash, bytes);
  return hash;
}

/** The value of a key in the trie under `root`; undefined if it has none. Throws `MissingNodeError`. */
export function readTrie(nodes: ReadNodes, root: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  const path = nibblesOf(key);
  const trie = new Trie(nodes);
  let depth = 0;
  for (let node = trie.root(root); node !== undefined; ) {
    if (node.kind === "branch") {
      node = trie.node(node.children[path[depth++] as number]);
      continue;
    }
    const rest = path.subarray(depth);
    if (node.kind === "leaf") return Buffer.compare(rest, node.path) === 0 ? node.value : undefined;
    if (sharedLength(rest, node.path) < node.path.length) return undefined;
    depth += node.path.length;
    node = trie.node(node.child);
  }
  return undefined;
}

/**
 * RLP of the stored nodes from the root to a key, or to where it would be, as EIP-1186 has them: nodes that stand in their
 * parents are not listed again. Throws `MissingNodeError`.
 */
export function proofOf(nodes: ReadNodes, root: Uint8Array, key: Uint8Array): Uint8Array[] {
  const proof: Uint8Array[] = [];
  const get = (hash: Uint8Array): Uint8Array | undefined => {
    const node = nodes.get(hash);
    if (node !== undefined) proof.push(node);
    return node;
  };
  readTrie({ get }, root, key);
  return proof;
}

const noNodes: TrieNodes = { get: () => undefined, put: () => undefined, drop: () => undefined };

/** Root of the trie from RLP(index) to item: transactionsRoot and receiptsRoot of a block header. */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  const changes = items.map((value, index) => ({ key: encodeRlp(intToUnpaddedBytes(index)), value }));
  return updateTrie(noNodes, KECCAK256_RLP, changes);
}

type Put = TrieNodes["put"];

class Trie {
  readonly #nodes: ReadNodes;
  readonly #put: Put;

  /** Without `put` it is for reading only. */
  constructor(nodes: ReadNodes, put: Put = () => undefined) {
    this.#nodes = nodes;
    this.#put = put;
  }

  root(hash: Uint8Array): Node | undefined {
    return Buffer.compare(hash, KECCAK256_RLP) === 0 ? undefined : this.#stored(hash);
  }

  /** The node after the changes below it; `depth` nibbles of their paths lead to it. */
  update(node: Node | undefined, changes: readonly Change[], depth: number): Node | undefined {
    if (changes.length === 0) return node;
    if (node === undefined) return built(puts(changes), depth);
    if (node.kind === "branch") return this.#updateBranch(node, changes, depth);
    if (node.kind === "leaf") return updatedLeaf(node, changes, depth);
    return this.#updateExtension(node, changes, depth);
  }

  /** RLP of the node; what has changed below it is stored. */
  sealed(node: Node): Uint8Array {
    if (node.kind === "branch") {
      return encodeRlpList([...node.children.map((child) => this.#item(child)), nothing]);
    }
    const isLeaf = node.kind === "leaf";
    const target = isLeaf ? encodeRlp(node.value) : this.#item(node.child);
    return encodeRlpList([encodeRlp(compact(node.path, isLeaf)), target]);
  }

  #item(child: Child): Uint8Array {
    if (child instanceof Uint8Array) return child;
    const bytes = this.sealed(child);
    if (bytes.length < hashBytes) return bytes;
    const hash = keccak256(bytes);
    this.#put(hash, bytes);
    return encodeRlp(hash);
  }

  #stored(hash: Uint8Array): Node {
    const bytes = this.#nodes.get(hash);
    if (bytes === undefined) throw new MissingNodeError(hash);
    return decoded(bytes);
  }

  /** What a child stands for. */
  node(child: Child | undefined): Node | undefined {
    if (child === undefined || child === nothing) return undefined;
    if (!(child instanceof Uint8Array)) return child;
    if (child.length === 1) return undefined;
    return child.length === 1 + hashBytes ? this.#stored(child.subarray(1)) : decoded(child);
  }

  #updateBranch(branch: Branch, changes: readonly Change[], depth: number): Node | undefined {
    const children = [...branch.children];
    for (let from = 0; from < changes.length; ) {
      const nibble = nibbleOf(changes[from], depth);
      let to = from + 1;
      while (to < changes.length && nibbleOf(changes[to], depth) === nibble) to++;
      const child = this.node(children[nibble]);
      children[nibble] = this.update(child, changes.slice(from, to), depth + 1) ?? nothing;
      from = to;
    }
    const used = children.flatMap((child, nibble) => (isNothing(child) ? [] : [nibble]));
    if (used.length > 1) return { kind: "branch", children };
    const [only] = used;
    if (only === undefined) return undefined;
    return below(Uint8Array.of(only), this.node(children[only]) as Node);
  }

  #updateExtension(extension: Extension, changes: readonly Change[], depth: number): Node | undefined {
    const { path, child } = extension;
    const shared = changes.map((change) => sharedLength(path, change.path.subarray(depth)));
    const forks = shared.filter((length, i) => length < path.length && changes[i]?.value !== undefined);
    if (forks.length === 0) {
      const within = changes.filter((_, i) => shared[i] === path.length);
      if (within.length === 0) return extension;
      const updated = this.update(this.node(child), within, depth + path.length);
      return updated === undefined ? undefined : below(path, updated);
    }
    const fork = Math.min(...forks);
    const rest = path.subarray(fork + 1);
    const children: Child[] = new Array(branchWidth).fill(nothing);
    children[path[fork] as number] = rest.length === 0 ? child : { kind: "extension", path: rest, child };
    // What leaves the path before the fork deletes keys that are not there.
    const within = changes.filter((_, i) => (shared[i] as number) >= fork);
    const updated = this.#updateBranch({ kind: "branch", children }, within, depth + fork) as Node;
    return below(path.subarray(0, fork), updated);
  }
}

function updatedLeaf(leaf: Leaf, changes: readonly Change[], depth: number): Node | undefined {
  const isLeafs = ({ path }: Change) => Buffer.compare(path.subarray(depth), leaf.path) === 0;
  const others = puts(changes.filter((change) => !isLeafs(change)));
  const own = changes.find(isLeafs);
  if (others.length === 0) {
    if (own === undefined) return leaf;
    return own.value === undefined ? undefined : { ...leaf, value: own.value };
  }
  if (own?.value === undefined && own !== undefined) return built(others, depth);
  const start = (changes[0] as Change).path.subarray(0, depth);
  const kept = own ?? { path: joined(start, leaf.path), value: leaf.value };
  return built(byPath([...others, kept]), depth);
}

/** A trie of nothing but these. */
function built(changes: readonly Change[], depth: number): Node | undefined {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const path = first.path.subarray(depth);
  if (changes.length === 1) return { kind: "leaf", path, value: first.value as Uint8Array };
  // They are in order, so what the outermost share all share.
  const shared = sharedLength(path, last.path.subarray(depth));
  const fork = depth + shared;
  const children: Child[] = new Array(branchWidth).fill(nothing);
  for (let from = 0; from < changes.length; ) {
    const nibble = nibbleOf(changes[from], fork);
    let to = from + 1;
    while (to < changes.length && nibbleOf(changes[to], fork) === nibble) to++;
    children[nibble] = built(changes.slice(from, to), fork + 1) as Node;
    from = to;
  }
  return below(path.subarray(0, shared), { kind: "branch", children });
}

/** The node at the end of a path that nothing else uses. */
function below(path: Nibbles, node: Node): Node {
  if (path.length === 0) return node;
  if (node.kind === "branch") return { kind: "extension", path, child: node };
  return { ...node, path: joined(path, node.path) };
}

const isNothing = (child: Child): boolean => child instanceof Uint8Array && child.length === 1;
const puts = (changes: readonly Change[]) => changes.filter(({ value }) => value !== undefined);
const byPath = (changes: Change[]) => changes.sort((a, b) => Buffer.compare(a.path, b.path));

function nibbleOf(change: Change | undefined, depth: number): number {
  const nibble = change?.path[depth];
  if (nibble === undefined) throw new RangeError("a key of the trie is the beginning of another one");
  return nibble;
}

function sorted(changes: readonly TrieChange[]): Change[] {
  const all = byPath(changes.map(({ key, value }) => ({ path: nibblesOf(key), value })));
  return all.filter(({ path }, i) => {
    const next = all[i + 1];
    return next === undefined || Buffer.compare(path, next.path) !== 0;
  });
}

function nibblesOf(key: Uint8Array): Nibbles {
  const nibbles = new Uint8Array(2 * key.length);
  for (const [i, byte] of key.entries()) {
    nibbles[2 * i] = byte >> 4;
    nibbles[2 * i + 1] = byte & 15;
  }
  return nibbles;
}

function joined(a: Nibbles, b: Nibbles): Nibbles {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function sharedLength(a: Nibbles, b: Nibbles): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

/** Nibbles as bytes, with what they lead to in the first nibble (hex-prefix encoding, yellow paper appendix C). */
function compact(path: Nibbles, isLeaf: boolean): Uint8Array {
  const isOdd = path.length % 2;
  const bytes = new Uint8Array(1 + (path.length >> 1));
  bytes[0] = (isLeaf ? 0x20 : 0) | (isOdd === 1 ? 0x10 | (path[0] as number) : 0);
  for (let i = 1; i < bytes.length; i++) {
    const at = 2 * i - 2 + isOdd;
    bytes[i] = ((path[at] as number) << 4) | (path[at + 1] as number);
  }
  return bytes;
}

function decoded(bytes: Uint8Array): Node {
  const items = itemsOf(bytes);
  if (items.length === branchWidth + 1) return { kind: "branch", children: items.slice(0, branchWidth) };
  const [head, payload] = items as [Uint8Array, Uint8Array];
  const prefix = stringOf(head);
  const nibbles = nibblesOf(prefix);
  const isOdd = ((prefix[0] as number) & 0x10) !== 0;
  const path = nibbles.subarray(isOdd ? 1 : 2);
  const isLeaf = ((prefix[0] as number) & 0x20) !== 0;
  return isLeaf
    ? { kind: "leaf", path, value: stringOf(payload) }
    : { kind: "extension", path, child: payload };
}

/** Where the content of the RLP item at `start` begins and ends. */
function boundsOf(bytes: Uint8Array, start: number): { readonly from: number; readonly to: number } {
  const first = bytes[start] as number;
  if (first < 0x80) return { from: start, to: start + 1 };
  const base = first < 0xc0 ? 0x80 : 0xc0;
  if (first < base + 0x38) return { from: start + 1, to: start + 1 + first - base };
  const lengthBytes = first - base - 0x37;
  let length = 0;
  for (let i = 1; i <= lengthBytes; i++) length = length * 256 + (bytes[start + i] as number);
  const from = start + 1 + lengthBytes;
  return { from, to: from + length };
}

function itemsOf(bytes: Uint8Array): Uint8Array[] {
  const { from, to } = boundsOf(bytes, 0);
  const items: Uint8Array[] = [];
  for (let start = from; start < to; ) {
    const end = boundsOf(bytes, start).to;
    items.push(bytes.subarray(start, end));
    start = end;
  }
  return items;
}

function stringOf(item: Uint8Array): Uint8Array {
  const { from, to } = boundsOf(item, 0);
  return item.subarray(from, to);
}
