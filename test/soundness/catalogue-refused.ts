/** Batches that no proof may exist of, each wrong in one way. */
import type { BatchCircuitInput } from "../../prover/batch-witness.ts";
import { EMPTY_CELL, encodeAccount, RESERVED_CELL } from "../../state/ledger/cells.ts";
import type { OpParts, SignedOp } from "../../state/ledger/operation.ts";
import { poseidon } from "../../state/ledger/poseidon.ts";
import { batchOf } from "../support/batch-witness-check.ts";
import { type ForgedRow, rowOf } from "../support/forged-batch.ts";
import {
  ALICE,
  BOB,
  CAROL,
  DAVE,
  type Edit,
  FORGERY_SIZE,
  MODEL,
  plus,
  TASK,
  usedNonce,
} from "../support/forgery-world.ts";
import { actor, type LedgerScenario } from "../support/ledger-scenario.ts";
import {
  type CaseBuilder,
  executed,
  lied,
  refused,
  refusedSigned,
  resultOf,
  STREAM_WORD,
  withWord,
} from "./catalogue.ts";
import { other, SIGNED_OTHERWISE, withField } from "./catalogue-signatures.ts";
import { ALICES, claimed, NEXT, OPS, open, submitted, world } from "./catalogue-valid.ts";

const { gateway, operator, treasury } = RESERVED_CELL;
const CAPACITY = 8 ** FORGERY_SIZE.levels;

/** An op as signed, with something about it changed afterwards. */
const altered = (
  name: string,
  before: () => LedgerScenario,
  honest: (of: LedgerScenario) => SignedOp,
  shown: (of: LedgerScenario, op: SignedOp) => SignedOp,
): CaseBuilder => [
  `refused: ${name}`,
  () => {
    const [, build] = refused(name, before, (of) => ({ ops: [honest(of)], shown: [shown(of, honest(of))] }));
    const of = before();
    const { input } = build();
    return { input, allowed: null, twin: executed(of, honest(of)).input };
  },
];

const pay = (of: LedgerScenario, change: Partial<OpParts> = {}, options = {}): SignedOp => {
  const { sender, ...parts } = { ...OPS.transfer(), ...change };
  return of.signed(sender, parts, options);
};
const withWords = (op: SignedOp, words: Record<number, (word: bigint) => bigint>): SignedOp => ({
  ...op,
  words: op.words.map((word, i) => words[i]?.(word) ?? word) as never,
});
const FEE = 1n << 56n;
const AMOUNT = 1n << 104n;

const SIGNATURES: readonly CaseBuilder[] = [
  altered("signature of another amount", world, pay, (_, op) => withWords(op, { 0: (w0) => w0 + AMOUNT })),
  altered("signature of another memo", world, pay, (_, op) => withWords(op, { 1: (w1) => w1 + 1n })),
  altered(
    "signature of another param",
    world,
    (of) => of.signed(ALICE, { ...OPS.withdraw() }),
    (_, op) => withWords(op, { 0: (w0) => w0 + (1n << 168n) }),
  ),
  altered(
    "signature of other money",
    world,
    (of) => of.signed(ALICE, OPS.postTask(of)),
    (_, op) => withWords(op, { 2: (w2) => w2 + 1n }),
  ),
  altered(
    "signature of another content",
    world,
    (of) => of.signed(ALICE, OPS.postTask(of)),
    (_, op) => withWords(op, { 3: (w3) => w3 + 1n }),
  ),
  altered("signature of another ledger", world, pay, (of) => pay(of, {}, { domain: of.domain + 1n })),
  altered("signature with an old nonce", other(world, ALICE, usedNonce), pay, (of) =>
    pay(of, {}, { nonce: 0n }),
  ),
  altered("signature by another key", world, pay, (of) => pay(of, {}, { key: actor("bob").key })),
  altered(
    "fee above the maximum",
    world,
    (of) => pay(of, { feeUnits: 5n }),
    (_, op) => withWords(op, { 0: (w0) => w0 + FEE }),
  ),
  altered(
    "fee far above the maximum",
    world,
    (of) => pay(of, { feeUnits: 5n }),
    (_, op) => withWords(op, { 0: (w0) => w0 + FEE * 100_000n }),
  ),
  altered("too late", world, pay, (of) => pay(of, {}, { validUntil: of.timeSeconds - 1n })),
  altered(
    "a maximum fee that carries into the amount",
    world,
    (of) => pay(of, { amountUnits: 101n, feeUnits: 5n }),
    (_, { words, authorization }) => ({
      words: [words[0] - AMOUNT + 5n * FEE, words[1], words[2], words[3]],
      authorization: { ...authorization, maxFeeUnits: 5n + (1n << 48n) },
    }),
  ),
  altered(
    "a voucher signed with a nonce",
    () => claimed(),
    (of) => of.signed(ALICE, OPS.drawTask()),
    (of) => of.signed(ALICE, OPS.drawTask(), { nonce: of.account(ALICE).nonce }),
  ),
];

