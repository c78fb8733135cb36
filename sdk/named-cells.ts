import type { Address } from "viem";
import { CELL_TAG, type Cell, encodeAccount, encodeModel, TASK_HEAD } from "../state/ledger/cells.ts";
import { pack } from "../state/ledger/packing.ts";
import type { NeuraClient } from "./client.ts";
import { SdkError } from "./errors.ts";
import { toAddress } from "./hex.ts";
import type { TaskReference } from "./requests.ts";
import type { AccountState, ModelState, TaskState } from "./types.ts";

/** Cells as the node shows them: what an operation's message contains of them can only be wrong, never redirected. */
export type NamedCell = readonly [id: number, cell: Cell];

export const accountCell = (account: AccountState): Cell =>
  encodeAccount({
    nonce: account.nonce,
    balance: account.balanceUnits,
    l1Address: BigInt(account.l1Address),
    pubX: account.pubX,
    pubY: account.pubY,
  });

const modelCell = (model: ModelState): Cell =>
  encodeModel({
    status: model.status,
    share: model.share,
    owner: BigInt(model.owner),
    price: model.priceUnits,
    serial: model.serial,
    revenue: model.revenueUnits,
    manifest: model.manifest,
  });

function taskCell(task: TaskState): Cell {
  const head = pack(TASK_HEAD, {
    tag: CELL_TAG.task,
    phase: task.phase,
    worker: BigInt(task.worker),
    submittedAt: task.submittedAt,
    drawn: task.drawnUnits,
  });
  return [head, task.terms, task.money, task.content];
}

export async function accountOf(client: NeuraClient, id: number, role: string, l1Address?: Address) {
  const account = await client.getAccount(id);
  if (account === null)
    throw new SdkError("unknown-account", `cell ${id}, named as ${role}, is not an account`);
  const actual = toAddress(BigInt(account.l1Address));
  const expected = l1Address === undefined ? actual : toAddress(BigInt(l1Address));
  if (actual !== expected) {
    throw new SdkError("changed-identity", `account ${id}, named as ${role}, is another's`, expected, actual);
  }
  return [id, accountCell(account)] as const;
}

export async function modelOf(client: NeuraClient, id: number) {
  const model = await client.getModel(id);
  if (model === null) throw new SdkError("unknown-model", `cell ${id} is not a model`);
  return [id, modelCell(model)] as const;
}

export async function taskOf(client: NeuraClient, reference: TaskReference): Promise<TaskState> {
  if (typeof reference !== "number") return reference;
  const task = await client.getTask(reference);
  if (task === null) throw new SdkError("unknown-task", `cell ${reference} is not a task`);
  return task;
}

export const namedTask = (task: TaskState) => [task.id, taskCell(task)] as const;

/** The cells of a payout for a task's work: the worker and, if the task has one, the model. */
export async function payeesOf(client: NeuraClient, task: TaskState) {
  const worker = await accountOf(client, task.worker, "worker");
  return task.model === 0 ? [worker] : [worker, await modelOf(client, task.model)];
}

export const requesterOf = (client: NeuraClient, task: TaskState) =>
  accountOf(client, task.requester, "requester");
