import { createMerkleProof, MerklePatriciaTrie, type MPTOpts } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { type BatchDBOp, type DB, KECCAK256_RLP, ValueEncoding } from "@ethereumjs/util";
import { type Database, keySpace, Overlay } from "../database.ts";
import type { ChainRules } from "./chain-rules.ts";
import { MissingNodeError, readTrie, type TrieNodes, updateTrie } from "./merkle-trie.ts";

/** Merkle Patricia tries of the contract lane over the node's database. The only importer of the trie package. */

/** Trie nodes under their hash, and contract code under "c" + its hash. Nothing is ever overwritten or pruned. */
export const stateNodes = keySpace("state-node");

/** Nodes kept in memory, on average half as many: the upper levels of a large state. */
const maxRecentNodes = 100_000;

/** The nodes of an overlay, the newest ones in memory. What stands under a hash never changes. */
export class OverlayNodes implements TrieNodes {
  readonly #overlay: Overlay;
  /** Nodes read since the last `forget`: they are stored. */
  readonly #read = new Set<string>();
  readonly #recent = new Map<string, Uint8Array>();

  constructor(overlay: Overlay) {
    this.#overlay = overlay;
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    const id = idOf(hash);
    const recent = this.#recent.get(id);
    if (recent !== undefined) return recent;
    const node = this.#overlay.get(stateNodes, hash);
    if (node === undefined) return undefined;
    this.#read.add(id);
    this.#recent.set(id, node);
    return node;
  }

  put(hash: Uint8Array, node: Uint8Array): void {
    const id = idOf(hash);
    if (this.#read.has(id)) return;
    this.#overlay.put(stateNodes, hash, node);
    this.#recent.set(id, node);
  }

  del(hash: Uint8Array): void {
    this.#overlay.del(stateNodes, hash);
    this.#recent.delete(idOf(hash));
  }

  /** To be called when the overlay was committed: what is known to be stored may have changed. */
  forget(): void {
    this.#read.clear();
    if (this.#recent.size > maxRecentNodes) this.#recent.clear();
  }
}

/** Latin-1 is one character a byte: the cheapest injective map from bytes to a Map key. */
const idOf = (hash: Uint8Array): string => Buffer.from(hash).toString("latin1");
const bytesOf = (key: string): Uint8Array => Buffer.from(key, "hex");

/** The nodes as the trie package asks for them: keys arrive as unprefixed hex strings, values as bytes. */
class PackageNodes implements DB<string, string | Uint8Array> {
  readonly #nodes: OverlayNodes;

  constructor(nodes: OverlayNodes) {
    this.#nodes = nodes;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#nodes.get(bytesOf(key));
  }

  /** A trie checkpoint writes back what it read; those writes are dropped. */
  async put(key: string, value: string | Uint8Array): Promise<void> {
    this.#nodes.put(bytesOf(key), value as Uint8Array);
  }

  async del(key: string): Promise<void> {
    this.#nodes.del(bytesOf(key));
  }

  async batch(operations: BatchDBOp<string, string | Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === "put") await this.put(operation.key, operation.value);
      else await this.del(operation.key);
    }
  }

  shallowCopy(): PackageNodes {
    return this; // storage tries share the overlay of their state trie
  }

  async open(): Promise<void> {}
}

/** A trie of the package that reads stored values without the package's walk, which takes ten times as long. */
class StoredTrie extends MerklePatriciaTrie {
  readonly #nodes: OverlayNodes;

  constructor(nodes: OverlayNodes, options: MPTOpts) {
    super(options);
    this.#nodes = nodes;
  }

  override async get(key: Uint8Array, throwIfMissing?: boolean): Promise<Uint8Array | null> {
    try {
      return readTrie(this.#nodes, this.root(), this.appliedKey(key)) ?? null;
    } catch (error) {
      // Of what it has changed itself the package may have nodes that are not stored yet.
      if (error instanceof MissingNodeError) return super.get(key, throwIfMissing);
      throw error;
    }
  }

  /** For storage tries, which share the nodes of their state trie. */
  override shallowCopy(...[, options]: Parameters<MerklePatriciaTrie["shallowCopy"]>): StoredTrie {
    return new StoredTrie(this.#nodes, { ...this._opts, ...options, db: this._db.db, root: this.root() });
  }
}

export interface StateTrie {
  readonly trie: MerklePatriciaTrie;
  readonly nodes: OverlayNodes;
}

/** The state trie at a root; its nodes go to the overlay and reach the disk with the overlay's commit. */
export function openStateTrie(overlay: Overlay, rules: ChainRules, stateRoot?: Uint8Array): StateTrie {
  const nodes = new OverlayNodes(overlay);
  const trie = new StoredTrie(nodes, {
    db: new PackageNodes(nodes),
    valueEncoding: ValueEncoding.Bytes,
    useKeyHashing: true,
    common: rules,
    ...(stateRoot === undefined ? {} : { root: stateRoot }),
  });
  return { trie, nodes };
}

/** A state trie for reading an old or the latest state: what execution writes lands in a throwaway overlay. */
export function openScratchTrie(
  database: Database,
  rules: ChainRules,
  stateRoot: Uint8Array,
): MerklePatriciaTrie {
  return openStateTrie(new Overlay(database), rules, stateRoot).trie;
}

/** The nodes from the root to a key, or to where it would be. */
export function proofOf(trie: MerklePatriciaTrie, key: Uint8Array): Promise<Uint8Array[]> {
  return createMerkleProof(trie, key);
}

const noNodes: TrieNodes = { get: () => undefined, put: () => undefined };

/** Root of the trie from RLP(index) to item: transactionsRoot and receiptsRoot of a block header. */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  return updateTrie(
    noNodes,
    KECCAK256_RLP,
    items.map((value, index) => ({ key: RLP.encode(index), value })),
  );
}
