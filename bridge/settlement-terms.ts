/** What a deployed home contract promises (docs/SETTLEMENT.md section 1), and what it promises unless somebody says otherwise. */

export interface SettlementTerms {
  /** How long a queued operation may wait. */
  readonly inclusionDelaySeconds: number;
  /** Between the deadlines of neighbouring entries. */
  readonly entryIntervalSeconds: number;
  /** Past a deadline, after which anyone may freeze. */
  readonly freezeDelaySeconds: number;
  /** Between asking for the operator's bond and getting it, and as long to take it. */
  readonly bondDelaySeconds: number;
  /** How far a batch's time may lie behind the chain's. */
  readonly maxTimeLagSeconds: number;
  /** Between a proposal of the recovery contract's guardian and the moment when it can be made final. */
  readonly recoveryTimelockSeconds: number;
  /** Base of the queue's fee. */
  readonly feeStepWei: bigint;
  /** Mirrors are numbered from 1 to this, whether they are deployed or not. */
  readonly mirrorCount: number;
}

const DAY_SECONDS = 86_400;

/** Short enough to see all of them pass on one's own machine. */
export const localTerms: SettlementTerms = {
  inclusionDelaySeconds: 600,
  entryIntervalSeconds: 2,
  freezeDelaySeconds: 1_800,
  bondDelaySeconds: 3_600,
  maxTimeLagSeconds: DAY_SECONDS / 2,
  recoveryTimelockSeconds: 600,
  feeStepWei: 10n ** 13n,
  mirrorCount: 2,
};

export const defaultTerms: SettlementTerms = {
  inclusionDelaySeconds: DAY_SECONDS,
  entryIntervalSeconds: 10,
  freezeDelaySeconds: 6 * DAY_SECONDS,
  bondDelaySeconds: 30 * DAY_SECONDS,
  // Batches that waited for longer are made anew by the node; by as much the operator can shorten a task's windows.
  maxTimeLagSeconds: DAY_SECONDS,
  recoveryTimelockSeconds: 30 * DAY_SECONDS,
  feeStepWei: 10n ** 13n,
  mirrorCount: 2,
};

/** A variable of the terms is no whole number of its range. */
export class WrongTermError extends Error {
  readonly code = "TERM_WRONG";
  constructor(
    readonly variable: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${variable} must be a whole number ${expected}, got ${actual}; see .env.example`);
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Of delays: the contracts keep them in 32 bits. */
const LARGEST_DELAY = 2n ** 32n - 1n;
const LARGEST_FEE_STEP_WEI = 2n ** 64n - 1n;
const LARGEST_MIRROR_COUNT = 255n;

/** The default terms, but for those that variables name. Throws {@link WrongTermError}. */
export function termsFromVariables(variables: Variables): SettlementTerms {
  const read = (variable: string, otherwise: bigint, least: bigint, most: bigint): bigint => {
    const text = variables[variable];
    if (text === undefined || text === "") return otherwise;
    const value = /^\d+$/.test(text) ? BigInt(text) : -1n;
    if (value < least || value > most) throw new WrongTermError(variable, `from ${least} to ${most}`, text);
    return value;
  };
  const delay = (variable: string, otherwise: number): number =>
    Number(read(variable, BigInt(otherwise), 1n, LARGEST_DELAY));
  return {
    inclusionDelaySeconds: delay("NEURA_INCLUSION_DELAY_SECONDS", defaultTerms.inclusionDelaySeconds),
    entryIntervalSeconds: delay("NEURA_ENTRY_INTERVAL_SECONDS", defaultTerms.entryIntervalSeconds),
    freezeDelaySeconds: delay("NEURA_FREEZE_DELAY_SECONDS", defaultTerms.freezeDelaySeconds),
    bondDelaySeconds: delay("NEURA_BOND_DELAY_SECONDS", defaultTerms.bondDelaySeconds),
    maxTimeLagSeconds: delay("NEURA_MAX_TIME_LAG_SECONDS", defaultTerms.maxTimeLagSeconds),
    recoveryTimelockSeconds: delay("NEURA_RECOVERY_TIMELOCK_SECONDS", defaultTerms.recoveryTimelockSeconds),
    feeStepWei: read("NEURA_QUEUE_FEE_STEP_WEI", defaultTerms.feeStepWei, 0n, LARGEST_FEE_STEP_WEI),
    mirrorCount: Number(
      read("NEURA_MIRROR_COUNT", BigInt(defaultTerms.mirrorCount), 0n, LARGEST_MIRROR_COUNT),
    ),
  };
}
