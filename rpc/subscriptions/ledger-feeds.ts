import type { ContractLane } from "../../state/evm/contract-lane.ts";
import { CELL_TAG, tagOf } from "../../state/ledger/cells.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { OP_CODE, type OpKind, opFields } from "../../state/ledger/operation.ts";
import type { Listeners } from "../../state/listeners.ts";
import type { OperationRecord } from "../../state/store/records.ts";
import { type Method, type SubscriptionStart, subscriptionMethods } from "../method.ts";
import { invalidParams } from "../neura/errors.ts";
import { cellId, record } from "../neura/parameters.ts";
import { hexQuantity, operationView, taskView } from "../neura/views.ts";
import { BatchFeed, type BatchFeedOptions } from "./batch-feed.ts";

/** `neura_subscribe`: operations, tasks and batches as they come along. */

export interface LedgerFeedOptions extends BatchFeedOptions {
  readonly lane: ContractLane;
  /** After the newest block. */
  readonly ledger: Ledger;
  /** Told of the operations of every block once it is on the disk, refused ones included. */
  readonly recorded: Listeners<readonly OperationRecord[]>;
}

const taskKinds: ReadonlySet<OpKind | undefined> = new Set<OpKind>([
  "postTask",
  "claimTask",
  "submitResult",
  "settleTask",
  "drawTask",
  "expireTask",
]);

export function neuraSubscriptions(options: LedgerFeedOptions): Record<string, Method> {
  const batches = new BatchFeed(options);
  return subscriptionMethods("neura", (name, params) => {
    switch (name) {
      case "ops":
        return operationsFeed(options, params[0]);
      case "tasks":
        return tasksFeed(options, params[0]);
      case "batches":
        return (notify) => batches.changes.add(notify);
      default:
        return undefined;
    }
  });
}

/** Every operation of a block, or those of one sender or kind. */
function operationsFeed(options: LedgerFeedOptions, wanted: unknown): SubscriptionStart {
  const { database, lane, mirrors, recorded } = options;
  const filter = record(wanted ?? {}, "the filter");
  const sender = filter.sender === undefined ? undefined : cellId(filter.sender, "sender");
  const kind = filter.kind === undefined ? undefined : kindOf(filter.kind);
  return (notify) =>
    recorded.add((records) => {
      for (const each of records) {
        const fields = opFields(each.words);
        if (sender !== undefined && fields.sender !== sender) continue;
        if (kind !== undefined && fields.kind !== kind) continue;
        const block = each.sequenced?.blockNumber;
        const hash = block === undefined ? undefined : lane.getBlock(block)?.transactions[0]?.hash;
        notify(operationView(database, mirrors, each, hash ?? null));
      }
    });
}

function kindOf(value: unknown): OpKind {
  if (typeof value === "string" && value in OP_CODE) return value as OpKind;
  throw invalidParams(`kind must be one of ${Object.keys(OP_CODE).join(", ")}`);
}

/** Every change of a task, with the task as it is now: null once its cell is free again. */
function tasksFeed(options: LedgerFeedOptions, wanted: unknown): SubscriptionStart {
  const { database, ledger, recorded } = options;
  const filter = record(wanted ?? {}, "the filter");
  const only = filter.id === undefined ? undefined : cellId(filter.id, "id");
  return (notify) =>
    recorded.add((records) => {
      for (const { id: operation, words, sequenced } of records) {
        const { kind, object } = opFields(words);
        if (sequenced?.valid !== true || !taskKinds.has(kind)) continue;
        if (only !== undefined && only !== object) continue;
        const cell = ledger.cell(object);
        const task = tagOf(cell) === CELL_TAG.task ? taskView(database, object, cell) : null;
        notify({ id: hexQuantity(object), operation, kind, task });
      }
    });
}
