import {
  Account,
  Address as AddressBytes,
  bytesToBigInt,
  bytesToHex,
  hexToBytes,
  setLengthLeft,
} from "@ethereumjs/util";
import { type Database, Overlay } from "../database.ts";
import { BlockState } from "./block-state.ts";
import { type ChainRules, keccak256 } from "./chain-rules.ts";
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

/** Reads of one state, the latest or an old one. */
export class StateView {
  readonly #stateRoot: Uint8Array;
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
    const addressHash = keccak256(where.bytes);
    const storage = this.#nodes.storageOf(addressHash);
    const storageProof = [];
    for (const slot of slots) {
      const key = hexToBytes(slot);
      const value = bytesToBigInt(await this.#state.getStorage(where, key));
      const proof = proofOf(storage, account.storageRoot, keccak256(key)).map((node) => bytesToHex(node));
      storageProof.push({ key: slot, value, proof });
    }
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
