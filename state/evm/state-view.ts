import {
  Account,
  Address as AddressBytes,
  bytesToBigInt,
  bytesToHex,
  hexToBytes,
  KECCAK256_RLP,
  setLengthLeft,
} from "@ethereumjs/util";
import { type Database, Overlay } from "../database.ts";
import { BlockState } from "./block-state.ts";
import type { ChainRules } from "./chain-rules.ts";
import { OverlayNodes, openScratchTrie, proofOf } from "./tries.ts";
import type { Address, Hex } from "./types.ts";

const emptyTrieRoot = bytesToHex(KECCAK256_RLP);

/** EIP-1186, with the values still as numbers. */
export interface AccountProof {
  readonly accountProof: readonly Hex[];
  readonly nonce: bigint;
  readonly balanceWei: bigint;
  readonly codeHash: Hex;
  readonly storageHash: Hex;
  readonly storageProof: readonly {
    readonly key: Hex;
    readonly value: bigint;
    readonly proof: readonly Hex[];
  }[];
}

/** Reads of one state, the latest or an old one: trie nodes are never pruned. */
export class StateView {
  readonly #database: Database;
  readonly #rules: ChainRules;
  readonly #stateRoot: Uint8Array;
  readonly #state: BlockState;

  constructor(database: Database, rules: ChainRules, stateRoot: Uint8Array) {
    this.#database = database;
    this.#rules = rules;
    this.#stateRoot = stateRoot;
    this.#state = new BlockState(new OverlayNodes(new Overlay(database)), stateRoot);
  }

  /** Accounts and slots that it has read, which stay in memory. */
  get size(): number {
    return this.#state.size;
  }

  async account(address: Address): Promise<{ nonce: bigint; balanceWei: bigint }> {
    const account = await this.#state.getAccount(new AddressBytes(hexToBytes(address)));
    return { nonce: account?.nonce ?? 0n, balanceWei: account?.balance ?? 0n };
  }

  async code(address: Address): Promise<Hex> {
    return bytesToHex(await this.#state.getCode(new AddressBytes(hexToBytes(address))));
  }

  async proof(address: Address, slots: readonly Hex[]): Promise<AccountProof> {
    const where = new AddressBytes(hexToBytes(address));
    const account = (await this.#state.getAccount(where)) ?? new Account();
    const nodes = async (trie: ReturnType<typeof openScratchTrie>, key: Uint8Array) =>
      (await proofOf(trie, key)).map((node) => bytesToHex(node));
    const state = openScratchTrie(this.#database, this.#rules, this.#stateRoot);
    const storage = openScratchTrie(this.#database, this.#rules, account.storageRoot);
    const isEmpty = bytesToHex(account.storageRoot) === emptyTrieRoot;
    const storageProof = [];
    for (const slot of slots) {
      const key = hexToBytes(slot);
      const value = isEmpty ? 0n : bytesToBigInt(await this.#state.getStorage(where, key));
      storageProof.push({ key: slot, value, proof: isEmpty ? [] : await nodes(storage, key) });
    }
    return {
      accountProof: await nodes(state, where.bytes),
      nonce: account.nonce,
      balanceWei: account.balance,
      codeHash: bytesToHex(account.codeHash),
      storageHash: bytesToHex(account.storageRoot),
      storageProof,
    };
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
