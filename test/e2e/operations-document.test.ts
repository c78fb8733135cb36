import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NEURA_ERROR_CODES } from "../../rpc/neura/errors.ts";
import { OP_CODE } from "../../state/ledger/operation.ts";
import { AnvilNetwork } from "../fixtures/sdk/anvil-network.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const directory = `${root}.cache/operations`;
const program = `${directory}/examples.ts`;
const RUN_TIMEOUT_MS = 240_000;

interface Section {
  readonly title: string;
  readonly code: string;
  /** In its tables. */
  readonly documented: readonly string[];
  /** By its examples. */
  readonly provoked: readonly string[];
}

const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] as string);

async function readSections(): Promise<Section[]> {
  const document = await readFile(`${root}docs/OPERATIONS.md`, "utf8");
  return document
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const code = all(text, /^```ts\n(.*?)^```$/gms).join("\n");
      const firstColumn = all(text, /^\| (`.*?) \|/gm).join(" ");
      return {
        title: text.slice(0, text.indexOf("\n")),
        code,
        documented: all(firstColumn, /`([^`]+)`/g),
        provoked: all(code, /(?:refused|reverted)\("([^"]+)"/g),
      };
    });
}

let sections: Section[];
let network: AnvilNetwork;

beforeAll(async () => {
  sections = await readSections();
  const done = sections.map(
    ({ title, code }) => `${code}\nconsole.log(${JSON.stringify(`done: ${title}`)});\n`,
  );
  await mkdir(directory, { recursive: true });
  await writeFile(program, done.join("\n").replace('"./sdk/index.ts"', '"../../sdk/index.ts"'));
  network = await AnvilNetwork.start();
});

afterAll(async () => {
  await network?.close();
  await rm(directory, { recursive: true, force: true });
});

describe("docs/OPERATIONS.md", () => {
  it("has a section for every kind of operation, with an example", () => {
    const examples = new Map(sections.map(({ title, code }) => [title, code]));
    for (const kind of Object.keys(OP_CODE)) expect(examples.get(kind)?.length, kind).toBeGreaterThan(0);
  });

  it("documents the errors that its examples provoke, section by section", () => {
    const unprovoked = Object.keys(NEURA_ERROR_CODES).filter(
      (code) => !sections.some(({ provoked }) => provoked.includes(code)),
    );
    for (const { title, documented, provoked } of sections) {
      const expected = new Set(provoked);
      // The last table lists what no example provokes, and nothing else.
      const also = title === "Errors of every operation" ? unprovoked : [];
      expect([...new Set(documented)].sort(), title).toEqual([...expected, ...also].sort());
    }
  });

  it("documents every error code of the node", () => {
    const documented = new Set(sections.flatMap((section) => section.documented));
    expect(Object.keys(NEURA_ERROR_CODES).filter((code) => !documented.has(code))).toEqual([]);
  });

  it("has examples that the compiler accepts", () => {
    const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
    const checked = ts.createProgram([program], options);
    const source = checked.getSourceFile(program);
    const problems = [...checked.getSyntacticDiagnostics(source), ...checked.getSemanticDiagnostics(source)];
    expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))).toEqual([]);
  });

  it("has examples that run, in order, against a network", async () => {
    const run = promisify(execFile)(process.execPath, ["--import", "tsx", program], {
      cwd: root,
      env: { ...process.env, NEURA_RPC: network.node.client.url },
      timeout: RUN_TIMEOUT_MS,
    });
    const { stdout, stderr } = await run.catch((error: { stdout: string; stderr: string }) => error);
    const done = sections.map(({ title }) => `done: ${title}`);
    expect({ done: stdout.trim().split("\n"), stderr }).toEqual({ done, stderr: "" });
  });
});
