import { HOME_CHAIN, opFields } from "../../state/ledger/operation.ts";
import { type HomeState, payoutOf } from "./home-state.ts";
import type { HomeViews } from "./home-views.ts";

const WEI_PER_UNIT = 1_000_000_000n;

/** The terms of docs/SETTLEMENT.md, section 7, in wei of NRX. */
export interface ValueStatement {
  readonly bondWei: bigint;
  readonly waitingDepositsWei: bigint;
  readonly waitingReturnsWei: bigint;
  readonly cellsWei: bigint;
  readonly unclaimedWithdrawalsWei: bigint;
  readonly outOnMirrorsWei: bigint;
  readonly sumWei: bigint;
  readonly vaultWei: bigint;
  /** What the vault has beyond the sum: tokens that somebody sent for nothing. Negative: a shortfall. */
  readonly surplusWei: bigint;
}

/** An unclaimed home withdrawal. */
export interface UnclaimedWithdrawal {
  readonly batch: number;
  readonly index: number;
  readonly recipient: bigint;
  readonly units: bigint;
}

export function unclaimedAtHome(state: HomeState): UnclaimedWithdrawal[] {
  const batches = [...(state.payouts.get(HOME_CHAIN)?.values() ?? [])];
  return batches.flatMap(({ batch, words }) =>
    words.flatMap((word, index) =>
      state.claimed.has(`${batch}:${index}`) ? [] : [{ batch, index, ...payoutOf(word) }],
    ),
  );
}

export function valueStatement(
  state: HomeState,
  views: Pick<HomeViews, "bondWei" | "balanceWei">,
): ValueStatement {
  const wei = (units: bigint): bigint => units * WEI_PER_UNIT;
  const sum = (units: readonly bigint[]): bigint => units.reduce((total, each) => total + each, 0n);
  const waiting = [...state.waiting.values()].flatMap(({ index, words }) => {
    const { kind, amountUnits } = opFields(words);
    const isDeposit = kind === "deposit" || kind === "depositToEvm";
    return isDeposit && !state.refunded.has(index) ? [{ index, units: amountUnits }] : [];
  });
  const unitsOf = (isReturn: boolean): bigint =>
    sum(waiting.filter(({ index }) => state.returns.has(index) === isReturn).map(({ units }) => units));
  const terms = {
    bondWei: views.bondWei,
    waitingDepositsWei: wei(unitsOf(false)),
    waitingReturnsWei: wei(unitsOf(true)),
    cellsWei: wei(state.unitsInCells() - state.paidUnits),
    unclaimedWithdrawalsWei: wei(sum(unclaimedAtHome(state).map(({ units }) => units))),
    outOnMirrorsWei: wei(sum([...state.outOnMirrorUnits.values()])),
  };
  const sumWei = sum(Object.values(terms));
  return { ...terms, sumWei, vaultWei: views.balanceWei, surplusWei: views.balanceWei - sumWei };
}
