import type { StageError, StageState } from "../bridge/stage-loop.ts";

/** How one stage is doing. */
export interface StageHealth {
  readonly name: string;
  readonly state: StageState;
  /** When its last round ended well; undefined before the first. */
  readonly lastSuccessAtMs: number | undefined;
  readonly lastError: StageError | undefined;
  /** It needs a chain, and the chain may be away for a while. */
  readonly isRemote: boolean;
  /** Without it the node does not do what it is for. A mirror's sender may be down alone. */
  readonly isVital: boolean;
}

/** A chain that nobody has reached for so long is away. Longer than the longest pause between two tries. */
export const MAX_SILENCE_MS = 60_000;

/**
 * Whether the node does what it is for: every vital stage runs, and home was reached lately. Reasons are for a person.
 * Before home was reached for the first time the node is not ready.
 */
export function readinessOf(stages: readonly StageHealth[], nowMs: number) {
  const reasons = stages
    .filter(({ isVital }) => isVital)
    .map((stage) => whyNotReady(stage, nowMs))
    .filter((reason) => reason !== undefined);
  return {
    isReady: reasons.length === 0,
    details: {
      reasons,
      stages: Object.fromEntries(stages.map(({ name, state }) => [name, state])),
    },
  };
}

function whyNotReady(stage: StageHealth, nowMs: number): string | undefined {
  const { name, state, lastSuccessAtMs, lastError, isRemote } = stage;
  const why = lastError === undefined ? "" : `: ${lastError.message}`;
  if (state === "stopped" || state === "closed" || state === "idle") return `${name} is ${state}${why}`;
  if (!isRemote) return undefined;
  if (lastSuccessAtMs === undefined) return `${name} has not reached its chain yet${why}`;
  if (nowMs - lastSuccessAtMs <= MAX_SILENCE_MS) return undefined;
  return `${name} has not reached its chain for ${Math.round((nowMs - lastSuccessAtMs) / 1000)} s${why}`;
}
