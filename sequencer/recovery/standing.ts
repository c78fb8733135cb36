import type { HomeState } from "./home-state.ts";
import type { HomeTerms, HomeViews } from "./home-views.ts";

/** Who may do what at a home contract at some time (docs/SETTLEMENT.md, sections 2 to 5). Times in seconds. */
export type Standing =
  /** Over: everything leaves by escape. */
  | { readonly phase: "frozen" }
  /** Only the operator may submit batches; nothing waits, or the first entry waits until its deadline. */
  | { readonly phase: "running"; readonly firstDeadline: bigint | undefined }
  /** Anyone may submit batches; anyone may freeze after `freezableAfter`, if there is such a time. */
  | {
      readonly phase: "suspended";
      readonly isDeposed: boolean;
      readonly freezableAfter: bigint | undefined;
    }
  /** Anyone may submit batches, or freeze. */
  | { readonly phase: "freezable" };

type QueueViews = Pick<HomeViews, "newestDeadline" | "queueHead" | "queueTail"> & {
  readonly terms: Pick<HomeTerms, "inclusionDelay" | "entryInterval">;
};

export function standingOf(
  state: Pick<HomeState, "waiting" | "isFrozen" | "isDeposed">,
  terms: Pick<HomeTerms, "freezeDelay">,
  nowSeconds: bigint,
): Standing {
  if (state.isFrozen) return { phase: "frozen" };
  const deadline = firstDeadline([...state.waiting.values()]);
  const isOverdue = deadline !== undefined && nowSeconds > deadline;
  if (!isOverdue && !state.isDeposed) return { phase: "running", firstDeadline: deadline };
  const freezableAfter = isOverdue ? deadline + BigInt(terms.freezeDelay) : undefined;
  if (freezableAfter !== undefined && nowSeconds > freezableAfter) return { phase: "freezable" };
  return { phase: "suspended", isDeposed: state.isDeposed, freezableAfter };
}

/** When the first of these entries must be in a batch: by its own deadline, and by that of the newest one, which comes after it. */
function firstDeadline(waiting: readonly { readonly deadline: bigint }[]): bigint | undefined {
  const own = waiting[0]?.deadline;
  const newest = waiting.at(-1)?.deadline;
  return own !== undefined && newest !== undefined && newest < own ? newest : own;
}

/** Last second at which an operation that is queued now may wait (docs/SETTLEMENT.md, section 3). */
export function nextDeadline(
  { terms, newestDeadline, queueHead, queueTail }: QueueViews,
  nowSeconds: bigint,
): bigint {
  const interval = BigInt(terms.entryInterval);
  const usual = nowSeconds + BigInt(terms.inclusionDelay);
  const latest = usual + BigInt(queueTail - queueHead) * interval;
  const following = newestDeadline + interval < latest ? newestDeadline + interval : latest;
  return following > usual ? following : usual;
}

/** A time for people: UTC, and how far it is from now. */
export function describeTime(seconds: bigint, nowSeconds: bigint): string {
  const text = new Date(Number(seconds) * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
  const distance = seconds - nowSeconds;
  if (distance === 0n) return `${text} (now)`;
  return distance > 0n ? `${text} (in ${duration(distance)})` : `${text} (${duration(-distance)} ago)`;
}

function duration(seconds: bigint): string {
  if (seconds < 120n) return `${seconds} s`;
  if (seconds < 7_200n) return `${seconds / 60n} min`;
  if (seconds < 172_800n) return `${seconds / 3_600n} h`;
  return `${seconds / 86_400n} days`;
}

/** What the standing means for everyone, in one or two sentences. */
export function describeStanding(standing: Standing, nowSeconds: bigint): string {
  switch (standing.phase) {
    case "frozen":
      return "frozen: everything leaves by npm run escape";
    case "running":
      return standing.firstDeadline === undefined
        ? "running: nothing waits in the queue"
        : `running: the operator must include the first entry by ${describeTime(standing.firstDeadline, nowSeconds)}`;
    case "suspended": {
      const freeze =
        standing.freezableAfter === undefined
          ? ""
          : `; anyone may freeze it after ${describeTime(standing.freezableAfter, nowSeconds)}`;
      const reason = standing.isDeposed ? "the operator was deposed" : "the operator is late";
      return `suspended, ${reason}: anyone may submit batches with npm run batch${freeze}`;
    }
    case "freezable":
      return "overdue: anyone may submit batches with npm run batch, or freeze the ledger with npm run escape -- --freeze";
  }
}
