import { formatUnits } from "viem";
import { CELL_TAG, decodeTask, TASK_PHASE, tagOf } from "../../state/ledger/cells.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { opFields } from "../../state/ledger/operation.ts";
import type { HomeFollower } from "./home-follower.ts";
import type { HomeViews } from "./home-views.ts";
import type { LaneReport } from "./lane-report.ts";
import type { MirrorState } from "./mirror-follower.ts";
import { describeStanding, describeTime, type Standing, standingOf } from "./standing.ts";
import { unclaimedAtHome, type ValueStatement, valueStatement } from "./value.ts";

/** Everything that `npm run rebuild` says. Times in seconds, amounts as their names say. */
export interface RebuildReport {
  readonly chainId: number;
  readonly contract: string;
  readonly block: { readonly number: number; readonly hash: string; readonly timestampSeconds: bigint };
  readonly chainTimeSeconds: bigint;
  readonly batches: number;
  readonly permissionlessBatches: number;
  readonly newestBatchTimeSeconds: bigint;
  readonly root: bigint;
  readonly cellCount: number;
  readonly capacity: number;
  readonly cells: CellCounts;
  readonly operations: Readonly<Record<string, number>>;
  readonly invalidOperations: number;
  readonly queue: readonly QueueRow[];
  readonly standing: Standing;
  /** Batches need no operator any more, and mirrors get none. */
  readonly isDeposed: boolean;
  readonly withdrawalsUnclaimed: number;
  readonly mirrorsOut: readonly { readonly mirror: number; readonly units: bigint }[];
  readonly mirrors: readonly MirrorState[];
  readonly value: ValueStatement;
  /** Absent if it was not asked for. */
  readonly lane?: LaneReport;
  /** What does not agree, in words; empty if all is well. */
  readonly problems: readonly string[];
}

interface QueueRow {
  readonly index: number;
  readonly kind: string;
  readonly deadline: bigint;
  readonly isOverdue: boolean;
}

interface CellCounts {
  readonly accounts: number;
  readonly models: number;
  readonly openTasks: number;
  readonly claimedTasks: number;
  readonly submittedTasks: number;
  readonly closedTasks: number;
}

export function rebuildReport(
  home: HomeFollower,
  views: HomeViews,
  mirrors: readonly MirrorState[],
  chainTimeSeconds: bigint,
): RebuildReport {
  const { state, created, upTo } = home;
  const value = valueStatement(state, views);
  const queue = [...state.waiting.values()]
    .filter(({ index }) => !state.refunded.has(index))
    .map(({ index, words, deadline }) => {
      const { kind, code } = opFields(words);
      return { index, kind: kind ?? `kind ${code}`, deadline, isOverdue: chainTimeSeconds > deadline };
    });
  return {
    chainId: created.chainId,
    contract: created.address,
    block: upTo,
    chainTimeSeconds,
    batches: state.newest.number,
    permissionlessBatches: state.permissionlessBatches,
    newestBatchTimeSeconds: state.newest.timeSeconds,
    root: state.roots.at(-1) ?? 0n,
    cellCount: state.ledger.cellCount,
    capacity: state.ledger.capacity,
    cells: countCells(state.ledger),
    operations: Object.fromEntries([...state.operations].sort(([, a], [, b]) => b - a)),
    invalidOperations: state.invalidOperations,
    queue,
    standing: standingOf(state, views.terms, chainTimeSeconds),
    isDeposed: state.isDeposed,
    withdrawalsUnclaimed: unclaimedAtHome(state).length,
    mirrorsOut: [...views.outOnMirrorUnits].map(([mirror, units]) => ({ mirror, units })),
    mirrors,
    value,
    problems: problemsOf(value, mirrors),
  };
}

function problemsOf(value: ValueStatement, mirrors: readonly MirrorState[]): string[] {
  const problems = mirrors.flatMap(({ number, address, isHomesRoot, isOfThisHome, newestBatch }) => {
    const mirror = `mirror ${number} (${address})`;
    if (!isOfThisHome) return [`${mirror} belongs to another home contract`];
    if (isHomesRoot === false) {
      return [
        `${mirror} has another root after batch ${newestBatch} than home: whoever gives home the operator's signature of that batch, which is in the mirror's calldata, by reportFalseBatch deposes the operator and gets half of its bond`,
      ];
    }
    return [];
  });
  if (value.surplusWei < 0n) {
    problems.push(`the vault lacks ${nrx(-value.surplusWei)} NRX of what the ledger owes`);
  }
  return problems;
}

function countCells(ledger: Ledger): CellCounts {
  const counts = { accounts: 0, models: 0, openTasks: 0, claimedTasks: 0, submittedTasks: 0, closedTasks: 0 };
  for (let id = 1; id < ledger.cellCount; id++) {
    const cell = ledger.cell(id);
    switch (tagOf(cell)) {
      case CELL_TAG.account:
        counts.accounts += 1;
        break;
      case CELL_TAG.model:
        counts.models += 1;
        break;
      case CELL_TAG.task:
        counts[taskCountOf(decodeTask(cell).phase)] += 1;
        break;
    }
  }
  return counts;
}

function taskCountOf(phase: bigint): "openTasks" | "claimedTasks" | "submittedTasks" | "closedTasks" {
  if (phase === TASK_PHASE.open) return "openTasks";
  if (phase === TASK_PHASE.claimed) return "claimedTasks";
  return phase === TASK_PHASE.submitted ? "submittedTasks" : "closedTasks";
}

export const nrx = (wei: bigint): string => formatUnits(wei, 18);

const LABEL_WIDTH = 24;
const row = (label: string, value: string | number): string => `  ${label.padEnd(LABEL_WIDTH)}${value}`;
const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
const hex = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;
/** Queue entries that are listed one by one. */
const maxQueueRows = 10;

