import { createMerkleProof, MerklePatriciaTrie } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { type BatchDBOp, type DB, KECCAK256_RLP, ValueEncoding } from "@ethereumjs/util";
import { type Database, keySpace, Overlay } from "../database.ts";
import { type ChainRules, keccak256 } from "./chain-rules.ts";

/** Merkle Patricia tries of the contract lane over the node's database. The only importer of the trie package. */

/** Trie nodes under their hash, and contract code under "c" + its hash. Nothing is ever overwritten or pruned. */
export const stateNodes = keySpace("state-node");

/** Nodes of the trie kept decoded-ready in memory: the upper levels of a large state. */
const nodeCacheEntries = 50_000;

/** Lets tries read and write an overlay. Keys arrive as unprefixed hex strings, values as bytes. */
class OverlayNodes implements DB<string, string | Uint8Array> {
  readonly #overlay: Overlay;
  /** Nodes read since the last `forget`. A trie checkpoint writes back what it read; those writes are dropped. */
  readonly #read = new Set<string>();

  constructor(overlay: Overlay) {
    this.#overlay = overlay;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const node = this.#overlay.get(stateNodes, Buffer.from(key, "hex"));
    if (node !== undefined) this.#read.add(key);
    return node;
  }

  async put(key: string, value: string | Uint8Array): Promise<void> {
    if (this.#read.has(key)) return; // the key is the hash of the value: it cannot differ
    this.#overlay.put(stateNodes, Buffer.from(key, "hex"), value as Uint8Array);
  }

  async del(key: string): Promise<void> {
    this.#overlay.del(stateNodes, Buffer.from(key, "hex"));
  }

  async batch(operations: BatchDBOp<string, string | Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === "put") await this.put(operation.key, operation.value);
      else await this.del(operation.key);
    }
  }

  shallowCopy(): OverlayNodes {
    return this; // storage tries share the overlay of their state trie
  }

  async open(): Promise<void> {}

  /** To be called when the overlay was committed or discarded: what is known to be stored may have changed. */
  forget(): void {
    this.#read.clear();
  }
}

export interface StateTrie {
  readonly trie: MerklePatriciaTrie;
  readonly forgetReads: () => void;
}

/** The state trie at a root; its nodes go to the overlay and reach the disk with the overlay's commit. */
export function openStateTrie(overlay: Overlay, rules: ChainRules, stateRoot?: Uint8Array): StateTrie {
  const nodes = new OverlayNodes(overlay);
  const trie = new MerklePatriciaTrie({
    db: nodes,
    valueEncoding: ValueEncoding.Bytes,
    useKeyHashing: true,
    cacheSize: nodeCacheEntries,
    common: rules,
    ...(stateRoot === undefined ? {} : { root: stateRoot }),
  });
  return { trie, forgetReads: () => nodes.forget() };
}

/** A state trie for reading an old or the latest state: what execution writes lands in a throwaway overlay. */
export function openScratchTrie(
  database: Database,
  rules: ChainRules,
  stateRoot: Uint8Array,
): MerklePatriciaTrie {
  return new MerklePatriciaTrie({
    db: new OverlayNodes(new Overlay(database)),
    valueEncoding: ValueEncoding.Bytes,
    useKeyHashing: true,
    common: rules,
    root: stateRoot,
  });
}

/** The nodes from the root to a key, or to where it would be. */
export function proofOf(trie: MerklePatriciaTrie, key: Uint8Array): Promise<Uint8Array[]> {
  return createMerkleProof(trie, key);
}

type Rlp = Uint8Array | Rlp[];

/**
 * Drops the pending nodes that the trie under `stateRoot` does not contain. Every account update writes a new
 * path up to a new root, so of the nodes that a large block produces most are dead before it ends.
 */
export function dropDeadNodes(overlay: Overlay, stateRoot: Uint8Array): void {
  const live = new Set<string>();
  const visit = (hash: Uint8Array, isAccountTrie: boolean): void => {
    const id = Buffer.from(hash).toString("latin1");
    if (live.has(id)) return;
    const node = overlay.pending(stateNodes, hash);
    if (node === undefined) return; // already on the disk, and so is everything below it
    live.add(id);
    visitNode(RLP.decode(node) as Rlp[], isAccountTrie);
  };
  const visitNode = (node: Rlp[], isAccountTrie: boolean): void => {
    const isBranch = node.length === 17;
    const isLeaf = !isBranch && ((node[0] as Uint8Array)[0] as number) >= 0x20; // hex-prefix terminator flag
    if (isLeaf) {
      if (!isAccountTrie) return;
      const [, , storageRoot, codeHash] = RLP.decode(node[1] as Uint8Array) as Uint8Array[];
      visit(storageRoot as Uint8Array, false);
      live.add(Buffer.from(Uint8Array.of(0x63, ...(codeHash as Uint8Array))).toString("latin1"));
      return;
    }
    for (const child of isBranch ? node.slice(0, 16) : node.slice(1)) {
      if (Array.isArray(child))
        visitNode(child, isAccountTrie); // a node below 32 bytes is stored in its parent
      else if (child.length === 32) visit(child, isAccountTrie);
    }
  };
  visit(stateRoot, true);
  overlay.retain(stateNodes, (key) => live.has(Buffer.from(key).toString("latin1")));
}

/** Root of the trie from RLP(index) to item: transactionsRoot and receiptsRoot of a block header. */
export async function orderedRoot(items: readonly Uint8Array[]): Promise<Uint8Array> {
  if (items.length === 0) return KECCAK256_RLP;
  const trie = new MerklePatriciaTrie({ useKeyHashingFunction: keccak256 });
  for (const [index, item] of items.entries()) await trie.put(RLP.encode(index), item);
  return trie.root();
}
