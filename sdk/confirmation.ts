import type { Hex } from "viem";
import type { NeuraClient } from "./client.ts";
import { NeuraTransportError, SdkError } from "./errors.ts";
import { hasReached, type Level, type OperationLevel, type OperationState } from "./types.ts";

const POLL_MS = 500;
const TIMEOUT_MS = 10 * 60_000;

export interface WaitOptions {
  /** Called with each new level that is seen. */
  readonly onLevel?: (level: OperationLevel, operation: OperationState) => void;
  readonly timeoutMs?: number;
  readonly pollMs?: number;
  /** Also wait until every mirror has the operation's batch. */
  readonly mirrored?: boolean;
  /** Stops waiting: the wait then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Waits for `ms`, or until the signal is aborted: then it returns early. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal?.addEventListener("abort", finish, { once: true });
    if (signal?.aborted) finish();
  });
}

/** Polls until `read` gives a value; throws an SdkError "timeout" when it does not within the time. A node that is away is waited for. */
export async function poll<T>(
  what: string,
  read: () => Promise<T | undefined>,
  {
    timeoutMs = TIMEOUT_MS,
    pollMs = POLL_MS,
    signal,
  }: Pick<WaitOptions, "timeoutMs" | "pollMs" | "signal"> = {},
): Promise<T> {
  const expired = AbortSignal.timeout(timeoutMs);
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await read();
      if (value !== undefined) return value;
    } catch (error) {
      if (!(error instanceof NeuraTransportError)) throw error;
    }
    if (expired.aborted) throw new SdkError("timeout", `${what} took longer than ${timeoutMs} ms`);
    await pause(pollMs, signal);
  }
}

/** Waits until an operation has reached a level of confirmation. Throws an SdkError if it is rejected or takes too long. */
export async function waitForLevel(
  client: NeuraClient,
  operationId: Hex,
  level: Level,
  options: WaitOptions = {},
): Promise<OperationState> {
  let seen: OperationLevel | undefined;
  return poll(
    `operation ${operationId} to become ${level}`,
    async () => {
      const operation = await client.getOperation(operationId);
      if (operation === null) return undefined;
      if (operation.level !== seen) {
        seen = operation.level;
        options.onLevel?.(operation.level, operation);
      }
      if (operation.level === "rejected") throw rejectionOf(operation);
      const isMirrored = Object.values(operation.mirrored).every((done) => done);
      return hasReached(operation.level, level) && (isMirrored || !options.mirrored) ? operation : undefined;
    },
    options,
  );
}

function rejectionOf({ id, kind, reason }: OperationState): SdkError {
  const why = reason === null ? "no reason given" : `${reason.code}: ${reason.message}`;
  return new SdkError(
    "operation-rejected",
    `${kind} ${id} was rejected: ${why}`,
    reason?.expected,
    reason?.actual,
  );
}
