import {
  MODEL_STATUS,
  TASK_FLAG_SILENCE_ACCEPTS,
  TASK_KIND,
  TASK_MONEY,
  TASK_PHASE,
  TASK_TERMS,
} from "../state/ledger/cells.ts";
import { HOME_CHAIN, MODEL_PARAM, type OpParts, WITHDRAWAL_PARAM } from "../state/ledger/operation.ts";
import { pack } from "../state/ledger/packing.ts";
import type { NeuraClient } from "./client.ts";
import { SdkError } from "./errors.ts";
import {
  accountOf,
  modelOf,
  type NamedCell,
  namedTask,
  payeesOf,
  requesterOf,
  taskOf,
} from "./named-cells.ts";
import type { OperationRequest, RequestOf, TaskReference } from "./requests.ts";
import type { TaskState } from "./types.ts";

type Kind = OperationRequest["kind"];

const idOf = (task: TaskReference): number => (typeof task === "number" ? task : task.id);

function updateModelParts({ model, status, terms }: RequestOf<"updateModel">): OpParts {
  const { manifest, priceUnits, shareBasisPoints } = terms ?? {
    manifest: 0n,
    priceUnits: 0n,
    shareBasisPoints: 0n,
  };
  const param = pack(MODEL_PARAM, { share: shareBasisPoints, status: MODEL_STATUS[status] });
  return { kind: "updateModel", object: model, amountUnits: priceUnits, param, w3: manifest };
}

function postTaskParts(request: RequestOf<"postTask">): OpParts {
  const w1 = pack(TASK_TERMS, {
    verifier: BigInt(request.verifier),
    model: BigInt(request.model),
    kind: TASK_KIND[request.taskKind],
    flags: request.silenceAccepts ? TASK_FLAG_SILENCE_ACCEPTS : 0n,
    deadline: request.deadlineSeconds,
    window: request.windowSeconds,
  });
  const w2 = pack(TASK_MONEY, {
    reward: request.rewardUnits,
    bond: request.bondUnits,
    verifierFee: request.verifierFeeUnits,
  });
  return { kind: "postTask", w1, w2, w3: request.input };
}

function settleTaskParts({ task, accept }: RequestOf<"settleTask">): OpParts {
  if (typeof task === "number") {
    throw new SdkError(
      "unknown-task",
      `a verdict names the content of the task: pass the state of task ${task} that was examined, not its number`,
    );
  }
  return { kind: "settleTask", object: task.id, param: accept ? 1n : 0n, w3: task.content };
}

/** One entry for each kind that has a sender (docs/LEDGER.md, section 3). */
const PARTS: { readonly [K in Kind]: (request: RequestOf<K>) => OpParts } = {
  transfer: ({ to, amountUnits, memo }) => ({
    kind: "transfer",
    object: to,
    amountUnits,
    w1: BigInt(memo ?? 0),
  }),
  openAccount: ({ l1Address, publicKey, amountUnits }) => ({
    kind: "openAccount",
    amountUnits,
    w1: BigInt(l1Address),
    w2: publicKey.x,
    w3: publicKey.y,
  }),
  withdraw: ({ recipient, amountUnits, mirror = HOME_CHAIN }) => ({
    kind: "withdraw",
    amountUnits,
    param: pack(WITHDRAWAL_PARAM, { chain: BigInt(mirror) }),
    w1: BigInt(recipient),
  }),
  registerModel: ({ manifest, priceUnits, shareBasisPoints }) => ({
    kind: "registerModel",
    amountUnits: priceUnits,
    param: pack(MODEL_PARAM, { share: shareBasisPoints }),
    w3: manifest,
  }),
  updateModel: updateModelParts,
  claimRevenue: ({ model }) => ({ kind: "claimRevenue", object: model }),
  postTask: postTaskParts,
  claimTask: ({ task }) => ({ kind: "claimTask", object: idOf(task) }),
  submitResult: ({ task, result }) => ({ kind: "submitResult", object: idOf(task), w3: result }),
  settleTask: settleTaskParts,
  drawTask: ({ task, totalUnits, receipts }) => ({
    kind: "drawTask",
    object: idOf(task),
    amountUnits: totalUnits,
    w3: receipts,
  }),
  expireTask: ({ task }) => ({ kind: "expireTask", object: idOf(task) }),
};

/**
 * The parts of an operation, made without asking a node. Throws a RangeError that names the part which is out of range, and an
 * SdkError if the request names a task by number where its state is needed.
 */
export const partsOf = (request: OperationRequest): OpParts =>
  (PARTS[request.kind] as (request: OperationRequest) => OpParts)(request);

async function settledCells(client: NeuraClient, task: TaskState, accept: boolean): Promise<NamedCell[]> {
  // The ledger pays the worker or the requester: the verdict is signed for that account.
  const payees = accept ? await payeesOf(client, task) : [await requesterOf(client, task)];
  return [namedTask(task), ...payees];
}

async function expiredCells(client: NeuraClient, task: TaskState): Promise<NamedCell[]> {
  const paysWorker = task.phase === TASK_PHASE.submitted && task.flags === TASK_FLAG_SILENCE_ACCEPTS;
  const payees = paysWorker ? await payeesOf(client, task) : [await requesterOf(client, task)];
  return [namedTask(task), ...payees];
}

async function taskCells(client: NeuraClient, task: TaskState, request: OperationRequest) {
  if (request.kind === "settleTask") return settledCells(client, task, request.accept);
  if (request.kind === "expireTask") return expiredCells(client, task);
  if (request.kind === "drawTask") return [namedTask(task), ...(await payeesOf(client, task))];
  return [namedTask(task)];
}

async function namedCells(client: NeuraClient, request: OperationRequest): Promise<readonly NamedCell[]> {
  switch (request.kind) {
    case "transfer":
      return [await accountOf(client, request.to, "recipient", request.toL1Address)];
    case "updateModel":
    case "claimRevenue":
      return [await modelOf(client, request.model)];
    case "postTask":
      return Promise.all([
        accountOf(client, request.verifier, "verifier", request.verifierL1Address),
        ...(request.model === 0 ? [] : [modelOf(client, request.model)]),
      ]);
    default:
      return [];
  }
}

/** An operation's parts, and the cells whose identities its message contains. */
export interface Plan {
  readonly parts: OpParts;
  readonly cells: readonly NamedCell[];
}

/** Looks up what the operation names. Throws an SdkError if a named cell is not what the operation needs. */
export async function planOf(client: NeuraClient, request: OperationRequest): Promise<Plan> {
  if (!("task" in request)) return { parts: partsOf(request), cells: await namedCells(client, request) };
  const task = await taskOf(client, request.task);
  return { parts: partsOf({ ...request, task }), cells: await taskCells(client, task, request) };
}
