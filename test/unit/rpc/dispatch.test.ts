import { describe, expect, it } from "vitest";
import { Dispatcher } from "../../../rpc/dispatch.ts";
import { invalidArgument } from "../../../rpc/errors.ts";

const megabyte = "x".repeat(1_000_000);

function dispatcher() {
  const running = { now: 0, most: 0 };
  const methods = {
    large: async () => megabyte,
    slow: async () => {
      running.now += 1;
      running.most = Math.max(running.most, running.now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running.now -= 1;
      return true;
    },
    wordy: async () => {
      throw invalidArgument(0, megabyte);
    },
    two: async () => null,
  };
  const arities = new Map([["two", { required: 1, total: 2 }]]);
  const observer = { onCall: () => undefined, onInternalError: () => undefined };
  return { running, answers: new Dispatcher(methods, arities, observer) };
}

const batch = (method: string, count: number): string =>
  JSON.stringify(Array.from({ length: count }, (_, id) => ({ jsonrpc: "2.0", id, method })));

describe("the dispatcher", () => {
  it("stops filling the answer to a batch once it is too large, and still answers every request", async () => {
    const text = (await dispatcher().answers.answer(batch("large", 300))) as string;
    expect(text.length).toBeLessThan(30_000_000);
    const answers = JSON.parse(text) as { id: number; error?: { code: number; message: string } }[];
    expect(answers.map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, id) => id));
    expect(answers.at(-1)?.error).toEqual({ code: -32003, message: "response too large" });
  });

  it("works on a part of a batch at a time", async () => {
    const { answers, running } = dispatcher();
    await answers.answer(batch("slow", 500));
    expect(running.most).toBeGreaterThan(1);
    expect(running.most).toBeLessThanOrEqual(20);
  });

  it("does not send back in an error all that was wrong", async () => {
    const text = (await dispatcher().answers.answer('{"jsonrpc":"2.0","id":1,"method":"wordy"}')) as string;
    expect(text.length).toBeLessThan(1_200);
    const unknown = await dispatcher().answers.answer(
      JSON.stringify({ jsonrpc: "2.0", id: 1, method: megabyte }),
    );
    expect(unknown?.length).toBeLessThan(300);
  });

  it.each([
    [[], "missing value for required argument 0"],
    [[null], "missing value for required argument 0"],
    [[1, 2, 3], "too many arguments, want at most 2"],
  ])("counts arguments: %j", async (params, message) => {
    const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "two", params });
    expect(JSON.parse((await dispatcher().answers.answer(request)) as string).error).toEqual({
      code: -32602,
      message,
    });
  });
});
