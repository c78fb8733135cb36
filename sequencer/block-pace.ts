import type { StageClock } from "../bridge/stage-loop.ts";
import type { BlockBuilder } from "./block-builder.ts";

/**
 * Least time from one block to the next. The first transaction after a pause gets its block at once; under load, what a block costs
 * besides its transactions is shared by all that arrive meanwhile.
 */
const blockPaceMs = 200;

/** One round of the stage: builds a block if there is something for it. False if there was nothing. */
export async function buildAtPace(
  blocks: BlockBuilder,
  clock: StageClock,
  signal: AbortSignal,
): Promise<boolean> {
  const startedAtMs = clock.now();
  if ((await blocks.build()) === undefined) return false;
  const leftMs = blockPaceMs - (clock.now() - startedAtMs);
  // Who is woken by what arrives would not wait: so the pause is part of the round.
  if (leftMs > 0 && !blocks.isBehind) await clock.sleep(leftMs, signal);
  return true;
}