/** The report for people. */
export function describeRebuild(report: RebuildReport): string {
  const { block, chainTimeSeconds, cells, value } = report;
  const at = describeTime(block.timestampSeconds, chainTimeSeconds);
  const kinds = Object.entries(report.operations).map(([kind, count]) => `${count} ${kind}`);
  const operations = Object.values(report.operations).reduce((sum, count) => sum + count, 0);
  return [
    `Ledger of ${report.contract} on chain ${report.chainId}, rebuilt up to block ${block.number} of ${at}`,
    "",
    row("batches", batchesText(report)),
    row("root", `${hex(report.root)}, and every batch is the one that the contract accepted`),
    row("cells", `${report.cellCount} of ${report.capacity}`),
    row("", `${count(cells.accounts, "account")}, ${count(cells.models, "model")}`),
    row("", tasksText(cells)),
    row("operations", `${operations}, ${report.invalidOperations} of them no-ops`),
    row("", kinds.join(", ") || "none"),
    "",
    row("state", describeStanding(report.standing, chainTimeSeconds)),
    ...(report.isDeposed
      ? [row("operator", "deposed: it told a mirror of a batch that home did not accept")]
      : []),
    ...queueRows(report),
    ...mirrorRows(report),
    ...laneRows(report),
    "",
    ...valueRows(value, report.withdrawalsUnclaimed),
    "",
    ...(report.problems.length === 0
      ? ["  everything agrees"]
      : report.problems.map((problem) => `  ! ${problem}`)),
  ].join("\n");
}

function batchesText({
  batches,
  permissionlessBatches,
  newestBatchTimeSeconds,
  chainTimeSeconds,
}: RebuildReport) {
  if (batches === 0) return "none yet";
  const permissionless = permissionlessBatches === 0 ? "" : `, ${permissionlessBatches} without the operator`;
  return `${batches}${permissionless}; the newest is of ${describeTime(newestBatchTimeSeconds, chainTimeSeconds)}`;
}

const tasksText = ({ openTasks, claimedTasks, submittedTasks, closedTasks }: CellCounts): string =>
  `${openTasks} open, ${claimedTasks} claimed, ${submittedTasks} submitted, ${closedTasks} closed tasks`;

function queueRows({ queue, chainTimeSeconds }: RebuildReport): string[] {
  const rows = queue.slice(0, maxQueueRows).map(({ index, kind, deadline, isOverdue }) => {
    const when = describeTime(deadline, chainTimeSeconds);
    return row("", `${index} ${kind.padEnd(14)} ${isOverdue ? "overdue since" : "waits until"} ${when}`);
  });
  const more = queue.length > maxQueueRows ? [row("", `… and ${queue.length - maxQueueRows} more`)] : [];
  return [row("queue", queue.length === 0 ? "empty" : `${queue.length} wait`), ...rows, ...more];
}

function mirrorRows({ mirrors, mirrorsOut }: RebuildReport): string[] {
  const out = mirrorsOut.map(({ mirror, units }) => `${nrx(units * 10n ** 9n)} NRX on mirror ${mirror}`);
  const states = mirrors.map(({ number, chainId, address, newestBatch, isHomesRoot, isOfThisHome }) => {
    const root =
      isHomesRoot === undefined ? "home was read less far" : isHomesRoot ? "home's root" : "ANOTHER ROOT";
    const standing = isOfThisHome ? `batch ${newestBatch}, ${root}` : "of ANOTHER HOME";
    return row(`mirror ${number}`, `${address} on chain ${chainId}: ${standing}`);
  });
  return [...(out.length === 0 ? [] : [row("out on mirrors", out.join(", "))]), ...states];
}

function laneRows({ lane, chainTimeSeconds }: RebuildReport): string[] {
  if (lane === undefined) return [];
  const { number, hash, stateRoot, timestampSeconds, transactions, state } = lane;
  const at = describeTime(BigInt(timestampSeconds), chainTimeSeconds);
  return [
    row(
      "contract lane",
      `block ${number} of ${at}, executed again with all ${count(transactions, "transaction")} before it`,
    ),
    row("", `hash ${hash}`),
    row("", `state ${stateRoot}`),
    row(
      "",
      `of ${count(state.accounts, "account")} and ${count(state.slots, "slot")}; a second implementation comes to the same root`,
    ),
  ];
}

function valueRows(value: ValueStatement, unclaimed: number): string[] {
  const amounts: [string, bigint][] = [
    ["in cells", value.cellsWei],
    ["waiting deposits", value.waitingDepositsWei],
    ["waiting returns", value.waitingReturnsWei],
    [`unclaimed (${unclaimed})`, value.unclaimedWithdrawalsWei],
    ["out on mirrors", value.outOnMirrorsWei],
    ["operator's bond", value.bondWei],
    ["sum", value.sumWei],
    ["in the vault", value.vaultWei],
  ];
  const texts = amounts.map(([, wei]) => nrx(wei));
  const whole = (text: string): number => text.split(".")[0]?.length ?? 0;
  const width = Math.max(...texts.map(whole));
  const rows = amounts.map(([label], i) => {
    const text = texts[i] ?? "";
    return row(label, `${" ".repeat(width - whole(text))}${text}`);
  });
  const verdict =
    value.surplusWei < 0n
      ? `${nrx(-value.surplusWei)} NRX are MISSING`
      : value.surplusWei === 0n
        ? "the sum is in the vault, to the last unit"
        : `covered; ${nrx(value.surplusWei)} NRX were sent to the contract for nothing`;
  return [row("value in NRX", ""), ...rows, row("", verdict)];
}

/** JSON of a report or a plan: whole numbers that may be large are decimal strings. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === "bigint" ? each.toString() : each), 2);
