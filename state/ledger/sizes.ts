/** Sizes of the batch circuit: data, not code (docs/LEDGER.md, section 5). */
export interface BatchSize {
  /** Levels of the arity-8 tree; the ledger has 8^levels cells. */
  readonly levels: number;
  /** N: operations per batch. */
  readonly maxOps: number;
  /** K: distinct cells per batch, operator and treasury included. */
  readonly maxCells: number;
}

export const BATCH_SIZES = {
  /** For tests: a small tree that can be filled. */
  test: { levels: 3, maxOps: 4, maxCells: 8 },
  /** For the out-of-the-box network: below 2^17 constraints. */
  local: { levels: 8, maxOps: 10, maxCells: 8 },
  /** Below 2^18 constraints. */
  production: { levels: 8, maxOps: 24, maxCells: 12 },
} as const satisfies Record<string, BatchSize>;

export type BatchSizeName = keyof typeof BATCH_SIZES;

/** Operator, treasury and the four cells of one op always fit, so every op can be included somewhere. */
export const MIN_CELLS_PER_BATCH = 6;

/** Priority and validity bits of a batch are one field element each. */
export const MAX_OPS_PER_BATCH = 248;

for (const size of Object.values(BATCH_SIZES)) {
  if (size.maxCells < MIN_CELLS_PER_BATCH || size.maxOps > MAX_OPS_PER_BATCH || size.levels > 8) {
    throw new RangeError(`batch size out of range: ${JSON.stringify(size)}`);
  }
}

/** Number of cells of a tree. Ids are 24 bits wide, so at most 8 levels. */
export const capacityOf = (size: BatchSize): number => 8 ** size.levels;
