import { readdir, readFile } from "node:fs/promises";
import path from "node:path";

/** Tests in the format of the execution APIs: requests after ">>", expected answers after "<<", comments after "//". */
export interface IoTest {
  /** Folder and file, without the ending: "eth_call/call-revert". */
  readonly name: string;
  /** Its recorded answer is one of many good ones: only the shape counts. */
  readonly isShapeOnly: boolean;
  readonly exchanges: readonly Exchange[];
}

export interface Exchange {
  readonly request: string;
  readonly expected: string;
}

export class IoFormatError extends Error {
  readonly code = "IO_FORMAT";
  constructor(
    readonly test: string,
    readonly lineNumber: number,
    problem: string,
  ) {
    super(`${test}, line ${lineNumber}: ${problem}; correct the test file`);
  }
}

const shapeOnlyMark = "speconly:";

/** Throws `IoFormatError`. */
export function parseIo(name: string, text: string): IoTest {
  const exchanges: Exchange[] = [];
  let isShapeOnly = false;
  let request: string | undefined;
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.trim();
    const wrong = (problem: string) => new IoFormatError(name, index + 1, problem);
    if (line === "") continue;
    if (line.startsWith("//")) {
      if (line.slice(2).trimStart().startsWith(shapeOnlyMark)) isShapeOnly = true;
      continue;
    }
    const body = line.slice(2).trim();
    if (line.startsWith(">>")) {
      if (request !== undefined) throw wrong("a request follows a request");
      request = body;
    } else if (line.startsWith("<<")) {
      if (request === undefined) throw wrong("an answer without a request");
      exchanges.push({ request, expected: body });
      request = undefined;
    } else {
      throw wrong("neither a request, an answer nor a comment");
    }
    if (!isJson(body)) throw wrong("no JSON");
  }
  if (request !== undefined) throw new IoFormatError(name, 0, "the last request has no answer");
  return { name, isShapeOnly, exchanges };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** All tests below a folder, by name. */
export async function readIoTests(directory: string): Promise<IoTest[]> {
  const files = (await readdir(directory, { recursive: true })).filter((file) => file.endsWith(".io")).sort();
  return Promise.all(
    files.map(async (file) => {
      const name = file.slice(0, -".io".length).replaceAll(path.sep, "/");
      return parseIo(name, await readFile(path.join(directory, file), "utf8"));
    }),
  );
}
