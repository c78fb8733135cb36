import type { StateManagerInterface } from "@ethereumjs/common";
import { Account, Address as AddressBytes, hexToBytes } from "@ethereumjs/util";
import { ExecutionFailedError } from "./execution-errors.ts";
import type { BlockContext } from "./executor.ts";
import type { Address, Hex } from "./types.ts";

/** What a caller pretends about the state and the block (`eth_call`, `eth_simulateV1`, `debug_traceCall`). */

export interface AccountOverride {
  readonly nonce?: bigint;
  readonly balanceWei?: bigint;
  readonly code?: Uint8Array;
  /** The whole storage: slots that are not named are empty. Excludes `stateDiff`. */
  readonly state?: ReadonlyMap<Hex, Hex>;
  /** Only these slots. */
  readonly stateDiff?: ReadonlyMap<Hex, Hex>;
}

export type StateOverrides = ReadonlyMap<Address, AccountOverride>;
export type BlockOverrides = Partial<BlockContext>;

export interface Overrides {
  readonly state?: StateOverrides;
  readonly block?: BlockOverrides;
}

export async function applyOverrides(state: StateManagerInterface, overrides: StateOverrides): Promise<void> {
  for (const [address, override] of overrides) {
    if (override.state !== undefined && override.stateDiff !== undefined) {
      throw new ExecutionFailedError(`account ${address} has both 'state' and 'stateDiff'`);
    }
    const where = new AddressBytes(hexToBytes(address));
    const account = (await state.getAccount(where)) ?? new Account();
    account.nonce = override.nonce ?? account.nonce;
    account.balance = override.balanceWei ?? account.balance;
    await state.putAccount(where, account);
    if (override.code !== undefined) await state.putCode(where, override.code);
    if (override.state !== undefined) await state.clearStorage(where);
    for (const [slot, value] of override.state ?? override.stateDiff ?? []) {
      await state.putStorage(where, hexToBytes(slot), hexToBytes(value));
    }
  }
}
