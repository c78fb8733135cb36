import { RLP } from "@ethereumjs/rlp";
import { type Caches, MerkleStateManager } from "@ethereumjs/statemanager";
import {
  type Account,
  type Address as AddressBytes,
  bytesToUnprefixedHex,
  unpadBytes,
} from "@ethereumjs/util";
import { type ChainRules, keccak256 } from "./chain-rules.ts";
import type { StoredTrie } from "./tries.ts";

export interface LaneStateOptions {
  readonly trie: StoredTrie;
  readonly common: ChainRules;
  readonly caches?: Caches;
}

/**
 * A state manager whose storage tries lie under their owners. The package has an option for that, of seven bytes of the
 * owner's hash, which is so few that two contracts can be found that share them.
 */
export class LaneState extends MerkleStateManager {
  readonly #trie: StoredTrie;

  constructor(options: LaneStateOptions) {
    super(options);
    this.#trie = options.trie;
  }

  /** Into the caches alone, if there are any: the package puts each slot into its trie as well, at once, where the flush does it again. */
  override async putStorage(address: AddressBytes, key: Uint8Array, value: Uint8Array): Promise<void> {
    const slots = this._caches?.storage;
    if (slots === undefined) return super.putStorage(address, key, value);
    if ((await this.getAccount(address)) === undefined)
      throw new Error(`a slot of ${address} is written, but there is no such account`);
    slots.put(address, key, RLP.encode(unpadBytes(value)));
  }

  protected override _getStorageTrie(of: Uint8Array | { bytes: Uint8Array }, account?: Account): StoredTrie {
    const owner = of instanceof Uint8Array ? of : keccak256(of.bytes);
    const name = bytesToUnprefixedHex(owner);
    const known = this._storageTries[name] as StoredTrie | undefined;
    if (known !== undefined) return known;
    const trie = this.#trie.storageTrie(owner, account?.storageRoot);
    this._storageTries[name] = trie;
    return trie;
  }
}
