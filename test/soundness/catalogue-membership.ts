/** Claims about cells that no membership proof may support. */
import { type MembershipCircuitInput, membershipCircuitInput } from "../../prover/membership-witness.ts";
import { ALICE, FORGERY_SIZE, forgeryWorld, MODEL } from "../support/forgery-world.ts";
import type { CaseBuilder } from "./catalogue.ts";

const CAPACITY = 8 ** FORGERY_SIZE.levels;

const claim = (
  name: string,
  id: number,
  lie: (honest: MembershipCircuitInput) => Partial<MembershipCircuitInput>,
): CaseBuilder => [
  `refused: membership of ${name}`,
  () => {
    const honest = membershipCircuitInput(forgeryWorld().ledger.tree, id);
    return { input: { ...honest, ...lie(honest) }, allowed: null, twin: honest, isHonestInPublic: true };
  },
];

const withField = (field: number) => (honest: MembershipCircuitInput) => ({
  fields: honest.fields.map((value, i) => (i === field ? value + 5n : value)),
});

export const MEMBERSHIPS: readonly CaseBuilder[] = [
  ...[0, 1, 2, 3].map((field) => claim(`a cell with another field ${field}`, ALICE, withField(field))),
  ...[0, 1, 2, 3].map((field) => claim(`an empty cell with field ${field}`, CAPACITY - 1, withField(field))),
  claim("another cell", ALICE, () => ({ id: ALICE + 1 })),
  claim("a cell beyond the tree", ALICE, () => ({ id: ALICE + CAPACITY })),
  claim("a cell under another root", MODEL, ({ root }) => ({ root: root + 1n })),
  claim("a cell on another path", MODEL, ({ children }) => ({
    children: children.map((level, i) =>
      i === 0 ? level.map((child, k) => (k === 7 ? child + 1n : child)) : level,
    ),
  })),
];
