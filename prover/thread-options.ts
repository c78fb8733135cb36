/** What every worker thread of the prover is started with. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

/** Proving gives way to the node that answers requests in the same process. */
const niceIncrement = 10;

/**
 * `--import tsx` is not enough for a thread: on Node 20 tsx registers itself in the main thread only, so the thread
 * registers it explicitly.
 */
function typescriptArguments(): string[] {
  const api = pathToFileURL(require.resolve("tsx/esm/api").replace(/\.cjs$/, ".mjs")).href;
  const source = `import { register } from ${JSON.stringify(api)}; register();`;
  return ["--import", `data:text/javascript,${encodeURIComponent(source)}`];
}

/** Options of a piscina pool of `threads` threads. */
export function threadOptions(threads: number) {
  return {
    execArgv: typescriptArguments(),
    minThreads: threads,
    maxThreads: threads,
    niceIncrement,
    // The web-worker package under ffjavascript takes any thread for one of its own and runs `mod`: nothing here.
    workerData: { mod: "data:text/javascript," },
  };
}
