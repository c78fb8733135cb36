import type { Address, Hex } from "../types.ts";
import type { AccountSnapshot } from "./touched-state.ts";

/** geth's prestateTracer: what a transaction found, or with `diffMode` what it changed. */

export interface PrestateOptions {
  readonly diffMode: boolean;
  readonly disableCode: boolean;
  readonly disableStorage: boolean;
}

export interface AccountState {
  balance?: Hex;
  nonce?: number;
  code?: Hex;
  storage?: Record<Hex, Hex>;
}

type Snapshot = ReadonlyMap<Address, AccountSnapshot | undefined>;

const quantity = (value: bigint): Hex => `0x${value.toString(16)}`;
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

/** All that was touched, as it was before. */
export function prestateOf(before: Snapshot, options: PrestateOptions): Record<Address, AccountState> {
  return Object.fromEntries(
    [...before].map(([address, account]) => [address, accountState(account, options)]),
  );
}

function accountState(account: AccountSnapshot | undefined, options: PrestateOptions): AccountState {
  const state: AccountState = { balance: quantity(account?.balanceWei ?? 0n) };
  if (account === undefined) return state;
  if (account.nonce > 0n) state.nonce = Number(account.nonce);
  if (account.code !== "0x" && !options.disableCode) state.code = account.code;
  if (account.storage.size > 0 && !options.disableStorage) {
    state.storage = Object.fromEntries([...account.storage].map(([slot, value]) => [slot, word(value)]));
  }
  return state;
}

/** Only accounts that differ: whole before, what is new after. Deleted ones are absent after. */
export function stateDiff(
  before: Snapshot,
  after: Snapshot,
  options: PrestateOptions,
): { pre: Record<Address, AccountState>; post: Record<Address, AccountState> } {
  const pre: Record<Address, AccountState> = {};
  const post: Record<Address, AccountState> = {};
  for (const [address, old] of before) {
    const now = after.get(address);
    const changes = changedFields(old, now, options);
    if (changes === undefined) continue;
    if (now !== undefined) post[address] = changes;
    const state = accountState(old, options);
    const kept = Object.entries(state.storage ?? {}).filter(
      ([slot, value]) => word(now?.storage.get(slot as Hex) ?? 0n) !== value && BigInt(value) !== 0n,
    );
    delete state.storage;
    pre[address] = kept.length === 0 ? state : { ...state, storage: Object.fromEntries(kept) };
  }
  return { pre, post };
}

function changedFields(
  old: AccountSnapshot | undefined,
  now: AccountSnapshot | undefined,
  options: PrestateOptions,
): AccountState | undefined {
  if (old === undefined && now === undefined) return undefined;
  const changes: AccountState = {};
  if (now === undefined) return changes;
  if (now.balanceWei !== (old?.balanceWei ?? 0n)) changes.balance = quantity(now.balanceWei);
  if (now.nonce !== (old?.nonce ?? 0n)) changes.nonce = Number(now.nonce);
  if (now.code !== (old?.code ?? "0x") && !options.disableCode) changes.code = now.code;
  const slots = [...now.storage].filter(([slot, value]) => value !== (old?.storage.get(slot) ?? 0n));
  // A slot that was emptied shows in what was before only.
  const written = slots.filter(([, value]) => value !== 0n);
  if (written.length > 0 && !options.disableStorage) {
    changes.storage = Object.fromEntries(written.map(([slot, value]) => [slot, word(value)]));
  }
  return Object.keys(changes).length === 0 && slots.length === 0 ? undefined : changes;
}
