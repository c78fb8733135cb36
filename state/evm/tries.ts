import { MerklePatriciaTrie, type MPTOpts } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { type BatchDBOp, type DB, KECCAK256_RLP, ValueEncoding } from "@ethereumjs/util";
import { type Database, Overlay } from "../database.ts";
import type { ChainRules } from "./chain-rules.ts";
import { MissingNodeError, readTrie, type TrieNodes, updateTrie } from "./merkle-trie.ts";
import { type OwnedNodes, StateNodes, type WhyMissing } from "./trie-nodes.ts";

/** Merkle Patricia tries of the contract lane over the node's database. The only importer of the trie package. */

const hashBytes = 32;
const bytesOf = (key: string): Uint8Array => Buffer.from(key, "hex");

/** The package asks for code in the same way as for nodes, under "c" and its hash. */
const isCode = (key: Uint8Array): boolean => key.length === 1 + hashBytes;

/** The nodes as the trie package asks for them: keys arrive as unprefixed hex strings, values as bytes. */
class PackageNodes implements DB<string, string | Uint8Array> {
  readonly #nodes: OwnedNodes;

  constructor(nodes: OwnedNodes) {
    this.#nodes = nodes;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const bytes = bytesOf(key);
    return isCode(bytes) ? this.#nodes.state.code(bytes.subarray(1)) : this.#nodes.get(bytes);
  }

  /** A trie checkpoint writes back what it read; those writes are dropped. */
  async put(key: string, value: string | Uint8Array): Promise<void> {
    const bytes = bytesOf(key);
    if (isCode(bytes)) this.#nodes.state.putCode(bytes.subarray(1), value as Uint8Array);
    else this.#nodes.put(bytes, value as Uint8Array);
  }

  /** A trie checkpoint deletes what it did not find; of anything else the package deletes nothing. */
  async del(): Promise<void> {}

  async batch(operations: BatchDBOp<string, string | Uint8Array>[]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === "put") await this.put(operation.key, operation.value);
    }
  }

  shallowCopy(): PackageNodes {
    return this;
  }

  async open(): Promise<void> {}
}

/** A trie of the package that reads stored values without the package's walk, which takes ten times as long. */
export class StoredTrie extends MerklePatriciaTrie {
  readonly #nodes: OwnedNodes;

  constructor(nodes: OwnedNodes, options: MPTOpts) {
    super({ ...options, db: new PackageNodes(nodes) });
    this.#nodes = nodes;
  }

  /** Throws when a node is missing, whether the package would or not: a missing node is no missing value. */
  override async get(key: Uint8Array): Promise<Uint8Array | null> {
    try {
      return readTrie(this.#nodes, this.root(), this.appliedKey(key)) ?? null;
    } catch (error) {
      if (!(error instanceof MissingNodeError)) throw error;
      // Of what it has changed itself the package may have nodes that are not stored yet.
      return super.get(key, true);
    }
  }

  /** The storage of the account whose address has this hash. */
  storageTrie(addressHash: Uint8Array, root: Uint8Array = KECCAK256_RLP): StoredTrie {
    return new StoredTrie(this.#nodes.state.storageOf(addressHash), { ...this._opts, root });
  }
}

export interface StateTrie {
  readonly trie: StoredTrie;
  readonly nodes: StateNodes;
}

/** A state that is in the database, or has been until it was pruned. */
export interface StoredState {
  readonly database: Database;
  readonly rules: ChainRules;
  readonly stateRoot: Uint8Array;
  readonly whyMissing: WhyMissing;
}

/** The state trie at a root; its nodes go to the overlay and reach the disk with the overlay's commit. */
export function openStateTrie(
  overlay: Overlay,
  rules: ChainRules,
  { stateRoot, whyMissing }: Partial<Pick<StoredState, "stateRoot" | "whyMissing">> = {},
): StateTrie {
  const nodes = new StateNodes(overlay, whyMissing);
  const trie = new StoredTrie(nodes.accounts, {
    valueEncoding: ValueEncoding.Bytes,
    useKeyHashing: true,
    common: rules,
    ...(stateRoot === undefined ? {} : { root: stateRoot }),
  });
  return { trie, nodes };
}

/** A state trie for reading an old or the latest state: what execution writes lands in a throwaway overlay. */
export function openScratchTrie(state: StoredState): StateTrie {
  return openStateTrie(new Overlay(state.database), state.rules, state);
}

const noNodes: TrieNodes = { get: () => undefined, put: () => undefined, drop: () => undefined };

/** Root of the trie from RLP(index) to item: transactionsRoot and receiptsRoot of a block header. */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  return updateTrie(
    noNodes,
    KECCAK256_RLP,
    items.map((value, index) => ({ key: RLP.encode(index), value })),
  );
}
