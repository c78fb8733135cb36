import type { StateManagerInterface } from "@ethereumjs/common";
import { RLP } from "@ethereumjs/rlp";
import {
  Account,
  type Address as AddressBytes,
  bigIntToUnpaddedBytes,
  createAccountFromRLP,
  equalsBytes,
  KECCAK256_NULL,
  KECCAK256_RLP,
} from "@ethereumjs/util";
import { encodeRlp } from "../rlp.ts";
import { bytesOfKey, keyOf } from "./bytes.ts";
import { keccak256 } from "./chain-rules.ts";
import { bytesOfWord, wordOfBytes } from "./interpreter/words.ts";
import { JournaledMap } from "./journaled-map.ts";
import { readTrie, type TrieChange, updateTrie } from "./merkle-trie.ts";
import { recentCodes } from "./recent-codes.ts";
import type { StateNodes } from "./trie-nodes.ts";

/** What a block has changed, by the keys of accounts and slots: as they are after it. */
export interface StateChanges {
  readonly accounts: readonly (readonly [key: string, account: FlatAccount | null])[];
  readonly slots: readonly (readonly [key: string, value: bigint])[];
  /** Accounts whose slots are none but these: they were deleted, or their storage was cleared. */
  readonly cleared: readonly string[];
}

/** Never changed; accounts of the package are, by whoever gets them. */
interface FlatAccount {
  readonly nonce: bigint;
  readonly balance: bigint;
  readonly storageRoot: Uint8Array;
  readonly codeHash: Uint8Array;
}

/** null: there is no such account. */
type Stored = FlatAccount | null;
type AccountFields = Parameters<StateManagerInterface["modifyAccountFields"]>[1];

const addressBytes = 20;
const nothing = new Uint8Array(0);

const unpadded = (word: bigint): Uint8Array => (word === 0n ? nothing : bigIntToUnpaddedBytes(word));

const isEmptyTrie = (root: Uint8Array): boolean => equalsBytes(root, KECCAK256_RLP);

/**
 * The state that blocks are executed on: flat maps over the tries. What a block reads stays in memory for the next one, and what
 * it changes goes into the tries at its end, at once: into each contract's storage, and into the trie of the accounts. It also
 * tells by how much the sum of all balances has changed since a moment.
 *
 * Everything in it is synchronous; promises are what the EVM's package asks for.
 */
export class BlockState implements StateManagerInterface {
  readonly originalStorageCache = {
    get: async (address: AddressBytes, slot: Uint8Array) =>
      unpadded(this.originalSlot(this.slotKey(address.bytes, slot))),
    clear: () => this.#originals.clear(),
  };
  readonly #nodes: StateNodes;
  #root: Uint8Array;
  #depth = 0;
  readonly #accounts = new JournaledMap<Stored>();
  /** By slot key. */
  readonly #slots = new JournaledMap<bigint>();
  /** Keys of the slots in memory, and of some whose value a revert has taken away, by account. */
  readonly #slotsOf = new Map<string, Set<string>>();
  /** How many keys these are. */
  #indexed = 0;
  /** As they were before the transaction that runs, of those that it has written: what SSTORE costs depends on them. */
  readonly #originals = new Map<string, bigint>();
  /** By hash: those that may not be stored yet. */
  readonly #newCodes = new Map<string, Uint8Array>();
  readonly #balancesBefore = new Map<string, bigint>();
  /** In the block, also if that was taken back. */
  readonly #cleared = new Set<string>();
  #changes: StateChanges = { accounts: [], slots: [], cleared: [] };

  constructor(nodes: StateNodes, stateRoot: Uint8Array = KECCAK256_RLP) {
    this.#nodes = nodes;
    this.#root = stateRoot;
  }

  /** Accounts and slots in memory. */
  get size(): number {
    return this.#accounts.size + Math.max(this.#slots.size, this.#indexed);
  }

  account(address: AddressBytes): Account | undefined {
    const stored = this.#account(keyOf(address.bytes));
    return stored === null ? undefined : accountOf(stored);
  }

  async getAccount(address: AddressBytes): Promise<Account | undefined> {
    return this.account(address);
  }

  async putAccount(address: AddressBytes, account?: Account): Promise<void> {
    this.#put(keyOf(address.bytes), account === undefined ? null : flatOf(account));
  }

  async deleteAccount(address: AddressBytes): Promise<void> {
    this.#delete(keyOf(address.bytes));
  }

  /** By the account's key, its address in Latin-1. */
  deleteIfEmpty(key: string): void {
    const account = this.#account(key);
    if (account !== null && accountOf(account).isEmpty()) this.#delete(key);
  }

