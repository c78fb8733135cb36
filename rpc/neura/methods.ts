import type { Database } from "../../state/database.ts";
import { CELL_TAG, type Cell, tagOf } from "../../state/ledger/cells.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { OP_CODE, type SignedOp } from "../../state/ledger/operation.ts";
import type { OperationId } from "../../state/ledger/operation-id.ts";
import { type ContentStore, contentOfCid } from "../../state/store/content-store.ts";
import { accountIdOf, taskDraws, taskIdsInPhase } from "../../state/store/indexes.ts";
import { BATCHES, type ChainName, CURSOR, OPERATIONS, readCursor } from "../../state/store/records.ts";
import { invalidParams, toRpcError } from "./errors.ts";
import { ledgerProofs } from "./ledger-proof.ts";
import { bytes, cellId, fieldElement, operationId, quantity, record, signedOperation } from "./parameters.ts";
import { solvencyMethods } from "./solvency.ts";
import {
  accountView,
  batchView,
  drawView,
  hexQuantity,
  hexWord,
  modelView,
  operationView,
  taskView,
} from "./views.ts";

/** What the ledger's RPC needs of the node. */
export interface NeuraApi {
  readonly database: Database;
  /** After the newest block. */
  readonly ledger: Ledger;
  /** After the newest closed batch. */
  readonly batchedLedger: Ledger;
  readonly content: ContentStore;
  readonly mirrors: readonly ChainName[];
  /** Names of the chains that withdrawals are paid on, by their number in withdraw operations. */
  readonly withdrawalChains: readonly ChainName[];
  /** Flat fee of a signed op. */
  readonly feeUnits: bigint;
  /** The answer of neura_chainInfo. */
  readonly chainInfo: Readonly<Record<string, unknown>>;
  readonly submit: (op: SignedOp) => Promise<OperationId>;
  readonly nextNonce: (sender: number) => bigint;
  /** Hash of the system transaction of a block. */
  readonly systemTransactionHash: (blockNumber: number) => Promise<`0x${string}` | null>;
}

type Method = (params: readonly unknown[]) => Promise<unknown>;

/** Tasks that one call lists at most. */
const maxListedTasks = 100;
/** Draws of a task that one call lists at most. */
const maxListedDraws = 1_000;
const FIRST_PHASE = 1n;
const LAST_PHASE = 7n;

function accountMethods({ ledger, database, nextNonce }: NeuraApi): Record<string, Method> {
  const view = (id: number) => {
    const cell = ledger.cell(id);
    return tagOf(cell) === CELL_TAG.account ? accountView(id, cell, nextNonce(id)) : null;
  };
  return {
    neura_getAccount: async ([id]) => view(cellId(id, "id")),
    neura_getAccountByKey: async ([pubX, pubY, l1Address]) => {
      const id = accountIdOf(database, {
        pubX: fieldElement(pubX, "pubX"),
        pubY: fieldElement(pubY, "pubY"),
        l1Address: quantity(l1Address, "l1Address", 160),
      });
      return id === undefined ? null : view(id);
    },
  };
}

