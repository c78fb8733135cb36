import { decodeTask, TASK_KIND, TASK_MONEY, TASK_TERMS } from "../state/ledger/cells.ts";
import type { OpParts } from "../state/ledger/operation.ts";
import { pack } from "../state/ledger/packing.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import type { BenchSequencer } from "./bench-sequencer.ts";
import { type LedgerActor, signOperation } from "./ledger-actor.ts";

/** The parties of the hot mix: always the same few cells. */
export interface Cast {
  readonly requester: LedgerActor;
  /** Owns the model too. */
  readonly worker: LedgerActor;
  readonly verifier: LedgerActor;
  readonly model: number;
}

const OPS_PER_LIFE = 4;
/** Operator, treasury, three parties, model. */
const CELLS_WITHOUT_TASKS = 6;
const MODEL_PRICE_UNITS = 1_000n;
const MODEL_SHARE = 1_500n;
const VALID_FOR_SECONDS = 86_400n;
const WINDOW_SECONDS = 3_600n;

/** What a full batch of the hot mix holds: whole task lives, and transfers in what is left. */
export function hotMixOf({ maxOps, maxCells }: BatchSize): { lives: number; transfers: number } {
  // At least one transfer, except where a life alone fills the batch.
  const byOps = Math.max(1, Math.floor((maxOps - 1) / OPS_PER_LIFE));
  const lives = Math.min(byOps, maxCells - CELLS_WITHOUT_TASKS);
  return { lives, transfers: maxOps - lives * OPS_PER_LIFE };
}

/** Signs as of the newest block, and submits to the mempool. */
async function submit(
  node: BenchSequencer,
  domain: bigint,
  actor: LedgerActor,
  parts: Omit<OpParts, "sender">,
): Promise<void> {
  const { ledger, operations } = node;
  const validUntil = BigInt(Math.floor(Date.now() / 1000)) + VALID_FOR_SECONDS;
  const context = { domain, capacity: ledger.capacity, read: ledger.cell };
  const terms = { nonce: operations.nextNonce(actor.id), validUntil };
  await operations.submit(signOperation(actor, parts, terms, context));
}

/** Registers the worker's model; returns its cell. */
export async function registerModel(
  node: BenchSequencer,
  domain: bigint,
  owner: LedgerActor,
): Promise<number> {
  const model = node.ledger.cellCount;
  await submit(node, domain, owner, {
    kind: "registerModel",
    amountUnits: MODEL_PRICE_UNITS,
    param: MODEL_SHARE,
    w3: 1n,
  });
  await node.drain();
  return model;
}

export async function appendTransfer(node: BenchSequencer, domain: bigint, cast: Cast): Promise<void> {
  const { requester, worker } = cast;
  await submit(node, domain, requester, { kind: "transfer", object: worker.id, amountUnits: 1_000n });
  await node.drain();
}

/** Fills the open batch, which must be empty: each step of the task lives takes a block, as it does for real parties. */
export async function appendHotBatch(
  node: BenchSequencer,
  domain: bigint,
  size: BatchSize,
  cast: Cast,
): Promise<void> {
  const { requester, worker, verifier } = cast;
  const { lives, transfers } = hotMixOf(size);
  const tasks = Array.from({ length: lives }, (_, i) => node.ledger.cellCount + i);
  const step = async (
    actor: LedgerActor,
    partsOf: (task: number) => Omit<OpParts, "sender">,
  ): Promise<void> => {
    for (const task of tasks) await submit(node, domain, actor, partsOf(task));
    await node.drain();
  };
  const words = taskWords(cast);
  await step(requester, (task) => ({ kind: "postTask", ...words, w3: BigInt(task) }));
  await step(worker, (task) => ({ kind: "claimTask", object: task, w3: BigInt(task) }));
  await step(worker, (task) => ({ kind: "submitResult", object: task, w3: 7n }));
  await step(verifier, (task) => ({
    kind: "settleTask",
    object: task,
    param: 1n,
    w3: decodeTask(node.ledger.cell(task)).content,
  }));
  for (let i = 0; i < transfers; i++) await appendTransfer(node, domain, cast);
}

function taskWords({ verifier, model }: Cast): { w1: bigint; w2: bigint } {
  return {
    w1: pack(TASK_TERMS, {
      verifier: BigInt(verifier.id),
      model: BigInt(model),
      share: MODEL_SHARE,
      kind: TASK_KIND.inference,
      flags: 0n,
      deadline: BigInt(Math.floor(Date.now() / 1000)) + VALID_FOR_SECONDS,
      window: WINDOW_SECONDS,
    }),
    w2: pack(TASK_MONEY, { reward: 1_000_003n, bond: 500_001n, verifierFee: 70_007n }),
  };
}
