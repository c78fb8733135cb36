import { LeafMPTNode, MerklePatriciaTrie } from "@ethereumjs/mpt";
import { createAccountFromRLP, type DB, equalsBytes, ValueEncoding } from "@ethereumjs/util";
import { type Database, Overlay } from "../database.ts";
import { hexOf } from "./bytes.ts";
import { type OwnedNodes, StateNodes } from "./trie-nodes.ts";
import type { Hex } from "./types.ts";

/**
 * A second opinion on a state root. The lane's own trie makes every root, so a mistake of it would be in every node that runs this
 * software. Here the package's trie reads all that is stored under a root, and makes the roots once more, one key after the other.
 */

/** The package's trie comes to another root. */
export class StateRootError extends Error {
  readonly code = "STATE_ROOT_DIFFERS";
  constructor(
    /** The state, or the hash of the account's address whose storage it is. */
    readonly of: string,
    readonly expected: Hex,
    readonly actual: Hex,
  ) {
    super(
      `the root of ${of} is ${actual} by a second implementation, expected ${expected}: ` +
        "one of both has a defect; do not rely on this state, and report it",
    );
  }
}

/** What is under a root. */
export interface StateSize {
  readonly accounts: number;
  readonly slots: number;
}

type Entry = readonly [hashedKey: Uint8Array, value: Uint8Array];

/** Counts the accounts and slots of a stored state. Throws a StateRootError, or of missing nodes what the package throws. */
export async function auditState(database: Database, stateRoot: Uint8Array): Promise<StateSize> {
  const nodes = new StateNodes(new Overlay(database));
  const accounts = await entriesUnder(nodes.accounts, stateRoot);
  await demandRoot("the state", accounts, stateRoot);
  let slots = 0;
  for (const [addressHash, encoded] of accounts) {
    const { storageRoot } = createAccountFromRLP(encoded);
    const ofAccount = await entriesUnder(nodes.storageOf(addressHash), storageRoot);
    await demandRoot(`the storage of ${hexOf(addressHash)}`, ofAccount, storageRoot);
    slots += ofAccount.length;
  }
  return { accounts: accounts.length, slots };
}

async function entriesUnder(nodes: OwnedNodes, root: Uint8Array): Promise<Entry[]> {
  const trie = new MerklePatriciaTrie({ db: readingFrom(nodes), root, valueEncoding: ValueEncoding.Bytes });
  const entries: Entry[] = [];
  await trie.walkAllValueNodes(async (node, path) => {
    // The keys are hashes of one length: no branch has a value.
    if (node instanceof LeafMPTNode)
      entries.push([bytesOfNibbles([...path, ...node.key()]), node.value() as Uint8Array]);
  });
  return entries;
}

async function demandRoot(of: string, entries: readonly Entry[], root: Uint8Array): Promise<void> {
  const trie = new MerklePatriciaTrie();
  for (const [key, value] of entries) await trie.put(key, value);
  if (!equalsBytes(trie.root(), root)) throw new StateRootError(of, hexOf(root), hexOf(trie.root()));
}

/** The package asks by hashes in hex without a prefix. Nothing is written. */
function readingFrom(nodes: OwnedNodes): DB<string, Uint8Array> {
  const database: DB<string, Uint8Array> = {
    get: async (hash) => nodes.get(Buffer.from(hash, "hex")),
    put: async () => undefined,
    del: async () => undefined,
    batch: async () => undefined,
    shallowCopy: () => database,
    open: async () => undefined,
  };
  return database;
}

const bytesOfNibbles = (nibbles: readonly number[]): Uint8Array =>
  Buffer.from(nibbles.map((nibble) => nibble.toString(16)).join(""), "hex");
