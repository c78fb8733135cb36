/** A small ledger with a model and one task in any state, for forgeries, and what forgers do to its cells. */
import {
  type Cell,
  decodeModel,
  decodeTask,
  encodeAccount,
  encodeModel,
  encodeTask,
  type Model,
  TASK_PHASE,
  type Task,
} from "../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { withBalance } from "./forged-batch.ts";
import { LedgerScenario, type PostedTask } from "./ledger-scenario.ts";

/** One op, and room for its four cells. */
export const FORGERY_SIZE = { levels: 2, maxOps: 1, maxCells: 6 };

export const ALICE = 5;
export const BOB = 6;
export const CAROL = 7;
export const DAVE = 8;
export const MODEL = 9;
export const TASK = 10;

export const PRICE = 5n;
export const SHARE = 100n;
export const MANIFEST = 1n;
export const REVENUE = 77n;
export const REWARD = 1_000_000n;
export const BOND = 50_000n;
export const VERIFIER_FEE = 700n;
export const CONTENT = 3n;

let built: LedgerScenario | undefined;

/** Dave's model has earned 77 units; Alice has posted a task without a model, which Carol verifies. */
export function forgeryWorld(): LedgerScenario {
  if (built === undefined) {
    built = new LedgerScenario({ size: FORGERY_SIZE });
    for (const name of ["alice", "bob", "carol", "dave"]) built.fund(name, 10_000_000n);
    const model = { kind: "registerModel", amountUnits: PRICE, param: SHARE, w3: MANIFEST } as const;
    built.apply(built.signed(DAVE, model));
    built.nextBatch(0n);
    replace(built, MODEL, withModel({ revenue: REVENUE }));
  }
  return built.fork();
}

/** The world with a task in any state. */
export function withTask(state: Partial<Task> = {}, posted: Partial<PostedTask> = {}): LedgerScenario {
  const before = forgeryWorld();
  const words = { reward: REWARD, bond: BOND, verifierFee: VERIFIER_FEE, ...posted };
  before.apply(
    before.signed(ALICE, {
      kind: "postTask",
      ...before.taskWords({ verifier: CAROL, ...words }),
      w3: CONTENT,
    }),
  );
  before.nextBatch(0n);
  replace(before, TASK, withState({ worker: state.phase === undefined ? 0n : BigInt(BOB), ...state }));
  return before;
}

export const claimed = (state: Partial<Task> = {}) => withTask({ phase: TASK_PHASE.claimed, ...state });
export const submitted = (state: Partial<Task> = {}, posted: Partial<PostedTask> = {}) =>
  withTask({ phase: TASK_PHASE.submitted, submittedAt: forgeryWorld().timeSeconds, ...state }, posted);

/** The same after the deadline and every window. */
export function late(before: LedgerScenario): LedgerScenario {
  before.nextBatch(10_000n);
  return before;
}

export type Edit = (cell: Cell) => Cell;

export function replace({ ledger, store }: LedgerScenario, id: number, edit: Edit): void {
  ledger.tree.setCell(id, edit(ledger.cell(id)));
  store.save(ledger.tree);
}

export const withModel =
  (changes: Partial<Model>): Edit =>
  (cell) =>
    encodeModel({ ...decodeModel(cell), ...changes });
export const withState =
  (changes: Partial<Task>): Edit =>
  (cell) =>
    encodeTask({ ...decodeTask(cell), ...changes });
export const plus =
  (units: bigint, nonces = 0n): Edit =>
  (cell) => {
    const [f0, ...rest] = withBalance(cell, units);
    return [(f0 + (nonces << 8n)) % FIELD_PRIME, ...rest];
  };
export const usedNonce = plus(0n, 1n);
/** An account, seen as a model that Dave owns: its nonce stands where a model has its owner's lowest bits. */
export const posingAsModel: Edit = ([, l1Address, pubX, pubY]) =>
  encodeAccount({ nonce: BigInt(DAVE) << 24n, balance: 1n << 20n, l1Address, pubX, pubY });
