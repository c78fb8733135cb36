import type { RequestOf } from "./requests.ts";

/** The delays that the home contract was deployed with (docs/SETTLEMENT.md, section 1). */
export interface SettlementDelays {
  /** Seconds that a queued operation may wait. */
  readonly inclusionDelaySeconds: bigint;
  /** Seconds past that after which anyone may freeze the ledger. */
  readonly freezeDelaySeconds: bigint;
  /** Seconds that a batch's time, with which deadlines are compared, may lie behind the clock. */
  readonly maxTimeLagSeconds: bigint;
}

/** Those of chains that are not local ones, unless the deployer chose others. `HomeChain.terms` reads the real ones. */
export const DEFAULT_SETTLEMENT_DELAYS: SettlementDelays = {
  inclusionDelaySeconds: 86_400n,
  freezeDelaySeconds: 518_400n,
  maxTimeLagSeconds: 86_400n,
};

/** Something that the author should know and that does not make the operation invalid. */
export interface OperationWarning {
  readonly code: "window-below-forced-inclusion" | "deadline-below-forced-inclusion";
  readonly message: string;
  /** What the task leaves. */
  readonly seconds: bigint;
  /** What it takes without the operator. */
  readonly forcedInclusionSeconds: bigint;
}

/**
 * Warns of a task whose times are shorter than those of the home chain. An operation that the operator ignores is queued there; it
 * is in after the inclusion delay, or, after the freeze delay, the ledger freezes. Before that the operator may have held the
 * batches' time back, and so begun a window earlier than it seemed. Who has less time than all of this relies on the operator.
 */
export function taskWarnings(
  { windowSeconds, deadlineSeconds }: RequestOf<"postTask">,
  nowSeconds: bigint,
  { inclusionDelaySeconds, freezeDelaySeconds, maxTimeLagSeconds }: SettlementDelays,
): OperationWarning[] {
  const forcedInclusionSeconds = maxTimeLagSeconds + inclusionDelaySeconds + freezeDelaySeconds;
  const warning = (code: OperationWarning["code"], who: string, seconds: bigint, what: string) => {
    const message =
      `${who} ${seconds} s, less than the ${forcedInclusionSeconds} s in which the home chain, its batches' time held back, includes an operation or ` +
      `freezes the ledger: ${what} in time is up to the operator`;
    return { code, message, seconds, forcedInclusionSeconds };
  };
  const left = deadlineSeconds > nowSeconds ? deadlineSeconds - nowSeconds : 0n;
  return [
    ...(windowSeconds < forcedInclusionSeconds
      ? [
          warning(
            "window-below-forced-inclusion",
            "the verifier has",
            windowSeconds,
            "whether the verdict arrives",
          ),
        ]
      : []),
    ...(left < forcedInclusionSeconds
      ? [
          warning(
            "deadline-below-forced-inclusion",
            "until the deadline there are",
            left,
            "whether claim and result arrive",
          ),
        ]
      : []),
  ];
}
