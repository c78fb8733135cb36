import { expect, it } from "vitest";
import type { BlockBuilder } from "../../../sequencer/block-builder.ts";
import { buildAtPace } from "../../../sequencer/block-pace.ts";

const { signal } = new AbortController();

/** Blocks that take so long to build, and a clock that tells what was waited for. */
function scene(blocks: { readonly takesMs: number; readonly isBehind: boolean; readonly isThere: boolean }) {
  let nowMs = 1_000;
  const sleeps: number[] = [];
  const clock = {
    now: () => nowMs,
    sleep: async (durationMs: number) => void sleeps.push(durationMs),
  };
  const build = async () => {
    nowMs += blocks.takesMs;
    return blocks.isThere ? 1 : undefined;
  };
  const builder = { build, isBehind: blocks.isBehind } as unknown as BlockBuilder;
  return { sleeps, run: () => buildAtPace(builder, clock, signal) };
}

it("waits after a block for the rest of the pace", async () => {
  const { sleeps, run } = scene({ takesMs: 50, isBehind: false, isThere: true });
  expect(await run()).toBe(true);
  expect(sleeps).toEqual([150]);
});

it.each([
  ["a block took as long as the pace", { takesMs: 200, isBehind: false, isThere: true }, true],
  ["something waits that had no room", { takesMs: 50, isBehind: true, isThere: true }, true],
  ["there was nothing to build", { takesMs: 1, isBehind: false, isThere: false }, false],
])("does not wait when %s", async (_why, blocks, built) => {
  const { sleeps, run } = scene(blocks);
  expect(await run()).toBe(built);
  expect(sleeps).toEqual([]);
});
