import { MerkleStateManager } from "@ethereumjs/statemanager";
import { type Account, type Address as AddressBytes, bytesToBigInt } from "@ethereumjs/util";

interface Before {
  readonly address: AddressBytes;
  readonly balanceWei: bigint;
}

/**
 * A state manager that can tell by how much the sum of all balances has changed since a moment. Every change of an account
 * goes through these two methods, so it is enough to remember what a written account had before its first write. Executing a
 * transfer takes four such writes: accounts are looked at in the cache, and of their encoding at the balance only.
 */
export class BalanceState extends MerkleStateManager {
  readonly #before = new Map<string, Before>();

  override putAccount(address: AddressBytes, account: Account | undefined): Promise<void> {
    const reading = this.#remember(address);
    if (reading === undefined) return super.putAccount(address, account);
    return reading.then(() => super.putAccount(address, account));
  }

  override deleteAccount(address: AddressBytes): Promise<void> {
    const reading = this.#remember(address);
    if (reading === undefined) return super.deleteAccount(address);
    return reading.then(() => super.deleteAccount(address));
  }

  /** Sum of all balances now, less the sum when `startOver` was called last. */
  async balanceChangeWei(): Promise<bigint> {
    let change = 0n;
    for (const { address, balanceWei } of this.#before.values())
      change += (this.#cachedBalance(address) ?? (await this.#storedBalance(address))) - balanceWei;
    return change;
  }

  startOver(): void {
    this.#before.clear();
  }

  /** Undefined if it is done, which it is unless the account has to be read from the trie. */
  #remember(address: AddressBytes): Promise<void> | undefined {
    const { buffer, byteOffset, length } = address.bytes;
    const key = Buffer.from(buffer, byteOffset, length).toString("latin1");
    if (this.#before.has(key)) return undefined;
    const balanceWei = this.#cachedBalance(address);
    if (balanceWei === undefined) return this.#read(key, address);
    this.#before.set(key, { address, balanceWei });
    return undefined;
  }

  async #read(key: string, address: AddressBytes): Promise<void> {
    this.#before.set(key, { address, balanceWei: await this.#storedBalance(address) });
  }

  async #storedBalance(address: AddressBytes): Promise<bigint> {
    return (await this.getAccount(address))?.balance ?? 0n;
  }

  #cachedBalance(address: AddressBytes): bigint | undefined {
    const cached = this._caches?.account?.get(address);
    if (cached === undefined) return undefined;
    return cached.accountRLP === undefined ? 0n : balanceIn(cached.accountRLP);
  }
}

const shortItem = 0x80;
const longList = 0xf7;

/** The second item of an account's RLP list: nonce and balance are at most 32 bytes each, so their headers are one byte. */
function balanceIn(account: Uint8Array): bigint {
  const header = account[0] as number;
  const nonceAt = header > longList ? 1 + header - longList : 1;
  const nonce = account[nonceAt] as number;
  const balanceAt = nonceAt + 1 + (nonce > shortItem ? nonce - shortItem : 0);
  const balance = account[balanceAt] as number;
  if (balance < shortItem) return BigInt(balance);
  return bytesToBigInt(account.subarray(balanceAt + 1, balanceAt + 1 + balance - shortItem));
}
