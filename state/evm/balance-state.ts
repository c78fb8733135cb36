import { MerkleStateManager } from "@ethereumjs/statemanager";
import type { Account, Address as AddressBytes } from "@ethereumjs/util";

/**
 * A state manager that can tell by how much the sum of all balances has changed since a moment. Every change of an account
 * goes through these two methods, so it is enough to remember what a written account had before its first write.
 */
export class BalanceState extends MerkleStateManager {
  readonly #before = new Map<string, { readonly address: AddressBytes; readonly balanceWei: bigint }>();

  override async putAccount(address: AddressBytes, account: Account | undefined): Promise<void> {
    await this.#remember(address);
    await super.putAccount(address, account);
  }

  override async deleteAccount(address: AddressBytes): Promise<void> {
    await this.#remember(address);
    await super.deleteAccount(address);
  }

  /** Sum of all balances now, less the sum when `startOver` was called last. */
  async balanceChangeWei(): Promise<bigint> {
    let change = 0n;
    for (const { address, balanceWei } of this.#before.values())
      change += ((await this.getAccount(address))?.balance ?? 0n) - balanceWei;
    return change;
  }

  startOver(): void {
    this.#before.clear();
  }

  async #remember(address: AddressBytes): Promise<void> {
    const key = address.toString();
    if (this.#before.has(key)) return;
    const account = await this.getAccount(address);
    this.#before.set(key, { address, balanceWei: account?.balance ?? 0n });
  }
}
