/** The input of `circuits/membership.circom`. */
import type { CellTree } from "../state/ledger/tree.ts";

/** Signals of the membership circuit by name; all but `children` are public. */
export type MembershipCircuitInput = {
  readonly root: bigint;
  readonly id: number;
  readonly fields: readonly bigint[];
  /** `children[level]`: the 8 children of the cell's ancestor at that level, leaves first. */
  readonly children: readonly (readonly bigint[])[];
};

/** Proves what a cell of the tree holds now. Throws a RangeError if the tree has no such cell. */
export function membershipCircuitInput(tree: CellTree, id: number): MembershipCircuitInput {
  const capacity = 8 ** tree.levels;
  if (!Number.isInteger(id) || id < 0 || id >= capacity) {
    throw new RangeError(`cell ids are integers from 0 to ${capacity - 1}, got ${id}`);
  }
  return { root: tree.root(), id, fields: tree.cell(id), children: tree.path(id) };
}
