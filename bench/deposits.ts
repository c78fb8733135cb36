import { RESERVED_CELL } from "../state/ledger/cells.ts";
import { opWords } from "../state/ledger/operation.ts";
import type { PriorityRecord } from "../state/store/records.ts";
import type { LedgerActor } from "./ledger-actor.ts";

/** Long ago, so that every batch may consume them. */
const QUEUED_AT_SECONDS = 1n;
const NEVER_SECONDS = 2n ** 40n - 1n;

/** Queue entries that open the actors' accounts, in their order. */
export function ledgerDeposits(actors: readonly LedgerActor[], amountUnits: bigint): PriorityRecord[] {
  return actors.map(({ l1Address, publicKey }, index) => ({
    index,
    words: opWords({ kind: "deposit", amountUnits, w1: l1Address, w2: publicKey.x, w3: publicKey.y }),
    caller: l1Address,
    queuedAt: QUEUED_AT_SECONDS,
    deadlineSeconds: NEVER_SECONDS,
  }));
}

/** Queue entries that bring NRX to addresses of the contract lane. */
export function evmDeposits(recipients: readonly `0x${string}`[], amountUnits: bigint): PriorityRecord[] {
  return recipients.map((recipient, index) => ({
    index,
    words: opWords({
      kind: "depositToEvm",
      object: RESERVED_CELL.gateway,
      amountUnits,
      w1: BigInt(recipient),
    }),
    caller: BigInt(recipient),
    queuedAt: QUEUED_AT_SECONDS,
    deadlineSeconds: NEVER_SECONDS,
  }));
}
