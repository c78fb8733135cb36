/** What a batch says at home about each of its priority operations, as one word: caller(160)@0, queuedAt(40)@160. */

const CALLER_BITS = 160n;
const QUEUED_AT_BITS = 40n;

/** Who queued an operation at home, and when (seconds since 1970). */
export interface PriorityOrigin {
  readonly caller: bigint;
  readonly queuedAt: bigint;
}

/** A caller or a time does not fit its place, or there is something above both. */
export class PriorityWordError extends RangeError {
  override readonly name = "PriorityWordError";
  readonly code = "PRIORITY_WORD_OUT_OF_RANGE";
  constructor(
    readonly expected: string,
    readonly actual: bigint,
  ) {
    super(`0x${actual.toString(16)} is no part of a priority operation's origin: expected ${expected}`);
  }
}

export function priorityWord({ caller, queuedAt }: PriorityOrigin): bigint {
  demandBelow(CALLER_BITS, caller);
  demandBelow(QUEUED_AT_BITS, queuedAt);
  return caller | (queuedAt << CALLER_BITS);
}

/** Throws a {@link PriorityWordError}. */
export function priorityOrigin(word: bigint): PriorityOrigin {
  demandBelow(CALLER_BITS + QUEUED_AT_BITS, word);
  return { caller: word & ((1n << CALLER_BITS) - 1n), queuedAt: word >> CALLER_BITS };
}

function demandBelow(bits: bigint, value: bigint): void {
  if (value < 0n || value >> bits !== 0n) throw new PriorityWordError(`${bits} bits`, value);
}