const INVALID: readonly CaseBuilder[] = [
  refusedSigned("signed transfer of too much", world, () => ({
    ...OPS.transfer(),
    amountUnits: 10_000_001n,
  })),
  refusedSigned("signed claim of a claimed task", claimed, OPS.claimTask),
  refusedSigned("signed verdict by another", submitted, () => ({ ...OPS.settleTask(), sender: ALICE })),
  // Their message names the task: the words are for the queue.
  refusedSigned("signed claim with the task's terms", open, (of) => ({
    ...OPS.claimTask(),
    w1: of.ledger.cell(TASK)[1],
  })),
  refusedSigned("signed claim with the task's money", open, (of) => ({
    ...OPS.claimTask(),
    w2: of.ledger.cell(TASK)[2],
  })),
  [
    "refused: deposit that nobody queued",
    () => {
      const before = world();
      const queued = before.priority(OPS.deposit());
      const { authorization } = pay(before);
      const [, build] = refused("", world, () => ({
        ops: [queued],
        shown: [{ words: queued.words, authorization }],
      }));
      return build();
    },
  ],
];

/** A creating op at a cell that it may not have, in a tree that is not full. */
const misplaced = (
  name: string,
  before: () => LedgerScenario,
  parts: (of: LedgerScenario) => OpParts,
): CaseBuilder =>
  refused(`misplaced ${name}`, before, (of) => ({
    ops: [of.priority({ kind: "transfer", sender: ALICE, object: parts(of).object ?? 0, amountUnits: 0n })],
    shown: [of.priority(parts(of))],
    extraCells: [ALICE, CAROL, MODEL],
    valid: false,
  }));

const used = () => {
  const before = world();
  before.ledger.cellCount = BOB;
  before.nextBatch(0n);
  return before;
};

const PLACEMENT: readonly CaseBuilder[] = [
  misplaced("deposit at another account", world, () => ({ ...OPS.deposit(), object: BOB })),
  misplaced("deposit at a cell too far", world, () => ({ ...OPS.deposit(), object: NEXT + 1 })),
  misplaced("openAccount", world, () => ({ ...OPS.openAccount(), object: BOB })),
  misplaced("registerModel", world, () => ({ ...OPS.registerModel(), sender: ALICE, object: BOB })),
  misplaced("postTask over an open task", open, (of) => ({ ...OPS.postTask(of), object: TASK })),
  misplaced("postTask over a model", world, (of) => ({ ...OPS.postTask(of), object: MODEL })),
  misplaced(
    "deposit at the gateway",
    other(world, gateway, (cell) => [cell[0], ALICES.w1, ALICES.w2, ALICES.w3]),
    () => ({
      kind: "deposit",
      amountUnits: 5n,
      ...ALICES,
      object: gateway,
    }),
  ),
  refused("a fresh cell that is not empty: openAccount", used, (of) => ({
    ops: [of.priority({ ...OPS.openAccount(), object: BOB })],
  })),
  refused("a fresh cell that is not empty: deposit", used, (of) => ({
    ops: [of.priority({ ...OPS.deposit(), object: BOB })],
  })),
];

const edited = (name: string, edit: (input: BatchCircuitInput) => BatchCircuitInput): CaseBuilder =>
  refused(name, world, (of) => ({ ops: [of.priority({ ...OPS.withdraw(), param: 0n })] }), edit);
const withRow = (row: number, change: (id: number) => number) => (input: BatchCircuitInput) => ({
  ...input,
  rowIds: input.rowIds.map((id, k) => (k === row ? change(id) : id)),
});

const RANGES: readonly CaseBuilder[] = [
  edited(
    "w0 beyond 192 bits",
    withWord(STREAM_WORD.w0, (w0) => w0 + (1n << 192n)),
  ),
  edited(
    "w1 beyond 224 bits",
    withWord(STREAM_WORD.w1, (w1) => w1 + (1n << 224n)),
  ),
  refused(
    "money beyond 192 bits",
    world,
    (of) => ({ ops: [of.priority(OPS.postTask(of))] }),
    withWord(STREAM_WORD.w2, (w2) => w2 + (1n << 192n)),
  ),
  edited(
    "time beyond 40 bits",
    withWord(STREAM_WORD.time, (time) => time + (1n << 40n)),
  ),
  edited(
    "cellCount beyond the capacity",
    withWord(STREAM_WORD.cellCountBefore, () => BigInt(CAPACITY + 1)),
  ),
  edited(
    "cellCount far beyond it",
    withWord(STREAM_WORD.cellCountBefore, (count) => count + BigInt(2 * CAPACITY)),
  ),
  edited(
    "more priority bits than ops",
    withWord(STREAM_WORD.priorityBits, (bits) => bits + 2n),
  ),
  refused(
    "caller of a signed op",
    world,
    (of) => ({ ops: [pay(of)] }),
    withWord(STREAM_WORD.caller, () => 1n),
  ),
];

