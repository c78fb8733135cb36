import type { QueueEntry } from "../../bridge/home-history.ts";
import {
  CELL_TAG,
  decodeAccount,
  decodeModel,
  decodeTask,
  TASK_PHASE,
  tagOf,
} from "../../state/ledger/cells.ts";
import { type Credit, creditsOf } from "../../state/ledger/escape.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { HOME_CHAIN, opFields } from "../../state/ledger/operation.ts";
import { type HomeState, payoutOf } from "./home-state.ts";
import { type UnclaimedWithdrawal, unclaimedAtHome } from "./value.ts";

/** Whose part of the ledger is meant. */
export type Claimant =
  | { readonly account: number }
  /** Every account of this L1 address, a 160-bit number. */
  | { readonly address: bigint }
  | "everyone";

/** A cell that gives something to the claimant when it is opened. */
export interface HeldCell {
  readonly id: number;
  readonly what: string;
  /** Those of its credits that are the claimant's. */
  readonly credits: readonly Credit[];
  readonly units: bigint;
}

export interface WaitingDeposit {
  readonly entry: QueueEntry;
  readonly recipient: bigint;
  readonly units: bigint;
}

/** A withdrawal to a mirror; only the mirror knows whether it was claimed. */
export interface MirrorWithdrawal extends UnclaimedWithdrawal {
  readonly mirror: number;
  readonly words: readonly bigint[];
}

/** All that a claimant has in a ledger and around it, as of the state that was read. */
export interface Holdings {
  /** The claimant's accounts, all of them. */
  readonly accounts: readonly number[];
  readonly cells: readonly HeldCell[];
  /** Those cells, and the models and accounts through which their units reach the claimant. */
  readonly cellsToOpen: readonly number[];
  readonly deposits: readonly WaitingDeposit[];
  readonly withdrawals: readonly UnclaimedWithdrawal[];
  readonly mirrorWithdrawals: readonly MirrorWithdrawal[];
}

/** The named account does not exist. */
export class UnknownAccountError extends Error {
  override readonly name = "UnknownAccountError";
  readonly code = "UNKNOWN_ACCOUNT";
  constructor(readonly account: number) {
    super(
      `cell ${account} is no account of the ledger; name the address that owns the account with --address`,
    );
  }
}

/** Throws an {@link UnknownAccountError} if the claimant names a cell that is no account. */
export function holdingsOf(state: HomeState, claimant: Claimant): Holdings {
  const { ledger } = state;
  const accounts = accountsOf(ledger, claimant);
  const isOwn = (id: number): boolean => accounts.has(id);
  const ids = Array.from({ length: ledger.cellCount - 1 }, (_, i) => i + 1);
  const models = new Set(
    ids.filter((id) => tagOf(ledger.cell(id)) === CELL_TAG.model && isOwn(ownerOf(ledger, id))),
  );
  const cells = ids.flatMap((id) => {
    const credits = creditsOf(id, ledger.cell(id)).filter(({ to }) => isOwn(to) || models.has(to));
    const units = credits.reduce((sum, credit) => sum + credit.units, 0n);
    return units === 0n ? [] : [{ id, what: describeCell(ledger, id), credits, units }];
  });
  const isClaimants = recipientTest(ledger, claimant);
  return {
    accounts: [...accounts],
    cells,
    cellsToOpen: [...new Set(cells.flatMap((cell) => wayOf(ledger, cell)))].sort((a, b) => a - b),
    deposits: waitingDeposits(state).filter(({ recipient }) => isClaimants(recipient)),
    withdrawals: unclaimedAtHome(state).filter(({ recipient }) => isClaimants(recipient)),
    mirrorWithdrawals: mirrorWithdrawals(state).filter(({ recipient }) => isClaimants(recipient)),
  };
}

/** The cell, and what it credits: accounts, or models and their owners. */
const wayOf = (ledger: Ledger, { id, credits }: HeldCell): number[] => [
  id,
  ...credits.flatMap(({ to }) =>
    tagOf(ledger.cell(to)) === CELL_TAG.model ? [to, ownerOf(ledger, to)] : [to],
  ),
];

function accountsOf(ledger: Ledger, claimant: Claimant): Set<number> {
  const isAccount = (id: number): boolean => tagOf(ledger.cell(id)) === CELL_TAG.account;
  if (claimant !== "everyone" && "account" in claimant) {
    if (!isAccount(claimant.account)) throw new UnknownAccountError(claimant.account);
    return new Set([claimant.account]);
  }
  const ids = Array.from({ length: ledger.cellCount - 1 }, (_, i) => i + 1).filter(isAccount);
  if (claimant === "everyone") return new Set(ids);
  return new Set(ids.filter((id) => decodeAccount(ledger.cell(id)).l1Address === claimant.address));
}

/** Deposits and withdrawals name addresses, not accounts. */
function recipientTest(ledger: Ledger, claimant: Claimant): (recipient: bigint) => boolean {
  if (claimant === "everyone") return () => true;
  const address =
    "address" in claimant ? claimant.address : decodeAccount(ledger.cell(claimant.account)).l1Address;
  return (recipient) => recipient === address;
}

const ownerOf = (ledger: Ledger, model: number): number => Number(decodeModel(ledger.cell(model)).owner);

const PHASE_NAME: ReadonlyMap<bigint, string> = new Map(
  Object.entries(TASK_PHASE).map(([name, phase]) => [phase, name]),
);

function describeCell(ledger: Ledger, id: number): string {
  const cell = ledger.cell(id);
  if (tagOf(cell) === CELL_TAG.account) return `account ${id}`;
  if (tagOf(cell) === CELL_TAG.model) return `model ${id}`;
  return `task ${id}, ${PHASE_NAME.get(decodeTask(cell).phase)}`;
}

function waitingDeposits(state: HomeState): WaitingDeposit[] {
  return [...state.waiting.values()].flatMap((entry) => {
    const { kind, w1, amountUnits: units } = opFields(entry.words);
    if (state.refunded.has(entry.index)) return [];
    if (kind === "deposit") return [{ entry, recipient: w1, units }];
    return kind === "depositToEvm" ? [{ entry, recipient: entry.caller, units }] : [];
  });
}

function mirrorWithdrawals(state: HomeState): MirrorWithdrawal[] {
  return [...state.payouts].flatMap(([mirror, batches]) =>
    mirror === HOME_CHAIN
      ? []
      : [...batches.values()].flatMap(({ batch, words }) =>
          words.map((word, index) => ({ mirror, batch, index, words, ...payoutOf(word) })),
        ),
  );
}
