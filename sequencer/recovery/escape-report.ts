import { formatUnits } from "viem";
import type { Payment } from "./escape-run.ts";
import type { Holdings } from "./holdings.ts";
import type { HomeFollower } from "./home-follower.ts";
import type { HomeViews } from "./home-views.ts";
import { describeTime, nextDeadline, type Standing } from "./standing.ts";

const UNIT_DECIMALS = 9;
const LABEL_WIDTH = 40;

const nrx = (units: bigint): string => `${formatUnits(units, UNIT_DECIMALS)} NRX`;
const row = (label: string, value: string): string => `  ${label.padEnd(LABEL_WIDTH)}${value}`;
const hexAddress = (address: bigint): string => `0x${address.toString(16).padStart(40, "0")}`;

/** What the claimant has, for people. */
export function describeHoldings(home: HomeFollower, holdings: Holdings): string {
  const { state, created, upTo } = home;
  const cells = holdings.cells.map(({ id, what, units, credits }) => {
    const opened = state.openedCells.has(id) ? ", opened" : "";
    return row(`${what}${opened}`, `${nrx(units)}  ${credits.map(({ as }) => as).join(", ")}`);
  });
  const deposits = holdings.deposits.map(({ entry, units }) =>
    row(
      `deposit ${entry.index}`,
      `${nrx(units)}  in the queue, deadline ${describeTime(entry.deadline, upTo.timestampSeconds)}`,
    ),
  );
  const withdrawals = holdings.withdrawals.map(({ batch, index, recipient, units }) =>
    row(`withdrawal ${index} of batch ${batch}`, `${nrx(units)}  unclaimed, to ${hexAddress(recipient)}`),
  );
  const mirrors = holdings.mirrorWithdrawals.map(({ mirror, batch, index, units }) =>
    row(`withdrawal ${index} of batch ${batch}`, `${nrx(units)}  made to mirror ${mirror}`),
  );
  const rows = [...cells, ...deposits, ...withdrawals, ...mirrors];
  const accounts = holdings.accounts.length === 0 ? "no account" : `accounts ${holdings.accounts.join(", ")}`;
  return [
    `Ledger of ${created.address} on chain ${created.chainId} after batch ${state.newest.number}: ${accounts}`,
    "",
    ...(rows.length === 0 ? ["  nothing is here"] : rows),
  ].join("\n");
}

/** What can be done now, and until when the others have to act. */
export function describeOptions(standing: Standing, views: HomeViews, now: bigint): string {
  switch (standing.phase) {
    case "frozen":
      return "The ledger is frozen: run this with --key to take everything out.";
    case "freezable":
      return "The first entry has been overdue for too long: include it with npm run batch, or end the ledger with --freeze; everything leaves by escape then.";
    case "suspended": {
      const from = standing.freezableAfter;
      const freeze = from === undefined ? "" : `; --freeze is possible after ${describeTime(from, now)}`;
      const reason = standing.isDeposed ? "was deposed" : "is late";
      return `The operator ${reason}: anyone may include the waiting entries with npm run batch${freeze}.`;
    }
    case "running": {
      const deadline = nextDeadline(views, now);
      const freezable = deadline + BigInt(views.terms.freezeDelay);
      return [
        "The ledger runs: withdraw with your wallet. If the operator does not include it, force it with",
        "--force-withdraw AMOUNT. Queued now,",
        `  the operator must include it by ${describeTime(deadline, now)};`,
        "  afterwards anyone may, with npm run batch,",
        `  and if nobody does, anyone may freeze the ledger after ${describeTime(freezable, now)}.`,
      ].join("\n");
    }
  }
}

export function describePayments(payments: readonly Payment[]): string {
  if (payments.length === 0) return "Nothing was left to pay.";
  const rows = payments.map(({ for: what, recipient, units }) => row(what, `${nrx(units)}  to ${recipient}`));
  const total = payments.reduce((sum, { units }) => sum + units, 0n);
  return ["Paid:", "", ...rows, row("together", nrx(total))].join("\n");
}
