import {
  type LedgerAccount,
  type NeuraClient,
  NeuraRpcError,
  NeuraTransportError,
  SdkError,
  TASK_KIND,
  TASK_PHASE,
  type TaskState,
  taskContentOf,
  toWord,
  waitForLevel,
} from "../sdk/index.ts";
import { Attempts, type Log, problemOf } from "./agent.ts";
import { fetchInput, fetchModel } from "./content.ts";
import { InputFormatError, runInference } from "./model/inference.ts";

export interface InferenceVerifierOptions {
  readonly client: NeuraClient;
  readonly account: LedgerAccount;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface Verdict {
  readonly accept: boolean;
  readonly reason: "same-result" | "other-result" | "input-does-not-fit" | "result-unavailable";
}

const TASKS_PER_POLL = 100;
const SEQUENCED_TIMEOUT_MS = 120_000;

const keyOf = (task: TaskState): string => `${task.id}:${toWord(task.terms)}`;

/** The worker did not store the result that it committed to. */
class ResultUnavailableError extends Error {
  override readonly name = "ResultUnavailableError";
  readonly code = "result-unavailable";
}

/** Re-executes a submitted inference task and compares the results byte by byte. */
export async function examine(client: NeuraClient, task: TaskState): Promise<Verdict> {
  const { input: inputElement, result: resultElement } = task;
  if (inputElement === null || resultElement === null) {
    throw new SdkError(
      "unknown-content",
      `the node does not know input and result of task ${task.id}: ask another node`,
    );
  }
  const committed = taskContentOf(inputElement, await client.getReceipts(task), resultElement);
  if (committed !== task.content) {
    throw new SdkError(
      "wrong-content",
      `the node's input and result of task ${task.id} are not what the ledger commits to: ask another node`,
      toWord(task.content),
      toWord(committed),
    );
  }
  const network = await fetchModel(client, task.model);
  const input = await fetchInput(client, task);
  let expected: Uint8Array;
  try {
    expected = runInference(network, input);
  } catch (error) {
    if (error instanceof InputFormatError) return { accept: false, reason: "input-does-not-fit" };
    throw error;
  }
  const actual = await fetchResult(client, resultElement);
  const isSame = actual.length === expected.length && actual.every((byte, index) => byte === expected[index]);
  return isSame ? { accept: true, reason: "same-result" } : { accept: false, reason: "other-result" };
}

async function fetchResult(client: NeuraClient, result: bigint): Promise<Uint8Array> {
  try {
    return await client.getContent(result, "the result");
  } catch (error) {
    if (!(error instanceof NeuraRpcError) && !(error instanceof SdkError)) throw error;
    throw new ResultUnavailableError(`the result is not to be had: ${error.message}`, { cause: error });
  }
}

/** Settles the submitted inference tasks that name this account as their verifier. */
export class InferenceVerifier {
  readonly #options: InferenceVerifierOptions;
  readonly #attempts = new Attempts();

  constructor(options: InferenceVerifierOptions) {
    this.#options = options;
  }

  async tick(): Promise<void> {
    const { client, account, signal } = this.#options;
    const verifier = await account.id();
    const tasks = await client.getTasks({ phase: TASK_PHASE.submitted, verifier, limit: TASKS_PER_POLL });
    for (const task of tasks) {
      const canJudge = task.kind === TASK_KIND.inference && task.model !== 0;
      if (signal.aborted) return;
      if (canJudge && !this.#attempts.isExhausted(keyOf(task))) await this.#attempt(task);
    }
  }

  async #attempt(task: TaskState): Promise<void> {
    const { client, log, signal } = this.#options;
    try {
      await this.#settle(task, await examine(client, task));
    } catch (error) {
      if (error instanceof NeuraTransportError || signal.aborted) throw error;
      const isLast = this.#attempts.fail(keyOf(task));
      log(isLast ? "gave-up" : "attempt-failed", { task: task.id, ...problemOf(error) });
      // A model or an input that is missing is not the worker's fault, a result is: it has to be there to be paid for.
      if (!isLast || !(error instanceof ResultUnavailableError)) return;
      await this.#settle(task, { accept: false, reason: "result-unavailable" });
    }
  }

  async #settle(task: TaskState, verdict: Verdict): Promise<void> {
    const { client, account, log, signal } = this.#options;
    log("examined", { task: task.id, ...verdict });
    const { id: operation } = await account.send({ kind: "settleTask", task, accept: verdict.accept });
    log("settling", { task: task.id, operation, accept: verdict.accept });
    await waitForLevel(client, operation, "sequenced", { timeoutMs: SEQUENCED_TIMEOUT_MS, signal });
  }
}
