import { type Database, keySpace, type Overlay } from "../database.ts";
import type { TrieNodes } from "./merkle-trie.ts";

/**
 * The stored nodes of the contract lane's tries, and contract code.
 *
 * Every trie has an owner, and its nodes lie under owner and hash. In the tries of one state no such key stands at two places:
 * a node contains what follows of the hashed keys below it, so two places would need two hashed keys with one end. Two
 * contracts with the same storage have the same hashes and different owners. So a node that an update replaces is not needed
 * by anything else of the new state, and nothing has to be counted.
 */

/** Owner and hash -> number of the block that wrote the node last, and its RLP. */
export const trieNodes = keySpace("trie-node");
/** Hash -> code. Code is shared by contracts, and kept for ever. */
const codes = keySpace("contract-code");

const hashBytes = 32;
/** Owners are whole hashes of addresses: with a part of one, somebody could make two contracts that share nodes. */
export const nodeKeyBytes = 2 * hashBytes;
const stampBytes = 6;
/** Of the trie of the accounts. No address is known whose hash is zero. */
const accountsOwner = new Uint8Array(hashBytes);

/** Nodes kept in memory, on average half as many: the upper levels of a large state. */
const maxRecentNodes = 100_000;

/** Why a node may be missing without anything being wrong; undefined if nothing explains it. */
export type WhyMissing = () => Error | undefined;

/** A node of the trie of the accounts as it is stored; undefined if it is not. */
export function storedAccountNode(database: Database, hash: Uint8Array): Uint8Array | undefined {
  return database.get(trieNodes, keyOf(accountsOwner, hash))?.subarray(stampBytes);
}

/** Number of the block that wrote a stored node last. */
export function bornAt(stored: Uint8Array): number {
  return Buffer.from(stored.buffer, stored.byteOffset, stampBytes).readUIntBE(0, stampBytes);
}

/** The nodes of all tries of one state over an overlay, the newest ones in memory. What stands under a key never changes but for its stamp. */
export class StateNodes {
  readonly accounts: OwnedNodes;
  readonly #overlay: Overlay;
  #whyMissing: WhyMissing;
  /** Nodes and code that were read since the last `forget`: they are stored, and in the newest state. */
  readonly #read = new Set<string>();
  readonly #recent = new Map<string, Uint8Array>();
  readonly #dropped = new Map<string, Uint8Array>();
  #blockNumber = 0;

  constructor(overlay: Overlay, whyMissing: WhyMissing = () => undefined) {
    this.#overlay = overlay;
    this.#whyMissing = whyMissing;
    this.accounts = new OwnedNodes(this, accountsOwner);
  }

  /** Nodes of the storage of the account whose address has this hash. */
  storageOf(addressHash: Uint8Array): OwnedNodes {
    return new OwnedNodes(this, addressHash);
  }

  /** Nodes of another state are read from now on. */
  goOn(whyMissing: WhyMissing): void {
    this.#whyMissing = whyMissing;
    this.forget();
  }

  /** What is written from now on belongs to this block. */
  startBlock(number: number): void {
    this.#blockNumber = number;
    this.#dropped.clear();
  }

  /** Keys of the nodes that the state after the block does not have any more, and the one before it had. */
  dropped(): Iterable<Uint8Array> {
    return this.#dropped.values();
  }

  get(key: Uint8Array, id: string): Uint8Array | undefined {
    const recent = this.#recent.get(id);
    if (recent !== undefined) return recent;
    const node = this.#overlay.get(trieNodes, key)?.subarray(stampBytes);
    if (node === undefined) {
      const error = this.#whyMissing();
      if (error !== undefined) throw error;
      return undefined;
    }
    this.#read.add(id);
    this.#recent.set(id, node);
    return node;
  }

  put(key: Uint8Array, id: string, node: Uint8Array): void {
    this.#dropped.delete(id);
    if (this.#read.has(id)) return;
    this.#overlay.put(trieNodes, key, stamped(this.#blockNumber, node));
    this.#recent.set(id, node);
  }

  drop(key: Uint8Array, id: string): void {
    this.#dropped.set(id, key);
    this.#recent.delete(id);
  }

  code(hash: Uint8Array): Uint8Array | undefined {
    const code = this.#overlay.get(codes, hash);
    if (code !== undefined) this.#read.add(idOf(hash));
    return code;
  }

  putCode(hash: Uint8Array, code: Uint8Array): void {
    if (!this.#read.has(idOf(hash))) this.#overlay.put(codes, hash, code);
  }

  /** To be called when the overlay was committed: what is known to be stored may have changed. */
  forget(): void {
    this.#read.clear();
    if (this.#recent.size > maxRecentNodes) this.#recent.clear();
  }
}

/** The nodes of one trie. */
export class OwnedNodes implements TrieNodes {
  readonly state: StateNodes;
  readonly #owner: Uint8Array;
  readonly #ownerId: string;

  constructor(state: StateNodes, owner: Uint8Array) {
    this.state = state;
    this.#owner = owner;
    this.#ownerId = idOf(owner);
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.state.get(keyOf(this.#owner, hash), this.#idOf(hash));
  }

  put(hash: Uint8Array, node: Uint8Array): void {
    this.state.put(keyOf(this.#owner, hash), this.#idOf(hash), node);
  }

  drop(hash: Uint8Array): void {
    this.state.drop(keyOf(this.#owner, hash), this.#idOf(hash));
  }

  #idOf(hash: Uint8Array): string {
    return this.#ownerId + idOf(hash);
  }
}

/** Latin-1 is one character a byte: the cheapest injective map from bytes to a Map key. */
function idOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function keyOf(owner: Uint8Array, hash: Uint8Array): Uint8Array {
  const key = new Uint8Array(nodeKeyBytes);
  key.set(owner);
  key.set(hash, hashBytes);
  return key;
}

function stamped(blockNumber: number, node: Uint8Array): Uint8Array {
  const stored = new Uint8Array(stampBytes + node.length);
  Buffer.from(stored.buffer).writeUIntBE(blockNumber, 0, stampBytes);
  stored.set(node, stampBytes);
  return stored;
}
