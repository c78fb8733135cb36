import type { Caches } from "@ethereumjs/statemanager";
import { Account, createAddressFromString } from "@ethereumjs/util";
import { BalanceState } from "./balance-state.ts";
import { type ChainRules, keccak256 } from "./chain-rules.ts";
import type { TrieChange } from "./merkle-trie.ts";
import { updateTrie } from "./merkle-trie.ts";
import type { StateTrie } from "./tries.ts";

/** RLP of no bytes: a slot that is zero, and so is not in the trie. */
const emptySlot = 0x80;
const codePrefix = "c".charCodeAt(0);

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, "hex");

/**
 * The state that blocks are executed on. What a block changes stays in the caches until its end, and then goes into the tries
 * at once: into each contract's storage, and into the trie of the accounts.
 */
export class BlockState extends BalanceState {
  readonly #stateTrie: StateTrie;
  readonly #changed: Caches;

  constructor(stateTrie: StateTrie, caches: Caches, rules: ChainRules) {
    super({ trie: stateTrie.trie, caches, common: rules });
    this.#stateTrie = stateTrie;
    this.#changed = caches;
  }

  override async flush(): Promise<void> {
    await this.#flushCode();
    await this.#flushStorage();
    this.#flushAccounts();
    // They were opened at storage roots of before.
    this._storageTries = {};
  }

  async #flushCode(): Promise<void> {
    for (const [hex, { code }] of this.#changed.code?.flush() ?? []) {
      if (code === undefined) continue;
      const codeHash = keccak256(code);
      this.#stateTrie.nodes.put(Uint8Array.of(codePrefix, ...codeHash), code);
      const address = createAddressFromString(`0x${hex}`);
      const account = (await this.getAccount(address)) ?? new Account();
      account.codeHash = codeHash;
      await this.putAccount(address, account);
    }
  }

  async #flushStorage(): Promise<void> {
    const changes = new Map<string, TrieChange[]>();
    for (const [hex, slot, value] of this.#changed.storage?.flush() ?? []) {
      const ofContract = changes.get(hex) ?? [];
      const isEmpty = value === undefined || value.length === 0 || value[0] === emptySlot;
      ofContract.push({ key: keccak256(bytesOf(slot)), value: isEmpty ? undefined : value });
      changes.set(hex, ofContract);
    }
    for (const [hex, ofContract] of changes) {
      const address = createAddressFromString(`0x${hex}`);
      const account = await this.getAccount(address);
      if (account === undefined) continue;
      account.storageRoot = updateTrie(this.#stateTrie.nodes, account.storageRoot, ofContract);
      await this.putAccount(address, account);
    }
  }

  #flushAccounts(): void {
    const { trie, nodes } = this.#stateTrie;
    const changes = (this.#changed.account?.flush() ?? []).map(([hex, { accountRLP }]) => ({
      key: keccak256(bytesOf(hex)),
      value: accountRLP,
    }));
    trie.root(updateTrie(nodes, trie.root(), changes));
  }
}
