/**
 * The SDK for web pages, as one ES module: `npm run sdk:browser -- FILE`. A page's own bundler can do the same: it needs the
 * three aliases below and nothing else, since neither the SDK nor the ledger uses anything of Node.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ownDirectory = path.dirname(fileURLToPath(import.meta.url));
const own = (file: string): string => path.join(ownDirectory, file);

/** circomlibjs comes as a whole: the SDK uses its Poseidon alone, the rest of it wants modules of Node. */
const browserAliases = {
  assert: own("assertion.ts"),
  "blake-hash": own("absent-hash.ts"),
  blake2b: own("absent-hash.ts"),
};

export interface BundleOptions {
  readonly entry: string;
  readonly format: "esm" | "iife";
}

/** The text of a script for browsers. Throws what esbuild finds wrong. */
export async function bundleForBrowser({ entry, format }: BundleOptions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format,
    minify: true,
    platform: "browser",
    target: "es2022",
    alias: browserAliases,
    write: false,
    logLevel: "silent",
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return output.text;
}
