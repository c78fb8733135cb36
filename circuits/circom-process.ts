/**
 * Child process that runs the circom compiler (WebAssembly) once: argv[2] is a JSON {@link CircomInvocation}.
 * A process of its own, because the compiler blocks its thread for minutes and a 4 GB memory must go away with it.
 */
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/** What the process is told: compiler arguments and the directories that the compiler sees, guest path → host path. */
export interface CircomInvocation {
  args: string[];
  directories: Record<string, string>;
}

interface CircomModule {
  CircomRunner: new (options: {
    args: string[];
    env: Record<string, string>;
    preopens: Record<string, string>;
    bindings: Record<string, unknown>;
  }) => { execute(wasm: Uint8Array): Promise<unknown> };
  bindings: Record<string, unknown>;
}

const require = createRequire(import.meta.url);
const { CircomRunner, bindings } = require("circom2") as CircomModule;

/** Zeros: the compiler's hash maps take their seed from here, and equal sources must give equal constraint systems. */
function fixedRandom(buffer: Uint8Array, offset: number, size: number): Uint8Array {
  return buffer.fill(0, offset, offset + size);
}

const invocation = JSON.parse(process.argv[2] ?? "") as CircomInvocation;
const runner = new CircomRunner({
  args: invocation.args,
  env: {},
  preopens: invocation.directories,
  bindings: { ...bindings, fs, randomFillSync: fixedRandom, exit: (code: number) => process.exit(code) },
});
const packageDirectory = path.dirname(require.resolve("circom2/package.json"));
await runner.execute(fs.readFileSync(path.join(packageDirectory, "circom.wasm")));