function cellMethods({ ledger, database, batchedLedger }: NeuraApi): Record<string, Method> {
  const proofOf = ledgerProofs(database, batchedLedger);
  const modelAt = (id: number, cell: Cell) => (tagOf(cell) === CELL_TAG.model ? modelView(id, cell) : null);
  const taskAt = (id: number, cell: Cell) =>
    tagOf(cell) === CELL_TAG.task ? taskView(database, id, cell) : null;
  return {
    neura_getModel: async ([param]) => {
      const id = cellId(param, "id");
      return modelAt(id, ledger.cell(id));
    },
    neura_getTask: async ([param]) => {
      const id = cellId(param, "id");
      return taskAt(id, ledger.cell(id));
    },
    neura_getReceipts: async ([param, from]) => {
      const id = cellId(param, "id");
      const first = from === undefined ? 0 : Number(quantity(from, "from", 32));
      return taskDraws(database, id, first, maxListedDraws).map(drawView);
    },
    neura_getTasks: async ([param]) => {
      const filter = record(param ?? {}, "the filter");
      const limit = filter.limit === undefined ? maxListedTasks : Number(quantity(filter.limit, "limit", 16));
      const phase = filter.phase === undefined ? undefined : quantity(filter.phase, "phase", 8);
      const matches = (name: "verifier" | "worker", value: string) =>
        filter[name] === undefined || cellId(filter[name], name) === Number(value);
      const tasks: unknown[] = [];
      for (let each = phase ?? FIRST_PHASE; each <= (phase ?? LAST_PHASE); each++) {
        for (const id of await taskIdsInPhase(database, each)) {
          const task = taskAt(id, ledger.cell(id));
          if (task === null || !matches("verifier", task.verifier) || !matches("worker", task.worker))
            continue;
          tasks.push(task);
          if (tasks.length >= Math.min(limit, maxListedTasks)) return tasks;
        }
      }
      return tasks;
    },
    neura_getLedgerProof: async ([param]) => {
      const id = cellId(param, "id");
      if (id >= batchedLedger.capacity) throw invalidParams(`id must be below ${batchedLedger.capacity}`);
      return proofOf(id);
    },
  };
}

function operationMethods(api: NeuraApi): Record<string, Method> {
  const { database, mirrors, submit, feeUnits, systemTransactionHash } = api;
  return {
    neura_sendOperation: async ([op]) => submit(signedOperation(op)),
    neura_getOperation: async ([param]) => {
      const found = OPERATIONS.get(database, operationId(param));
      if (found === undefined) return null;
      const block = found.sequenced?.blockNumber;
      const hash = block === undefined ? null : await systemTransactionHash(block);
      return operationView(database, mirrors, found, hash);
    },
    neura_estimateFee: async ([kind]) => {
      if (typeof kind !== "string" || !(kind in OP_CODE)) {
        throw invalidParams(`kind must be one of ${Object.keys(OP_CODE).join(", ")}`);
      }
      return { feeUnits: hexQuantity(feeUnits) };
    },
  };
}

function batchMethods({ database, mirrors, withdrawalChains }: NeuraApi): Record<string, Method> {
  return {
    neura_batchNumber: async () => hexQuantity(readCursor(database, CURSOR.batches)),
    neura_getBatch: async ([number]) => {
      const batch = BATCHES.get(database, Number(quantity(number, "number", 48)));
      return batch === undefined ? null : batchView(database, mirrors, withdrawalChains, batch);
    },
  };
}

function contentMethods({ content }: NeuraApi): Record<string, Method> {
  return {
    neura_putContent: async ([data]) => {
      const address = await content.put(bytes(data, "content"));
      return { cid: address.cid, content: hexWord(address.content) };
    },
    neura_getContent: async ([name]) => {
      const stored = content.get(contentElement(name));
      return stored === undefined ? null : `0x${Buffer.from(stored).toString("hex")}`;
    },
  };
}

function contentElement(name: unknown): bigint {
  if (typeof name === "string" && name.startsWith("0x")) return quantity(name, "content", 248);
  try {
    return contentOfCid(String(name));
  } catch (error) {
    throw invalidParams(`content is named by a CID or a content element: ${(error as Error).message}`);
  }
}

/** The `neura_*` methods. */
export function neuraMethods(api: NeuraApi): Record<string, Method> {
  const methods: Record<string, Method> = {
    neura_chainInfo: async () => api.chainInfo,
    ...accountMethods(api),
    ...cellMethods(api),
    ...operationMethods(api),
    ...batchMethods(api),
    ...contentMethods(api),
    ...solvencyMethods(api),
  };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      async (params: readonly unknown[]) => {
        try {
          return await method(params);
        } catch (error) {
          throw toRpcError(error);
        }
      },
    ]),
  );
}
