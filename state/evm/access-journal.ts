import type { EVM } from "@ethereumjs/evm";
import type { Account, Address as AddressBytes } from "@ethereumjs/util";
import type { BlockState } from "./block-state.ts";
import { keyOf } from "./bytes.ts";

/** Stays touched when what touched it is reverted: a rule of mainnet's history that the package keeps. */
const ripemdKey = `${"\0".repeat(19)}\u0003`;

const keyOfHex = (hex: string): string =>
  Buffer.from(hex.startsWith("0x") ? hex.slice(2) : hex, "hex").toString("latin1");

type PackageJournal = EVM["journal"];

/**
 * What a transaction has accessed (EIP-2929) and touched (EIP-161), with the interface of the package's journal, which makes six
 * collections at every checkpoint and texts in hex of all that is asked. Accounts and slots go by the keys of the state.
 */
export class AccessJournal
  implements
    Pick<
      PackageJournal,
      | "putAccount"
      | "deleteAccount"
      | "checkpoint"
      | "commit"
      | "revert"
      | "cleanJournal"
      | "cleanup"
      | "addAlwaysWarmAddress"
      | "addAlwaysWarmSlot"
      | "isWarmedAddress"
      | "addWarmedAddress"
      | "isWarmedStorage"
      | "addWarmedStorage"
    >
{
  /** Nobody asks for these reports; access lists are made by a tracer. */
  readonly accessList = undefined;
  readonly preimages = undefined;
  readonly #state: BlockState;
  /** Precompiles: warm in every transaction. As the package names them, in hex without a prefix. */
  readonly #precompiles: ReadonlySet<string>;
  readonly #precompileKeys: ReadonlySet<string>;
  readonly #warm = new Set<string>();
  readonly #warmed: string[] = [];
  readonly #touched = new Set<string>();
  readonly #touches: string[] = [];
  /** Lengths of both lists at the open checkpoints. */
  readonly #checkpoints: { readonly warmed: number; readonly touches: number }[] = [];

  constructor(state: BlockState, precompiles: Iterable<string>) {
    this.#state = state;
    this.#precompiles = new Set(precompiles);
    this.#precompileKeys = new Set([...this.#precompiles].map(keyOfHex));
  }

  async putAccount(address: AddressBytes, account: Account): Promise<void> {
    this.#touch(keyOf(address.bytes));
    await this.#state.putAccount(address, account);
  }

  async deleteAccount(address: AddressBytes): Promise<void> {
    this.#touch(keyOf(address.bytes));
    await this.#state.deleteAccount(address);
  }

  async checkpoint(): Promise<void> {
    this.#checkpoints.push({ warmed: this.#warmed.length, touches: this.#touches.length });
    await this.#state.checkpoint();
  }

  async commit(): Promise<void> {
    this.#checkpoints.pop();
    await this.#state.commit();
  }

  async revert(): Promise<void> {
    const { warmed, touches } = this.#checkpoints.pop() ?? { warmed: 0, touches: 0 };
    for (const key of this.#warmed.splice(warmed)) this.#warm.delete(key);
    for (const key of this.#touches.splice(touches)) if (key !== ripemdKey) this.#touched.delete(key);
    await this.#state.revert();
  }

  cleanJournal(): void {
    this.#warm.clear();
    this.#warmed.length = 0;
    this.#touched.clear();
    this.#touches.length = 0;
    this.#checkpoints.length = 0;
  }

  /** Ends a transaction: what it touched and is empty is no account any more (EIP-161). */
  async cleanup(): Promise<void> {
    for (const key of this.#touched) this.#state.deleteIfEmpty(key);
    this.cleanJournal();
  }

  /** In hex. */
  addAlwaysWarmAddress(address: string): void {
    if (!this.#precompiles.has(address)) this.#warm.add(keyOfHex(address));
  }

  /** Both in hex. */
  addAlwaysWarmSlot(address: string, slot: string): void {
    this.addAlwaysWarmAddress(address);
    const bytes = Buffer.from(slot.startsWith("0x") ? slot.slice(2) : slot, "hex");
    this.#warm.add(this.#state.slotKey(Buffer.from(keyOfHex(address), "latin1"), bytes));
  }

  isWarmedAddress(address: Uint8Array): boolean {
    const key = keyOf(address);
    return this.#warm.has(key) || this.#precompileKeys.has(key);
  }

  addWarmedAddress(address: Uint8Array): void {
    this.#add(keyOf(address));
  }

  isWarmedStorage(address: Uint8Array, slot: Uint8Array): boolean {
    return this.#warm.has(this.#state.slotKey(address, slot));
  }

  addWarmedStorage(address: Uint8Array, slot: Uint8Array): void {
    this.addWarmedAddress(address);
    this.warm(this.#state.slotKey(address, slot));
  }

  /** Warms a slot of a contract that runs, by its key; true if it was cold. */
  warm(slotKey: string): boolean {
    if (this.#warm.has(slotKey)) return false;
    this.#add(slotKey);
    return true;
  }

  startReportingAccessList(): never {
    throw new Error("access lists are made by state/evm/access-list.ts");
  }

  startReportingPreimages(): never {
    throw new Error("the contract lane keeps no preimages");
  }

  #add(key: string): void {
    if (this.#warm.has(key)) return;
    this.#warm.add(key);
    this.#warmed.push(key);
  }

  #touch(key: string): void {
    if (this.#touched.has(key)) return;
    this.#touched.add(key);
    this.#touches.push(key);
  }
}
