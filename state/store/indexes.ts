import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Database, keySpace, numberFromKey, numberKey, type Write } from "../database.ts";
import { CELL_TAG, type Cell, decodeTask, tagOf } from "../ledger/cells.ts";
import { toBytes32 } from "../ledger/field.ts";
import type { AccountIdentity } from "../ledger/ledger.ts";
import type { OperationId } from "../ledger/operation-id.ts";
import { Table } from "./table.ts";

/** Look-ups that the tree itself cannot answer. They follow the head ledger and are written with its blocks. */

const ACCOUNT_BY_KEY = keySpace("account-by-key");
const TASK_BY_PHASE = keySpace("task-by-phase");
/** The key says it all. */
const PRESENT = new Uint8Array();

/**
 * The field elements behind a task's content, which the cell keeps only as a hash: of the input, the receipts' root of each draw
 * in order, and the result.
 */
export interface TaskContent {
  readonly input: bigint;
  /** How many draws there were: they are in TASK_DRAWS. */
  readonly draws: number;
  readonly result: bigint | null;
}
export const TASK_CONTENTS = new Table<number, TaskContent>("task-content", numberKey);

export interface TaskDraw {
  /** Root of the receipts. */
  readonly root: bigint;
  /** Drawn in all, this draw included. */
  readonly drawnUnits: bigint;
  readonly operationId: OperationId;
}

const drawKey = ([task, index]: readonly [task: number, index: number]): Uint8Array =>
  numberKey((BigInt(task) << 32n) | BigInt(index));

/** By task and place among its draws. What lies behind the task's number of draws is of an earlier task in the same cell. */
export const TASK_DRAWS = new Table<readonly [task: number, index: number], TaskDraw>("task-draw", drawKey);

/** Draws of a task from a place on, at most `limit`. */
export function taskDraws(database: Database, task: number, from: number, limit: number): TaskDraw[] {
  const end = Math.min(TASK_CONTENTS.get(database, task)?.draws ?? 0, from + limit);
  const draws: TaskDraw[] = [];
  for (let index = from; index < end; index++) {
    const draw = TASK_DRAWS.get(database, [task, index]);
    if (draw === undefined) throw new Error(`draw ${index} of task ${task} is missing in the database`);
    draws.push(draw);
  }
  return draws;
}

function identityKey({ l1Address, pubX, pubY }: AccountIdentity): Uint8Array {
  const bytes = new Uint8Array(96);
  bytes.set(toBytes32(l1Address), 0);
  bytes.set(toBytes32(pubX), 32);
  bytes.set(toBytes32(pubY), 64);
  return keccak_256(bytes);
}

/** The oldest account with exactly this triple. */
export function accountIdOf(database: Database, identity: AccountIdentity): number | undefined {
  const bytes = database.get(ACCOUNT_BY_KEY, identityKey(identity));
  return bytes === undefined ? undefined : numberFromKey(bytes);
}

const phaseKey = (phase: bigint, id: number): Uint8Array => numberKey((phase << 32n) | BigInt(id));

/** Tasks of one phase that a look-up reads at most. */
const maxTasksPerPhase = 10_000;

/** Ids of the tasks in a phase, in ascending order. */
export async function taskIdsInPhase(database: Database, phase: bigint): Promise<number[]> {
  const ids: number[] = [];
  const range = { gte: phaseKey(phase, 0), lt: phaseKey(phase + 1n, 0), limit: maxTasksPerPhase };
  for await (const [key] of database.range(TASK_BY_PHASE, range)) ids.push(numberFromKey(key) % 2 ** 32);
  return ids;
}

/** Index writes for one cell that changed. */
export function indexCell(database: Database, id: number, before: Cell, after: Cell): Write[] {
  if (tagOf(after) === CELL_TAG.account && tagOf(before) !== CELL_TAG.account) {
    const key = identityKey({ l1Address: after[1], pubX: after[2], pubY: after[3] });
    if (database.has(ACCOUNT_BY_KEY, key)) return [];
    return [{ space: ACCOUNT_BY_KEY, key, value: numberKey(id) }];
  }
  if (tagOf(after) !== CELL_TAG.task) return [];
  const { phase } = decodeTask(after);
  const previous = tagOf(before) === CELL_TAG.task ? decodeTask(before).phase : undefined;
  if (previous === phase) return [];
  const leave =
    previous === undefined ? [] : [{ space: TASK_BY_PHASE, key: phaseKey(previous, id), value: undefined }];
  return [...leave, { space: TASK_BY_PHASE, key: phaseKey(phase, id), value: PRESENT }];
}
