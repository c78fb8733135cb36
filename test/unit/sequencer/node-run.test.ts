import pino from "pino";
import { expect, it } from "vitest";
import { ForeignBatchError } from "../../../bridge/l1-sender.ts";
import { SubmissionRevertedError } from "../../../bridge/settlement-contract.ts";
import { isCuredByRestart, runNode } from "../../../sequencer/node-run.ts";

const log = pino({ level: "silent" });
const foreign = new ForeignBatchError("home", 7, "ours", "theirs");
const tooOld = new SubmissionRevertedError("home", "TimeTooOld", [2, 1]);

/** Runs nodes of which each ends as the next of these says, after this long; the last one runs until it is told to stop. */
async function run(ends: readonly Error[], livedMs = 1_000) {
  const stopping = new AbortController();
  const events: string[] = [];
  let nowMs = 0;
  let started = 0;
  const code = await runNode({
    start: async (onFatal) => {
      const end = ends[started++];
      const number = started;
      events.push(`start ${number}`);
      setImmediate(() => {
        nowMs += livedMs;
        if (end === undefined) stopping.abort();
        else onFatal(end);
      });
      return { rpcUrl: "http://127.0.0.1", close: async () => void events.push(`close ${number}`) };
    },
    onStarted: (_node, isFirst) => void events.push(isFirst ? "first" : "again"),
    signal: stopping.signal,
    now: () => nowMs,
    log,
  });
  return { code, events, started };
}

it("runs one node until it is told to stop", async () => {
  const { code, events } = await run([]);
  expect(code).toBe(0);
  expect(events).toEqual(["start 1", "first", "close 1"]);
});

it("starts another node after home went on without it, once the first one is closed", async () => {
  const { code, events } = await run([foreign, tooOld]);
  expect(code).toBe(0);
  expect(events.filter((event) => event !== "first" && event !== "again")).toEqual(
    [1, 2, 3].flatMap((number) => [`start ${number}`, `close ${number}`]),
  );
  expect(events.filter((event) => event === "first")).toHaveLength(1);
});

it("ends with code 0 when it is told to stop while it starts, and passes on why a start failed", async () => {
  const stopping = new AbortController();
  const failure = new Error("home has not answered");
  const options = { onStarted: () => {}, signal: stopping.signal, now: () => 0, log };
  const start = async () => Promise.reject(failure);
  await expect(runNode({ ...options, start })).rejects.toBe(failure);
  const stopped = async () => {
    stopping.abort();
    return start();
  };
  expect(await runNode({ ...options, start: stopped })).toBe(0);
});

it("ends with code 1 after anything else", async () => {
  expect(await run([new Error("the disk is full")])).toMatchObject({ code: 1, started: 1 });
});

it("gives up when it does not help, but not because it was needed now and then", async () => {
  const often = new Array<Error>(20).fill(foreign);
  expect(await run(often)).toMatchObject({ code: 1, started: 6 });
  expect(await run(often, 3_600_000)).toMatchObject({ code: 0, started: 21 });
});

it("is a cure for home's batches and times alone", () => {
  const refused = (errorName: string, chain = "home") => new SubmissionRevertedError(chain, errorName, []);
  expect([foreign, tooOld].map(isCuredByRestart)).toEqual([true, true]);
  const others = [
    new ForeignBatchError("arbitrum", 7, "ours", "theirs"),
    refused("LedgerFrozen"),
    refused("TimeTooOld", "arbitrum"),
    new Error("any"),
  ];
  expect(others.map(isCuredByRestart)).toEqual([false, false, false, false]);
});
