import { describe, expect, it } from "vitest";
import { MAX_SILENCE_MS, readinessOf, type StageHealth } from "../../../sequencer/readiness.ts";

const nowMs = 1_800_000_000_000;
const stage = (name: string, changes: Partial<StageHealth> = {}): StageHealth => ({
  name,
  state: "running",
  lastSuccessAtMs: nowMs - 1_000,
  lastError: undefined,
  isRemote: false,
  isVital: true,
  ...changes,
});
const error = { code: "X", message: "it broke", atMs: nowMs };
const healthy = [
  stage("l1-watcher", { isRemote: true }),
  stage("block-builder"),
  stage("l1-sender home", { isRemote: true }),
  stage("l1-sender polygon", { isRemote: true, isVital: false }),
];
const withStage = (name: string, changes: Partial<StageHealth>) =>
  readinessOf(
    healthy.map((each) => (each.name === name ? { ...each, ...changes } : each)),
    nowMs,
  );

describe("a node", () => {
  it("is ready when every stage runs and home was reached lately", () => {
    expect(readinessOf(healthy, nowMs)).toEqual({
      isReady: true,
      details: {
        reasons: [],
        stages: {
          "l1-watcher": "running",
          "block-builder": "running",
          "l1-sender home": "running",
          "l1-sender polygon": "running",
        },
      },
    });
  });

  it.each(["stopped", "closed", "idle"] as const)(
    "is not ready while a stage is %s, and says why",
    (state) => {
      const { isReady, details } = withStage("block-builder", { state, lastError: error });
      expect(isReady).toBe(false);
      expect(details.reasons).toEqual([`block-builder is ${state}: it broke`]);
      expect(details.stages["block-builder"]).toBe(state);
    },
  );

  it.each(["l1-watcher", "l1-sender home"])("is not ready before its %s has reached home", (name) => {
    const { isReady, details } = withStage(name, { lastSuccessAtMs: undefined });
    expect(isReady).toBe(false);
    expect(details.reasons).toEqual([`${name} has not reached its chain yet`]);
  });

  it("stays ready through a short silence of home, and not through a long one", () => {
    const silent = (ms: number) =>
      withStage("l1-watcher", { state: "retrying", lastSuccessAtMs: nowMs - ms, lastError: error });
    expect(silent(MAX_SILENCE_MS).isReady).toBe(true);
    expect(silent(MAX_SILENCE_MS + 1_000)).toMatchObject({
      isReady: false,
      details: { reasons: ["l1-watcher has not reached its chain for 61 s: it broke"] },
    });
  });

  it("is ready without a mirror, and shows in what state its sender is", () => {
    const { isReady, details } = withStage("l1-sender polygon", { state: "stopped", lastError: error });
    expect(isReady).toBe(true);
    expect(details.stages["l1-sender polygon"]).toBe("stopped");
  });

  it("does not ask of a local stage that a round ended lately", () => {
    expect(withStage("block-builder", { lastSuccessAtMs: undefined }).isReady).toBe(true);
  });
});
