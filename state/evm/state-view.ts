import { MerkleStateManager } from "@ethereumjs/statemanager";
import { Address as AddressBytes, bytesToHex, hexToBytes, setLengthLeft } from "@ethereumjs/util";
import type { Database } from "../database.ts";
import type { ChainRules } from "./chain-rules.ts";
import { openScratchTrie } from "./tries.ts";
import type { Address, Hex } from "./types.ts";

/** Reads of one state, the latest or an old one: trie nodes are never pruned. */
export class StateView {
  readonly #state: MerkleStateManager;

  constructor(database: Database, rules: ChainRules, stateRoot: Uint8Array) {
    this.#state = new MerkleStateManager({
      trie: openScratchTrie(database, rules, stateRoot),
      common: rules,
    });
  }

  async account(address: Address): Promise<{ nonce: bigint; balanceWei: bigint }> {
    const account = await this.#state.getAccount(new AddressBytes(hexToBytes(address)));
    return { nonce: account?.nonce ?? 0n, balanceWei: account?.balance ?? 0n };
  }

  async code(address: Address): Promise<Hex> {
    return bytesToHex(await this.#state.getCode(new AddressBytes(hexToBytes(address))));
  }

  /** One storage word, 32 bytes. */
  async storageAt(address: Address, slot: bigint): Promise<Hex> {
    const key = setLengthLeft(hexToBytes(`0x${evenHex(slot)}`), 32);
    return bytesToHex(
      setLengthLeft(await this.#state.getStorage(new AddressBytes(hexToBytes(address)), key), 32),
    );
  }
}

function evenHex(value: bigint): string {
  const digits = value.toString(16);
  return digits.length % 2 === 0 ? digits : `0${digits}`;
}