const change = (id: number, edit: Edit) => (rows: ForgedRow[]) => {
  const row = rowOf(rows, id);
  row.cell = edit(row.cell);
  row.after = edit(row.after);
  return rows;
};

const TREE: readonly CaseBuilder[] = [
  lied("row 0 is not the operator", world, (of) => ({
    ops: [pay(of, { feeUnits: 5n })],
    claim: (rows) => [{ id: 0, cell: EMPTY_CELL, after: EMPTY_CELL, path: [] }, ...rows.slice(1)],
  })),
  // Its cut goes to the gateway.
  lied(
    "row 1 is not the treasury",
    () => submitted({ model: 0 }),
    (of) => ({
      ops: [of.priority(OPS.settleTask())],
      extraCells: [gateway],
      claim: (rows) => rows.filter(({ id }) => id !== treasury),
    }),
  ),
  lied(
    "a row beyond twice the capacity",
    world,
    (of) => ({ ops: [of.priority({ ...OPS.withdraw(), param: 0n })] }),
    withRow(5, () => 2 * CAPACITY + 1),
  ),
  // The second row begins where the first one ends: the operator pays a fee with what it earns by it.
  lied("a cell opened twice", other(world, operator, plus(100n)), (of) => ({
    ops: [of.priority({ ...OPS.transfer(), sender: operator, feeUnits: 5n })],
    claim: (rows) => {
      const first = rowOf(rows, operator);
      const second = { ...first, cell: plus(5n)(first.cell), after: plus(5n)(first.after) };
      first.after = second.cell;
      return rows.flatMap((row) => (row.id === treasury ? [row, second] : [row]));
    },
  })),
  refused("a cell that has no row", world, (of) => ({
    ops: [of.priority({ ...OPS.withdraw() })],
    shown: [of.priority({ ...OPS.transfer(), object: 62 })],
    extraCells: [BOB],
  })),
  lied("a richer sender", world, (of) => ({ ops: [pay(of)], claim: change(ALICE, plus(5n)) })),
  lied("a richer sender, on a path that says so", world, (of) => ({
    ops: [pay(of)],
    claim: change(ALICE, plus(5n)),
    claimPaths: (rows) => {
      const row = rowOf(rows, ALICE);
      if (row.path[0] !== undefined) row.path[0][ALICE] = poseidon(row.cell);
    },
  })),
  lied("a wrong sibling", world, (of) => ({
    ops: [pay(of)],
    claimPaths: (rows) => {
      const [leaves] = rowOf(rows, BOB).path;
      if (leaves !== undefined) leaves[CAROL] = 0n;
    },
  })),
  lied(
    "a path of another tree",
    world,
    (of) => ({ ops: [pay(of)] }),
    (input) => ({
      ...input,
      rootChildren: input.rootChildren.map((child, i) => (i === 7 ? child + 1n : child)),
    }),
  ),
  refused(
    "another root before",
    world,
    (of) => ({ ops: [pay(of)] }),
    withWord(STREAM_WORD.rootBefore, (root) => root + 1n),
  ),
  ...[1, 2, 3].map((field) =>
    lied(`an empty cell with contents in field ${field}`, world, (of) => ({
      ops: [of.priority(OPS.deposit())],
      claim: change(NEXT, (cell) => withField(field, (cell[field] as bigint) + 77n)(cell)),
    })),
  ),
];

/** An unused row whose cell is an account: no root says so. The op names it as if the tree had it. */
const beyond = (name: string, parts: OpParts): CaseBuilder => [
  `failing: ${name} beyond the tree, with a row`,
  () => {
    const before = world();
    const { l1Address, publicKey } = actor("erin");
    const cell = encodeAccount({
      nonce: 0n,
      balance: 1_000n,
      l1Address,
      pubX: publicKey.x,
      pubY: publicKey.y,
    });
    const { input } = batchOf(before, [before.priority(parts, l1Address)]);
    const row = input.rowIds.indexOf(CAPACITY);
    const leaves = [poseidon(cell), 0n, 0n, 0n, 0n, 0n, 0n, 0n];
    const forged = {
      ...input,
      cells: input.cells.map((each, k) => (k === row ? cell : each)),
      children: input.children.map((each, k) => (k === row ? [leaves] : each)),
    };
    return { input: forged, allowed: resultOf(forged.stream) };
  },
];

const UNUSED_ROWS: readonly CaseBuilder[] = [
  beyond("withdraw", { kind: "withdraw", sender: CAPACITY, amountUnits: 5n, w1: 1n }),
  beyond("transfer", { kind: "transfer", sender: CAPACITY, object: DAVE, amountUnits: 5n }),
];

export const REFUSED: readonly CaseBuilder[] = [
  ...SIGNED_OTHERWISE,
  ...SIGNATURES,
  ...INVALID,
  ...PLACEMENT,
  ...RANGES,
  ...TREE,
  ...UNUSED_ROWS,
];
