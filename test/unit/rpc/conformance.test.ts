import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerDifferences } from "../../conformance/comparison.ts";
import { splitChain } from "../../conformance/import-chain.ts";
import { IoFormatError, parseIo, readIoTests } from "../../conformance/io-files.ts";
import { type ConformanceNode, startConformanceNode } from "../../conformance/node.ts";
import { countByMethod, isExplained, isPassed, runConformance } from "../../conformance/run.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";

const fixtures = fileURLToPath(new URL("../../conformance/fixtures/", import.meta.url));

describe("a node that imports a genesis and blocks of three forks", () => {
  let node: ConformanceNode;
  beforeAll(async () => {
    node = await startConformanceNode(fixtures);
  });
  afterAll(() => node.close());

  it("answers all tests as they were written down", async () => {
    const results = await runConformance(node, await readIoTests(fixtures));
    expect(results.filter((result) => !isPassed(result))).toEqual([]);
    expect(countByMethod(results)).toContainEqual({ method: "eth_call", passed: 2, explained: 0, failed: 0 });
    expect(results).toHaveLength(12);
  });

  it("a wrong answer is a failure, unless the list explains the place where it differs", async () => {
    const request = '{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x1",false]}';
    const right = JSON.parse((await node.answer(request)) ?? "") as { result: Record<string, unknown> };
    const expecting = (changes: object) => ({
      isShapeOnly: false,
      exchanges: [
        { request, expected: JSON.stringify({ ...right, result: { ...right.result, ...changes } }) },
      ],
    });
    const run = async (name: string, changes: object) => {
      const [result] = await runConformance(node, [{ name, ...expecting(changes) }]);
      if (result === undefined) throw new Error("one test has one result");
      return result;
    };
    expect(isPassed(await run("any", {}))).toBe(true);
    const wrong = await run("any", { gasUsed: "0x1" });
    expect(wrong.failures).toEqual([{ difference: 'result.gasUsed: expected "0x1", got "0x5208"' }]);
    expect(isExplained(wrong)).toBe(false);
    const other = { hash: "0x00" };
    expect(isExplained(await run("eth_simulateV1/one", other))).toBe(true);
    expect(isExplained(await run("eth_simulateV1/one", { ...other, gasUsed: "0x1" }))).toBe(false);
  });
});

describe("an import", () => {
  const importing = async (change: (directory: string) => Promise<void>) => {
    const directory = await temporaryDirectory();
    try {
      for (const file of ["genesis.json", "chain.rlp"]) {
        await cp(path.join(fixtures, file), path.join(directory.path, file));
      }
      await change(directory.path);
      await (await startConformanceNode(directory.path)).close();
    } finally {
      await directory.remove();
    }
  };

  it("refuses blocks that do not follow from the genesis", async () => {
    const richer = importing(async (directory) => {
      const file = path.join(directory, "genesis.json");
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace("0xde0b6b3a7640000", "0xde0b6b3a7640001"));
    });
    await expect(richer).rejects.toThrow(/^block 1 of the chain file cannot be imported: .*state ?root/i);
  });

  it("refuses a chain with a block left out", async () => {
    const gap = importing(async (directory) => {
      const file = path.join(directory, "chain.rlp");
      const [first, , third] = splitChain(await readFile(file));
      await writeFile(file, Buffer.concat([first as Uint8Array, third as Uint8Array]));
    });
    await expect(gap).rejects.toThrow(/^block 2 of the chain file cannot be imported: /);
  });
});

describe("a comparison", () => {
  const compare = (expected: unknown, actual: unknown, isShapeOnly = false) =>
    answerDifferences(JSON.stringify(expected), JSON.stringify(actual), isShapeOnly).map(({ text }) => text);
  const error = (message: string, code = 3) => ({ error: { code, message } });

  it("leaves out the texts of errors, and nothing else of them", () => {
    expect(compare(error("one"), error("another"))).toEqual([]);
    expect(compare(error("one"), error("one", 4))).toEqual(["error.code: expected 3, got 4"]);
    expect(compare(error("one"), { error: { code: 3 } })).toEqual([
      'error.message: expected "one", got nothing',
    ]);
    const nested = (message: string) => ({ result: [{ calls: [error(message)] }] });
    expect(compare(nested("one"), nested("another"))).toEqual([]);
  });

  it("compares numbers as numbers and hex as text", () => {
    expect(answerDifferences('{"result":[1.50,1e2]}', '{"result":[1.5,100]}', false)).toEqual([]);
    expect(compare({ result: "0x01" }, { result: "0x1" })).toHaveLength(1);
  });

  it("finds what is missing, too much, or of another length", () => {
    expect(compare({ result: { a: 1, b: 2 } }, { result: { a: 1, c: 3 } })).toEqual([
      "result.b: expected 2, got nothing",
      "result.c: expected nothing, got 3",
    ]);
    expect(compare({ result: [1, 2] }, { result: [1] })).toEqual(["result: expected 2 items, got 1"]);
    expect(compare({ result: null }, error("one"))).toHaveLength(2);
  });

  it("looks at kinds alone where the recorded answer is one of many", () => {
    expect(compare({ result: { gas: "0x1" } }, { result: { gas: "0x2", more: 1 } }, true)).toEqual([]);
    expect(compare({ result: { gas: "0x1" } }, { result: { gas: 2 } }, true)).toEqual([
      "result.gas: expected a hex string, got a number",
    ]);
    expect(compare({ result: "0x1" }, error("one"), true)).not.toEqual([]);
  });
});

describe("a test file", () => {
  it("holds requests with their answers, and comments", () => {
    const text = '// a test\n// speconly: any\n>> {"id":1}\n<< {"id":1,"result":1}\n';
    expect(parseIo("a/b", text)).toEqual({
      name: "a/b",
      isShapeOnly: true,
      exchanges: [{ request: '{"id":1}', expected: '{"id":1,"result":1}' }],
    });
  });

  it.each([
    ['<< {"id":1}', /line 1: an answer without a request/],
    ['>> {"id":1}\n>> {"id":2}', /line 2: a request follows a request/],
    [">> {", /line 1: no JSON/],
    ["hello", /line 1: neither/],
    ['>> {"id":1}', /the last request has no answer/],
  ])("is refused with its line: %j", (text, reason) => {
    expect(() => parseIo("a/b", text)).toThrow(IoFormatError);
    expect(() => parseIo("a/b", text)).toThrow(reason);
  });
});
