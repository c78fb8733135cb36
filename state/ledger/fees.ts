import type { OpKind } from "./operation.ts";

/** Accounts and models keep their cells for ever, while a closed task's is used again: filling the tree has to cost real money. */
const TAKES_A_CELL: ReadonlySet<OpKind> = new Set(["openAccount", "registerModel"]);
const FLAT_FEES_PER_CELL = 100n;

/** What the sequencer takes for a signed op of a kind. */
export const feeUnitsOf = (kind: OpKind | undefined, flatFeeUnits: bigint): bigint =>
  kind !== undefined && TAKES_A_CELL.has(kind) ? FLAT_FEES_PER_CELL * flatFeeUnits : flatFeeUnits;

/** What a request of the contract lane costs that the ledger refuses: the flat fee, for no cell was taken. */
export const refusalFeeUnitsOf = (kind: OpKind | undefined, feeUnits: bigint): bigint =>
  kind !== undefined && TAKES_A_CELL.has(kind) ? feeUnits / FLAT_FEES_PER_CELL : feeUnits;
