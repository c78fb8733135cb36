import type { Database } from "../database.ts";
import { genesisTotals, imbalanceUnits, type LedgerTotals } from "../ledger/solvency.ts";
import { HOME } from "./confirmation.ts";
import {
  AUDITS,
  type AuditRecord,
  acceptedCursor,
  BATCHES,
  CURSOR,
  finalizedCursor,
  LATEST,
  readCursor,
  VAULT_CHECKS,
  type VaultRecord,
} from "./records.ts";

/** Newest batch of a level of confirmation, with the totals up to it. */
export interface SolvencyLevel {
  readonly batchNumber: number;
  readonly totals: LedgerTotals;
}

/** Everything that is known about whether the ledger's units are covered. */
export interface Solvency {
  readonly levels: Readonly<Record<"closed" | "proven" | "settled" | "finalized", SolvencyLevel>>;
  /** Undefined before the first check, and while the home contract has a batch that this node does not have. */
  readonly vault: VaultRecord | undefined;
  /** Undefined before the stored cells were added up for the first time. */
  readonly audit: AuditRecord | undefined;
  /** Nothing that was checked fails. */
  readonly isSolvent: boolean;
}

export function solvencyOf(database: Database, mirrorCount: number): Solvency {
  const at = (cursor: string): SolvencyLevel => {
    const batchNumber = readCursor(database, cursor);
    return { batchNumber, totals: BATCHES.get(database, batchNumber)?.totals ?? genesisTotals(mirrorCount) };
  };
  const levels = {
    closed: at(CURSOR.batches),
    proven: at(CURSOR.proofs),
    settled: at(acceptedCursor(HOME)),
    finalized: at(finalizedCursor(HOME)),
  };
  const vault = VAULT_CHECKS.get(database, LATEST);
  const isBalanced = Object.values(levels).every(({ totals }) => imbalanceUnits(totals) === 0n);
  const isCovered = vault === undefined || vault.surplusWei >= 0n;
  return { levels, vault, audit: AUDITS.get(database, LATEST), isSolvent: isBalanced && isCovered };
}
