import { RLP } from "@ethereumjs/rlp";
import { bytesToBigInt } from "@ethereumjs/util";
import { type Database, keySpace, numberKey, type Write } from "../database.ts";
import { storedAccounts } from "./stored-accounts.ts";

/**
 * The sum of all balances of the contract lane. It equals what the ledger's gateway account holds, in every block: what comes
 * from the ledger is credited, what goes there is taken away, and what the block's transactions destroy goes to the treasury.
 */

const supplies = keySpace("block-supply"); // number -> wei as text

/** Balances do not add up: the block is not written. */
export class LaneSupplyError extends Error {
  override readonly name = "LaneSupplyError";
  readonly code = "LANE_SUPPLY_MISMATCH";
  constructor(
    readonly at: string,
    readonly expected: bigint,
    readonly actual: bigint,
  ) {
    super(
      `${at}: expected ${expected} wei, found ${actual}. Nothing of it was written. Stop here: keep the data folder, and do not start this version again before the cause is known`,
    );
  }
}

/** Sum of all balances after a block; undefined for a block that is not stored. */
export function supplyAfter(database: Database, blockNumber: number): bigint | undefined {
  if (blockNumber === 0) return 0n;
  const bytes = database.get(supplies, numberKey(blockNumber));
  return bytes === undefined ? undefined : BigInt(new TextDecoder().decode(bytes));
}

export const supplyWrite = (blockNumber: number, supplyWei: bigint): Write => ({
  space: supplies,
  key: numberKey(blockNumber),
  value: new TextEncoder().encode(String(supplyWei)),
});

/** What a block did to the sum of all balances, before the treasury gets what was destroyed. */
export interface SupplyChange {
  readonly blockNumber: number;
  /** Counted over the accounts that the block has written. */
  readonly changeWei: bigint;
  /** Came from the ledger. */
  readonly creditedWei: bigint;
  /** Went to the ledger. */
  readonly debitedWei: bigint;
  /** Gas of the signed transactions at the base fee. */
  readonly baseFeesWei: bigint;
  /** Some transaction ran SELFDESTRUCT: the only other thing that can destroy a balance. */
  readonly hasSelfDestruct: boolean;
}

/**
 * What the block's transactions have destroyed: the base fees, and what died with contracts. Throws a LaneSupplyError when
 * the balances say otherwise, that is, when something was made from nothing, or lost in another way.
 */
export function destroyedWei(block: SupplyChange): bigint {
  const { blockNumber, changeWei, creditedWei, debitedWei, baseFeesWei, hasSelfDestruct } = block;
  const destroyed = creditedWei - debitedWei - changeWei;
  if (destroyed === baseFeesWei || (hasSelfDestruct && destroyed > baseFeesWei)) return destroyed;
  throw new LaneSupplyError(
    `change of the sum of all balances in block ${blockNumber}`,
    creditedWei - debitedWei - baseFeesWei,
    changeWei,
  );
}

/** Adds up all balances of a stored state, a part at a time: yields the accounts counted so far, and returns the sum. */
export function* sumOfBalances(
  database: Database,
  stateRoot: Uint8Array,
  accountsAtATime: number,
): Generator<number, { readonly accounts: number; readonly supplyWei: bigint }> {
  let accounts = 0;
  let supplyWei = 0n;
  for (const account of storedAccounts(database, stateRoot)) {
    const [, balance] = RLP.decode(account) as Uint8Array[];
    supplyWei += bytesToBigInt(balance as Uint8Array);
    accounts += 1;
    if (accounts % accountsAtATime === 0) yield accounts;
  }
  return { accounts, supplyWei };
}
