import type { Database } from "../database.ts";
import { headNumberOf } from "../evm/block-store.ts";
import { supplyAfter } from "../evm/supply.ts";
import { EMPTY_CELL, RESERVED_CELL, unitsHeldBy } from "../ledger/cells.ts";
import { genesisTotals, imbalanceUnits, type LedgerTotals } from "../ledger/solvency.ts";
import { HOME } from "./confirmation.ts";
import { LedgerStore } from "./ledger-store.ts";
import {
  AUDITS,
  type AuditRecord,
  acceptedCursor,
  BATCHES,
  CURSOR,
  finalizedCursor,
  LATEST,
  readCursor,
  SUPPLY_AUDITS,
  type SupplyAuditRecord,
  VAULT_CHECKS,
  type VaultRecord,
} from "./records.ts";

/** Newest batch of a level of confirmation, with the totals up to it. */
export interface SolvencyLevel {
  readonly batchNumber: number;
  readonly totals: LedgerTotals;
}

/** The contract lane's money after the newest block, counted on its side and on the ledger's. */
export interface LaneSolvency {
  readonly blockNumber: number;
  /** Sum of all balances. */
  readonly supplyWei: bigint;
  /** What the gateway's account holds. */
  readonly gatewayWei: bigint;
  /** Undefined before the stored balances were added up for the first time. */
  readonly audit: SupplyAuditRecord | undefined;
}

/** Everything that is known about whether the ledger's units are covered. */
export interface Solvency {
  readonly levels: Readonly<Record<"closed" | "proven" | "settled" | "finalized", SolvencyLevel>>;
  /** Undefined before the first check, and while the home contract has a batch that this node does not have. */
  readonly vault: VaultRecord | undefined;
  /** Undefined before the stored cells were added up for the first time. */
  readonly audit: AuditRecord | undefined;
  /** Undefined before there is a block. */
  readonly lane: LaneSolvency | undefined;
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
  const lane = laneSolvencyOf(database);
  const isBacked = lane === undefined || lane.supplyWei === lane.gatewayWei;
  const audit = AUDITS.get(database, LATEST);
  return { levels, vault, audit, lane, isSolvent: isBalanced && isCovered && isBacked };
}

const WEI_PER_UNIT = 1_000_000_000n;

function laneSolvencyOf(database: Database): LaneSolvency | undefined {
  const blockNumber = headNumberOf(database);
  const supplyWei = blockNumber === undefined ? undefined : supplyAfter(database, blockNumber);
  if (blockNumber === undefined || supplyWei === undefined) return undefined;
  const gateway = new LedgerStore(database, "head").readCell(RESERVED_CELL.gateway) ?? EMPTY_CELL;
  const gatewayWei = unitsHeldBy(gateway) * WEI_PER_UNIT;
  return { blockNumber, supplyWei, gatewayWei, audit: SUPPLY_AUDITS.get(database, LATEST) };
}
