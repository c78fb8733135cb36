import { type Layout, layout, pack, unpack } from "./packing.ts";

/** One leaf of the ledger tree: four field elements (docs/LEDGER.md, section 2). */
export type Cell = readonly [bigint, bigint, bigint, bigint];

export const EMPTY_CELL: Cell = [0n, 0n, 0n, 0n];

export const CELL_TAG = { account: 1n, model: 2n, task: 3n } as const;

/** Cells that exist from genesis on. Cell 0 is always empty. */
export const RESERVED_CELL = { operator: 1, treasury: 2, gateway: 3, governor: 4 } as const;
export const GENESIS_CELL_COUNT = 5;

export const MODEL_STATUS = { active: 1n, frozenByOwner: 2n, frozenByGovernor: 3n, retired: 4n } as const;
export const TASK_PHASE = {
  open: 1n,
  claimed: 2n,
  submitted: 3n,
  accepted: 4n,
  rejected: 5n,
  refunded: 6n,
  paidOnSilence: 7n,
} as const;
export const TASK_KIND = { training: 1n, inference: 2n, validation: 3n } as const;
export const TASK_FLAG_SILENCE_ACCEPTS = 1n;

/** Basis of all rates, and the treasury's share of every payout. */
export const RATE_BASIS = 10_000n;
export const TREASURY_RATE = 200n;

export const ACCOUNT_HEAD = layout([
  ["tag", 8],
  ["nonce", 32],
  ["balance", 64],
]);
export const MODEL_HEAD = layout([
  ["tag", 8],
  ["status", 8],
  ["share", 16],
  ["owner", 24],
  ["price", 64],
]);
/** Identity of a model and, as the low bits of its terms, of a task. */
export const SERIAL = layout([
  ["owner", 24],
  ["nonce", 32],
]);
export const TASK_HEAD = layout([
  ["tag", 8],
  ["phase", 8],
  ["worker", 24],
  ["submittedAt", 40],
  ["drawn", 64],
]);
export const TASK_TERMS = layout([
  ["requester", 24],
  ["nonce", 32],
  ["verifier", 24],
  ["model", 24],
  ["kind", 8],
  ["flags", 8],
  ["treasuryRate", 16],
  ["share", 16],
  ["deadline", 40],
  ["window", 32],
]);
export const TASK_MONEY = layout([
  ["reward", 64],
  ["bond", 64],
  ["verifierFee", 64],
]);

type Values<L> = L extends Layout<infer Name> ? Omit<Record<Name, bigint>, "tag"> : never;

export type Account = Values<typeof ACCOUNT_HEAD> & { l1Address: bigint; pubX: bigint; pubY: bigint };
export type Model = Values<typeof MODEL_HEAD> & { serial: bigint; revenue: bigint; manifest: bigint };
export type Task = Values<typeof TASK_HEAD> & {
  terms: Values<typeof TASK_TERMS>;
  money: Values<typeof TASK_MONEY>;
  content: bigint;
};

/** The type tag of a cell; 0 for the empty cell. */
export const tagOf = (cell: Cell): bigint => cell[0] & 0xffn;

export const encodeAccount = (account: Account): Cell => [
  pack(ACCOUNT_HEAD, { tag: CELL_TAG.account, nonce: account.nonce, balance: account.balance }),
  account.l1Address,
  account.pubX,
  account.pubY,
];

export function decodeAccount(cell: Cell): Account {
  const { nonce, balance } = unpack(ACCOUNT_HEAD, cell[0]);
  return { nonce, balance, l1Address: cell[1], pubX: cell[2], pubY: cell[3] };
}

export const encodeModel = (model: Model): Cell => [
  pack(MODEL_HEAD, {
    tag: CELL_TAG.model,
    status: model.status,
    share: model.share,
    owner: model.owner,
    price: model.price,
  }),
  model.serial,
  model.revenue,
  model.manifest,
];

export function decodeModel(cell: Cell): Model {
  const { status, share, owner, price } = unpack(MODEL_HEAD, cell[0]);
  return { status, share, owner, price, serial: cell[1], revenue: cell[2], manifest: cell[3] };
}

export const encodeTask = (task: Task): Cell => [
  pack(TASK_HEAD, {
    tag: CELL_TAG.task,
    phase: task.phase,
    worker: task.worker,
    submittedAt: task.submittedAt,
    drawn: task.drawn,
  }),
  pack(TASK_TERMS, task.terms),
  pack(TASK_MONEY, task.money),
  task.content,
];

export function decodeTask(cell: Cell): Task {
  const { phase, worker, submittedAt, drawn } = unpack(TASK_HEAD, cell[0]);
  const terms = unpack(TASK_TERMS, cell[1]);
  const money = unpack(TASK_MONEY, cell[2]);
  return { phase, worker, submittedAt, drawn, terms, money, content: cell[3] };
}

/** True for a task whose cell may be reused: nothing is locked in it any more. */
export const isClosedTask = (cell: Cell): boolean =>
  tagOf(cell) === CELL_TAG.task && decodeTask(cell).phase >= TASK_PHASE.accepted;

/** Units that a cell holds: a balance, a revenue, or what an unfinished task has locked. Section 8 sums this. */
export function unitsHeldBy(cell: Cell): bigint {
  switch (tagOf(cell)) {
    case CELL_TAG.account:
      return decodeAccount(cell).balance;
    case CELL_TAG.model:
      return decodeModel(cell).revenue;
    case CELL_TAG.task: {
      const { phase, money, drawn } = decodeTask(cell);
      if (phase >= TASK_PHASE.accepted) return 0n;
      const bond = phase === TASK_PHASE.open ? 0n : money.bond;
      return money.reward - drawn + money.verifierFee + bond;
    }
    default:
      return 0n;
  }
}