  async modifyAccountFields(address: AddressBytes, fields: AccountFields): Promise<void> {
    const { nonce, balance, storageRoot, codeHash } = fields;
    const key = keyOf(address.bytes);
    const account = this.#account(key) ?? new Account();
    this.#put(key, {
      nonce: nonce ?? account.nonce,
      balance: balance ?? account.balance,
      storageRoot: storageRoot ?? account.storageRoot,
      codeHash: codeHash ?? account.codeHash,
    });
  }

  async putCode(address: AddressBytes, code: Uint8Array): Promise<void> {
    const codeHash = keccak256(code);
    this.#newCodes.set(keyOf(codeHash), code);
    await this.modifyAccountFields(address, { codeHash });
  }

  async getCode(address: AddressBytes): Promise<Uint8Array> {
    return this.code(address);
  }

  code(address: AddressBytes): Uint8Array {
    const stored = this.#account(keyOf(address.bytes));
    if (stored === null || equalsBytes(stored.codeHash, KECCAK256_NULL)) return nothing;
    const key = keyOf(stored.codeHash);
    const known = this.#newCodes.get(key) ?? recentCodes.get(key);
    if (known !== undefined) return known;
    const code = this.#nodes.code(stored.codeHash);
    if (code === undefined) return nothing;
    recentCodes.add(key, code);
    return code;
  }

  async getCodeSize(address: AddressBytes): Promise<number> {
    return (await this.getCode(address)).length;
  }

  async getStorage(address: AddressBytes, slot: Uint8Array): Promise<Uint8Array> {
    return unpadded(this.slot(this.slotKey(address.bytes, slot)));
  }

  async putStorage(address: AddressBytes, slot: Uint8Array, value: Uint8Array): Promise<void> {
    this.putSlot(this.slotKey(address.bytes, slot), wordOfBytes(value));
  }

  /** Names a slot of an account: its address in Latin-1, and the slot in hex. */
  slotKey(address: Uint8Array, slot: Uint8Array): string {
    return keyOf(address) + wordOfBytes(slot).toString(16);
  }

  /** A slot by its key. */
  slot(key: string): bigint {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    const ofAddress = key.slice(0, addressBytes);
    const account = this.#account(ofAddress);
    // Not remembered: a revert can bring back the storage of an account that is gone.
    if (account === null || isEmptyTrie(account.storageRoot)) return 0n;
    const value = this.#storedSlot(ofAddress, account.storageRoot, key);
    this.#slots.remember(key, value);
    this.#index(key);
    return value;
  }

  /** A slot as it was before the transaction that runs. */
  originalSlot(key: string): bigint {
    return this.#originals.get(key) ?? this.slot(key);
  }

  putSlot(key: string, value: bigint): void {
    const before = this.slot(key);
    if (!this.#originals.has(key)) this.#originals.set(key, before);
    this.#slots.set(key, value);
    this.#index(key);
  }

  async clearStorage(address: AddressBytes): Promise<void> {
    this.#clearSlots(keyOf(address.bytes));
    await this.modifyAccountFields(address, { storageRoot: KECCAK256_RLP });
  }

  async checkpoint(): Promise<void> {
    this.#accounts.checkpoint();
    this.#slots.checkpoint();
    this.#depth += 1;
  }

  /** The outermost one writes the changes into the tries. */
  async commit(): Promise<void> {
    this.#accounts.commit();
    this.#slots.commit();
    this.#depth -= 1;
    if (this.#depth > 0) return;
    this.#flush();
    this.originalStorageCache.clear();
  }

  async revert(): Promise<void> {
    this.#accounts.revert();
    this.#slots.revert();
    this.#depth -= 1;
    if (this.#depth === 0) this.#newCodes.clear();
  }

  async getStateRoot(): Promise<Uint8Array> {
    return this.#root;
  }

  async setStateRoot(stateRoot: Uint8Array): Promise<void> {
    this.#root = stateRoot;
    this.clearCaches();
  }

  async hasStateRoot(root: Uint8Array): Promise<boolean> {
    return isEmptyTrie(root) || this.#nodes.accounts.get(root) !== undefined;
  }

  /** Between two blocks only. */
  clearCaches(): void {
    this.#accounts.clear();
    this.#slots.clear();
    this.#slotsOf.clear();
    this.#indexed = 0;
    this.#balancesBefore.clear();
  }

  /** What the newest block has changed, once it has been written into the tries. */
  get changes(): StateChanges {
    return this.#changes;
  }

  /** Goes on to the state after the next block, outside of checkpoints: what that has not changed stays in memory. */
  follow(stateRoot: Uint8Array, { accounts, slots, cleared }: StateChanges): void {
    this.#root = stateRoot;
    for (const key of cleared) this.#forgetSlots(key);
    for (const [key, account] of accounts) this.#accounts.remember(key, account);
    for (const [key, value] of slots) {
      this.#slots.remember(key, value);
      this.#index(key);
    }
  }

  shallowCopy(): never {
    throw new Error("the state of a block has no copies: open another one at its root");
  }

  /** Sum of all balances now, less the sum when `startOver` was called last. */
  balanceChangeWei(): bigint {
    let change = 0n;
    for (const [key, before] of this.#balancesBefore) change += (this.#account(key)?.balance ?? 0n) - before;
    return change;
  }

  startOver(): void {
    this.#balancesBefore.clear();
    this.#cleared.clear();
  }

  #account(key: string): Stored {
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    const encoded = readTrie(this.#nodes.accounts, this.#root, keccak256(bytesOfKey(key)));
    const account = encoded === undefined ? null : flatOf(createAccountFromRLP(encoded));
    this.#accounts.remember(key, account);
    return account;
  }

  #put(key: string, account: Stored): void {
    if (!this.#balancesBefore.has(key)) this.#balancesBefore.set(key, this.#account(key)?.balance ?? 0n);
    this.#accounts.set(key, account);
  }

  #storedSlot(ofAddress: string, storageRoot: Uint8Array, key: string): bigint {
    const nodes = this.#nodes.storageOf(keccak256(bytesOfKey(ofAddress)));
    const encoded = readTrie(nodes, storageRoot, keccak256(slotOfKey(key)));
    return encoded === undefined ? 0n : wordOfBytes(RLP.decode(encoded) as Uint8Array);
  }

  #index(key: string): void {
    const ofAddress = key.slice(0, addressBytes);
    const slots = this.#slotsOf.get(ofAddress) ?? new Set();
    if (slots.has(key)) return;
    this.#slotsOf.set(ofAddress, slots.add(key));
    this.#indexed += 1;
  }

  #delete(ofAddress: string): void {
    this.#clearSlots(ofAddress);
    this.#put(ofAddress, null);
  }

  #clearSlots(ofAddress: string): void {
    this.#cleared.add(ofAddress);
    const slots = this.#slotsOf.get(ofAddress) ?? new Set();
    for (const key of slots) {
      const value = this.#slots.get(key);
      if (value === undefined && slots.delete(key)) this.#indexed -= 1;
      else if (value !== 0n) this.#slots.set(key, 0n);
    }
  }

  #forgetSlots(ofAddress: string): void {
    const slots = this.#slotsOf.get(ofAddress) ?? new Set();
    for (const key of slots) this.#slots.forget(key);
    this.#indexed -= slots.size;
    this.#slotsOf.delete(ofAddress);
  }

  #flush(): void {
    const slots = this.#slots.takeChanges();
    this.#flushSlots(slots);
    const accounts = this.#accounts.takeChanges();
    this.#changes = { accounts, slots, cleared: [...this.#cleared] };
    this.#cleared.clear();
    for (const [, account] of accounts) if (account !== null) this.#flushCode(account.codeHash);
    this.#newCodes.clear();
    const changes = accounts.map(([key, account]) => ({
      key: keccak256(bytesOfKey(key)),
      value: account === null ? undefined : accountOf(account).serialize(),
    }));
    if (changes.length > 0) this.#root = updateTrie(this.#nodes.accounts, this.#root, changes);
  }

  #flushSlots(slots: StateChanges["slots"]): void {
    const changes = new Map<string, TrieChange[]>();
    for (const [key, value] of slots) {
      const ofAddress = key.slice(0, addressBytes);
      const ofContract = changes.get(ofAddress) ?? [];
      const slot = keccak256(slotOfKey(key));
      ofContract.push({ key: slot, value: value === 0n ? undefined : encodeRlp(unpadded(value)) });
      changes.set(ofAddress, ofContract);
    }
    for (const [ofAddress, ofContract] of changes) {
      const account = this.#account(ofAddress);
      if (account === null) continue;
      const storageRoot = updateTrie(
        this.#nodes.storageOf(keccak256(bytesOfKey(ofAddress))),
        account.storageRoot,
        ofContract,
      );
      this.#put(ofAddress, { ...account, storageRoot });
    }
  }

  #flushCode(codeHash: Uint8Array): void {
    const code = this.#newCodes.get(keyOf(codeHash));
    if (code !== undefined) this.#nodes.putCode(codeHash, code);
  }
}

const flatOf = ({ nonce, balance, storageRoot, codeHash }: Account): FlatAccount => ({
  nonce,
  balance,
  storageRoot,
  codeHash,
});

const accountOf = ({ nonce, balance, storageRoot, codeHash }: FlatAccount): Account =>
  new Account(nonce, balance, storageRoot, codeHash);

/** 32 bytes. */
const slotOfKey = (key: string): Uint8Array => bytesOfWord(BigInt(`0x${key.slice(addressBytes)}`));
