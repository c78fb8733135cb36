import { Account, Address as AddressBytes, bytesToHex, hexToBytes } from "@ethereumjs/util";
import { type Database, Overlay } from "../database.ts";
import { BlockState, type StateChanges } from "./block-state.ts";
import { type ChainRules, keccak256 } from "./chain-rules.ts";
import { bytesOfWord } from "./interpreter/words.ts";
import { proofOf } from "./merkle-trie.ts";
import { StateNodes, type WhyMissing } from "./trie-nodes.ts";
import type { Address, Hex } from "./types.ts";

/** A state that is in the database, or has been until it was pruned. */
export interface StoredState {
  readonly database: Database;
  readonly rules: ChainRules;
  readonly stateRoot: Uint8Array;
  readonly whyMissing: WhyMissing;
}

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

/** Reads of one state, the latest or an old one. None of them waits: a block that comes meanwhile cannot part what belongs together. */
export class StateView {
  #stateRoot: Uint8Array;
  readonly #state: BlockState;
  readonly #nodes: StateNodes;

  constructor({ database, stateRoot, whyMissing }: StoredState) {
    this.#stateRoot = stateRoot;
    this.#nodes = new StateNodes(new Overlay(database), whyMissing);
    this.#state = new BlockState(this.#nodes, stateRoot);
  }

  /** Accounts and slots that it has read, which stay in memory. */
  get size(): number {
    return this.#state.size;
  }

  /** Goes on to the state after the next block. */
  follow({ stateRoot, whyMissing }: StoredState, changes: StateChanges): void {
    this.#stateRoot = stateRoot;
    this.#nodes.goOn(whyMissing);
    this.#state.follow(stateRoot, changes);
  }

  account(address: Address): { nonce: bigint; balanceWei: bigint } {
    const account = this.#state.account(new AddressBytes(hexToBytes(address)));
    return { nonce: account?.nonce ?? 0n, balanceWei: account?.balance ?? 0n };
  }

  code(address: Address): Hex {
    return bytesToHex(this.#state.code(new AddressBytes(hexToBytes(address))));
  }

  proof(address: Address, slots: readonly Hex[]): AccountProof {
    const where = new AddressBytes(hexToBytes(address));
    const account = this.#state.account(where) ?? new Account();
    const addressHash = keccak256(where.bytes);
    const storage = this.#nodes.storageOf(addressHash);
    const storageProof = slots.map((slot) => {
      const key = hexToBytes(slot);
      const value = this.#state.slot(this.#state.slotKey(where.bytes, key));
      const proof = proofOf(storage, account.storageRoot, keccak256(key)).map((node) => bytesToHex(node));
      return { key: slot, value, proof };
    });
    const accountProof = proofOf(this.#nodes.accounts, this.#stateRoot, addressHash);
    return {
      accountProof: accountProof.map((node) => bytesToHex(node)),
      nonce: account.nonce,
      balanceWei: account.balance,
      codeHash: bytesToHex(account.codeHash),
      storageHash: bytesToHex(account.storageRoot),
      storageProof,
    };
  }

  /** One storage word, 32 bytes. */
  storageAt(address: Address, slot: bigint): Hex {
    const key = this.#state.slotKey(hexToBytes(address), bytesOfWord(slot));
    return bytesToHex(bytesOfWord(this.#state.slot(key)));
  }
}
