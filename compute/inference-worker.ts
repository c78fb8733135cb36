import {
  type LedgerAccount,
  type NeuraClient,
  NeuraRpcError,
  NeuraTransportError,
  SdkError,
  TASK_KIND,
  TASK_PHASE,
  type TaskState,
  toWord,
  waitForLevel,
} from "../sdk/index.ts";
import { Attempts, type Log, problemOf } from "./agent.ts";
import { fetchInput, fetchModel } from "./content.ts";
import { decodeSamples, InputFormatError, runInference } from "./model/inference.ts";
import type { Int8Network } from "./model/int8-network.ts";

export interface InferenceWorkerOptions {
  readonly client: NeuraClient;
  readonly account: LedgerAccount;
  /** Ids of the models that it serves. */
  readonly models: readonly number[];
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly nowSeconds: () => bigint;
}

/** Tasks that one poll looks at. */
const TASKS_PER_POLL = 100;
/** Time left before the deadline that makes claiming worthwhile: a claimed task that is not submitted in time loses the bond. */
const MIN_SECONDS_LEFT = 60n;
const SEQUENCED_TIMEOUT_MS = 120_000;
/** Codes of a claim that another worker won. */
const LOST_RACE_CODES: readonly string[] = ["wrong-phase", "too-late", "unknown-task", "wrong-tag"];

interface Job {
  readonly network: Int8Network;
  readonly input: Uint8Array;
}

/** A task's serial is never used again, its cell may be. */
const keyOf = (task: TaskState): string => `${task.id}:${toWord(task.terms)}`;

/**
 * Claims inference tasks for the models that it serves, runs them and commits the results. What to do next follows from the
 * ledger alone, so a worker that was killed goes on where it stopped.
 */
export class InferenceWorker {
  readonly #options: InferenceWorkerOptions;
  readonly #attempts = new Attempts();
  /** Submitted tasks that wait for their verdict, by key. */
  readonly #submitted = new Map<string, TaskState>();

  constructor(options: InferenceWorkerOptions) {
    this.#options = options;
  }

  /** One poll: reports verdicts, finishes what it claimed, then claims at most one new task. */
  async tick(): Promise<void> {
    const { client, account } = this.#options;
    const worker = await account.id();
    await this.#reportVerdicts();
    const [claimed, submitted] = await Promise.all([
      client.getTasks({ phase: TASK_PHASE.claimed, worker, limit: TASKS_PER_POLL }),
      client.getTasks({ phase: TASK_PHASE.submitted, worker, limit: TASKS_PER_POLL }),
    ]);
    for (const task of submitted) this.#submitted.set(keyOf(task), task);
    for (const task of claimed) await this.#attempt(task, () => this.#submit(task));
    const open = await client.getTasks({ phase: TASK_PHASE.open, limit: TASKS_PER_POLL });
    const next = open.find((task) => this.#serves(task));
    if (next !== undefined) await this.#attempt(next, () => this.#claimAndSubmit(next));
  }

  #serves(task: TaskState): boolean {
    const { models, nowSeconds } = this.#options;
    return (
      task.kind === TASK_KIND.inference &&
      models.includes(task.model) &&
      task.deadline >= nowSeconds() + MIN_SECONDS_LEFT &&
      !this.#attempts.isExhausted(keyOf(task))
    );
  }

  async #attempt(task: TaskState, work: () => Promise<void>): Promise<void> {
    const { log, signal } = this.#options;
    if (signal.aborted || this.#attempts.isExhausted(keyOf(task))) return;
    try {
      await work();
    } catch (error) {
      if (error instanceof NeuraTransportError || signal.aborted) throw error;
      const isHopeless = error instanceof InputFormatError;
      if (isHopeless) this.#attempts.exhaust(keyOf(task));
      const isLast = isHopeless || this.#attempts.fail(keyOf(task));
      log(isLast ? "gave-up" : "attempt-failed", { task: task.id, ...problemOf(error) });
    }
  }

  /** Everything that the task needs is fetched and checked before the bond is at stake. */
  async #claimAndSubmit(task: TaskState): Promise<void> {
    const { client, account, log, signal } = this.#options;
    const job = await this.#prepare(task);
    try {
      const { id: operation } = await account.send({ kind: "claimTask", task });
      log("claiming", { task: task.id, operation });
      await waitForLevel(client, operation, "sequenced", { timeoutMs: SEQUENCED_TIMEOUT_MS, signal });
    } catch (error) {
      if (!isLostRace(error)) throw error;
      this.#attempts.exhaust(keyOf(task));
      log("claim-lost", { task: task.id, ...problemOf(error) });
      return;
    }
    await this.#submit(task, job);
  }

  async #prepare(task: TaskState): Promise<Job> {
    const { client, log } = this.#options;
    const network = await fetchModel(client, task.model);
    const input = await fetchInput(client, task);
    const samples = decodeSamples(input, network.inputs.length).length;
    log("fetched", { task: task.id, model: network.name, samples });
    return { network, input };
  }

  /** Runs a claimed task and commits its result; the result's bytes are stored first, so that a verifier finds them. */
  async #submit(task: TaskState, prepared?: Job): Promise<void> {
    const { client, account, log, signal } = this.#options;
    const { network, input } = prepared ?? (await this.#prepare(task));
    const result = await client.putContent(runInference(network, input));
    const { id: operation } = await account.send({ kind: "submitResult", task, result: result.content });
    log("submitting", { task: task.id, operation, result: result.cid });
    await waitForLevel(client, operation, "sequenced", { timeoutMs: SEQUENCED_TIMEOUT_MS, signal });
    this.#submitted.set(keyOf(task), task);
  }

  async #reportVerdicts(): Promise<void> {
    const { client, log } = this.#options;
    for (const [key, { id }] of this.#submitted) {
      const task = await client.getTask(id);
      const isSame = task !== null && keyOf(task) === key;
      if (isSame && task.phase < TASK_PHASE.accepted) continue;
      this.#submitted.delete(key);
      if (!isSame) continue;
      const isAccepted = task.phase === TASK_PHASE.accepted;
      log(isAccepted ? "accepted" : "not-accepted", {
        task: id,
        phase: task.phase,
        rewardUnits: task.rewardUnits,
      });
    }
  }
}

function isLostRace(error: unknown): boolean {
  if (error instanceof SdkError) return error.code === "operation-rejected";
  return error instanceof NeuraRpcError && error.code !== undefined && LOST_RACE_CODES.includes(error.code);
}
