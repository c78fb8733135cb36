import type { Logger } from "pino";
import { ForeignBatchError } from "../bridge/l1-sender.ts";
import { SubmissionRevertedError } from "../bridge/settlement-contract.ts";
import { HOME } from "../state/store/confirmation.ts";
import type { Node } from "./node.ts";

/** Starts in a row that end in the same way before the run gives up, and how long a node must live to break the row. */
const maxRestarts = 5;
const steadyAfterMs = 600_000;

export interface NodeRunOptions {
  readonly start: (onFatal: (error: Error) => void) => Promise<Node>;
  /** Told when a node serves; `isFirst` is false after a restart. */
  readonly onStarted: (node: Node, isFirst: boolean) => void;
  /** Ends the run. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly log: Logger;
}

/**
 * Home went on without the node, or will not take its next batch any more: every start looks for that, takes back what cannot
 * settle, and follows home.
 */
export function isCuredByRestart(error: Error): boolean {
  if (error instanceof ForeignBatchError) return error.chain === HOME;
  return error instanceof SubmissionRevertedError && error.chain === HOME && error.errorName === "TimeTooOld";
}

/** Runs a node until the signal, or until a stage stops for good; after what a restart cures, another one. Returns the exit code. */
export async function runNode(options: NodeRunOptions): Promise<0 | 1> {
  const { signal, now, log } = options;
  const stopped = whenAborted(signal);
  let restarts = 0;
  for (let isFirst = true; ; isFirst = false) {
    const startedAtMs = now();
    const error = await runOnce(options, stopped, isFirst);
    if (error === undefined) return 0;
    if (!isCuredByRestart(error)) return 1;
    restarts = now() - startedAtMs < steadyAfterMs ? restarts + 1 : 1;
    if (restarts > maxRestarts) {
      log.error({ restarts }, "home and this node still differ: not started again");
      return 1;
    }
    log.warn("the node starts again, to follow home");
  }
}

/** Why the node ended; undefined if it was told to. */
async function runOnce(
  { start, onStarted, signal, log }: NodeRunOptions,
  stopped: Promise<undefined>,
  isFirst: boolean,
): Promise<Error | undefined> {
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });
  let node: Node;
  try {
    node = await start((error) => fail(error));
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
  onStarted(node, isFirst);
  const error = await Promise.race([failed, stopped]);
  log.info("stopping");
  await node.close();
  return error;
}

async function whenAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return;
  await new Promise((resolve) => {
    signal.addEventListener("abort", resolve, { once: true });
  });
}
