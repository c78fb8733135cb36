import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Cleanup, withCleanup } from "../../../bench/cleanup.ts";
import { inFlight } from "../../../bench/in-flight.ts";

describe("cleanup of the bench", () => {
  it("ends what was started newest first, each once, also after a step that fails", async () => {
    const ended: string[] = [];
    const cleanup = new Cleanup();
    cleanup.defer(async () => void ended.push("folder"));
    cleanup.defer(async () => {
      ended.push("chain");
      throw new Error("the chain was gone");
    });
    cleanup.defer(async () => void ended.push("node"));
    await expect(cleanup.run()).rejects.toThrow("the chain was gone");
    await cleanup.run();
    expect(ended).toEqual(["node", "chain", "folder"]);
  });

  it("leaves no folder behind when a measurement fails", async () => {
    const outer = new Cleanup();
    let directory = "";
    const failing = withCleanup(outer, async (inner) => {
      directory = await inner.directory();
      expect(existsSync(directory)).toBe(true);
      throw new Error("measurement failed");
    });
    await expect(failing).rejects.toThrow("measurement failed");
    expect(existsSync(directory)).toBe(false);
  });

  it("removes the folder of a measurement that is interrupted", async () => {
    const outer = new Cleanup();
    let resolve: () => void = () => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    let directory = "";
    const measuring = withCleanup(outer, async (inner) => {
      directory = await inner.directory();
      await promise;
    });
    while (directory === "") await new Promise(setImmediate);
    await outer.run();
    expect(existsSync(directory)).toBe(false);
    resolve();
    await measuring;
  });
});

describe("requests in flight", () => {
  it("starts all items in order and never more than the limit at a time", async () => {
    const started: number[] = [];
    let running = 0;
    let most = 0;
    await inFlight([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      started.push(item);
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
    });
    expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  it("fails with the first failure", async () => {
    const run = (item: number) => (item === 2 ? Promise.reject(new Error("refused")) : Promise.resolve());
    await expect(inFlight([1, 2, 3], 1, run)).rejects.toThrow("refused");
  });
});
