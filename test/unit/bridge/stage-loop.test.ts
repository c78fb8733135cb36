import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { RetryableError, StageLoop, type StageLoopOptions } from "../../../bridge/stage-loop.ts";
import { FakeRuntime, until } from "./stage-fixtures.ts";

function loopOf(round: StageLoopOptions["round"], runtime = new FakeRuntime()) {
  const fatal: Error[] = [];
  const loop = new StageLoop({ runtime, round, onFatal: (error) => fatal.push(error) });
  return { loop, runtime, fatal };
}

/** A pause that ends with its signal only. */
const forever = (_durationMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });

const patient = (): FakeRuntime => Object.assign(new FakeRuntime(), { sleep: forever });

describe("a stage's loop", () => {
  it("goes on at once while a round says that there is more, and pauses when it does not", async () => {
    const answers = [0, 0, 250];
    const { loop, runtime } = loopOf(async () => answers.shift() ?? 900);
    loop.start();
    await until(() => runtime.sleeps.length >= 2);
    await loop.close();
    expect(runtime.sleeps.slice(0, 2)).toEqual([250, 900]);
    expect(loop.state).toBe("closed");
  });

  it("ends its pause when it is woken, also when that comes during the round before", async () => {
    let rounds = 0;
    const { loop } = loopOf(async () => {
      rounds += 1;
      if (rounds === 1) loop.wake();
      return 60_000;
    }, patient());
    loop.start();
    await until(() => rounds === 2);
    for (let i = 0; i < 20; i++) await setImmediate();
    expect(rounds).toBe(2);
    loop.wake();
    await until(() => rounds === 3);
    await loop.close();
  });

  it("is not woken from the pause before a retry", async () => {
    let rounds = 0;
    const { loop } = loopOf(async () => {
      rounds += 1;
      throw new RetryableError("AWAY", "the chain is away");
    }, patient());
    loop.start();
    await until(() => loop.state === "retrying");
    loop.wake();
    for (let i = 0; i < 20; i++) await setImmediate();
    expect(rounds).toBe(1);
    await loop.close();
  });

  it("notes when a round last ended well", async () => {
    let isBroken = false;
    const { loop, runtime } = loopOf(async () => {
      if (isBroken) throw new RetryableError("AWAY", "the chain is away");
      return 100;
    });
    expect(loop.lastSuccessAtMs).toBeUndefined();
    loop.start();
    await until(() => runtime.sleeps.length > 3);
    isBroken = true;
    await until(() => loop.state === "retrying");
    const before = loop.lastSuccessAtMs as number;
    await until(() => runtime.now() > before + 10_000);
    expect(loop.lastSuccessAtMs).toBe(before);
    await loop.close();
  });

  it("stops for good at any other error and says so once", async () => {
    const { loop, fatal } = loopOf(async () => {
      throw new RangeError("no way on");
    });
    loop.start();
    await until(() => fatal.length === 1);
    expect(loop.state).toBe("stopped");
    expect(loop.fatalError).toMatchObject({ code: "RangeError", message: "no way on" });
    await loop.close();
    expect(loop.state).toBe("stopped");
  });

  it("takes an error that closing causes for none", async () => {
    const { loop, fatal } = loopOf(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("aborted in the middle")));
        }),
    );
    loop.start();
    await loop.close();
    expect(fatal).toEqual([]);
    expect(loop.state).toBe("closed");
  });
});
