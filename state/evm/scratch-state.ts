import { RLP } from "@ethereumjs/rlp";
import { Caches } from "@ethereumjs/statemanager";
import {
  type Account,
  type Address as AddressBytes,
  bytesToHex,
  createAccountFromRLP,
} from "@ethereumjs/util";
import type { ChainRules } from "./chain-rules.ts";
import { LaneState } from "./lane-state.ts";
import type { StoredTrie } from "./tries.ts";

/** Entries of one state kept flat, of accounts, slots and codes each. */
const maxReads = 20_000;

class Reads<Value> {
  readonly #known = new Map<string, Value>();

  get(key: string): Value | undefined {
    return this.#known.get(key);
  }

  set(key: string, value: Value): void {
    if (this.#known.size >= maxReads) this.#known.clear();
    this.#known.set(key, value);
  }
}

/** What was read of one state, shared by all EVMs on it: the state of a block never changes. */
export class StateReads {
  /** null: there is no such account. */
  readonly accounts = new Reads<Uint8Array | null>();
  /** RLP of the value, as the caches of the state manager hold it. */
  readonly slots = new Reads<Uint8Array>();
  readonly codes = new Reads<Uint8Array>();
}

/**
 * A state manager whose misses are answered from what other executions on the same state have read. That is right as
 * long as nothing commits at the lowest level, and no account with a storage is deleted or cleared: calls delete
 * nothing, a contract is only created where no storage is, and who replaces a storage gets a state of its own.
 */
export class ScratchState extends LaneState {
  readonly #reads: StateReads;

  constructor(trie: StoredTrie, rules: ChainRules, reads: StateReads) {
    super({ trie, common: rules, caches: new Caches() });
    this.#reads = reads;
  }

  override async getAccount(address: AddressBytes): Promise<Account | undefined> {
    if (this._caches?.account?.get(address) !== undefined) return super.getAccount(address);
    const key = address.toString();
    const known = this.#reads.accounts.get(key);
    if (known === undefined) {
      const account = await super.getAccount(address);
      this.#reads.accounts.set(key, account?.serialize() ?? null);
      return account;
    }
    const account = known === null ? undefined : createAccountFromRLP(known);
    this._caches?.account?.put(address, account);
    return account;
  }

  override async getCode(address: AddressBytes): Promise<Uint8Array> {
    if (this._caches?.code?.get(address) !== undefined) return super.getCode(address);
    const account = await this.getAccount(address);
    if (account === undefined || !account.isContract()) return new Uint8Array(0);
    const key = bytesToHex(account.codeHash);
    const known = this.#reads.codes.get(key);
    if (known === undefined) {
      const code = await super.getCode(address);
      this.#reads.codes.set(key, code);
      return code;
    }
    this._caches?.code?.put(address, known);
    return known;
  }

  override async getStorage(address: AddressBytes, key: Uint8Array): Promise<Uint8Array> {
    if (this._caches?.storage?.get(address, key) !== undefined) return super.getStorage(address, key);
    const id = address.toString() + bytesToHex(key);
    const known = this.#reads.slots.get(id);
    if (known !== undefined && (await this.getAccount(address)) !== undefined) {
      this._caches?.storage?.put(address, key, known);
      return RLP.decode(known) as Uint8Array;
    }
    const value = await super.getStorage(address, key);
    this.#reads.slots.set(id, RLP.encode(value));
    return value;
  }
}
