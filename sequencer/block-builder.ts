import type { Logger } from "pino";
import type { Write } from "../state/database.ts";
import { hasRoomFor, type OpenBatch, openBatch } from "../state/ledger/batch.ts";
import { type PrivateKey, sign } from "../state/ledger/eddsa.ts";
import { LedgerError } from "../state/ledger/errors.ts";
import { feeUnitsOf } from "../state/ledger/fees.ts";
import { type LedgerOp, opFields, withFee, withObject } from "../state/ledger/operation.ts";
import { type OperationId, queuedOperationId, signedOperationId } from "../state/ledger/operation-id.ts";
import type { PostedBatch } from "../state/ledger/replay.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import type { Listeners } from "../state/listeners.ts";
import { closedTaskIds } from "../state/store/indexes.ts";
import {
  CURSOR,
  CURSORS,
  OPERATIONS,
  type OperationRecord,
  PENDING_OPERATIONS,
  PRIORITY_QUEUE,
  type Rejection,
  readCursor,
} from "../state/store/records.ts";
import { Table } from "../state/store/table.ts";
import { type BatchPolicy, isDue, reasonToWait } from "./batch-policy.ts";
import { BlockDraft, type BlockEnding } from "./block-draft.ts";
import { authorsWrite, type BlockOperation } from "./block-operations.ts";
import { dataPriceOfNextBlock } from "./data-price.ts";
import { authorOperation, type GatewaySigner } from "./gateway/gateway-author.ts";
import { GatewayDesk } from "./gateway/gateway-desk.ts";
import type { GatewayDraft } from "./gateway/gateway-draft.ts";
import { takesRequestsFirst } from "./gateway/gateway-requests.ts";
import { blockWithoutData } from "./lane-data.ts";
import type { Lanes } from "./lanes.ts";
import type { ContractMempool } from "./mempool/contract-transactions.ts";
import type { LedgerMempool, PendingOp } from "./mempool/ledger-operations.ts";

/** The batch to which blocks are being added. */
interface OpenRun {
  readonly batch: OpenBatch;
  readonly openedAtMs: number;
  readonly laneBytes: number;
}

/** The same as it is stored between blocks. */
type OpenBatchRecord = Omit<OpenRun, "batch"> & {
  readonly batch: Omit<OpenBatch, "cells"> & { readonly cells: number[] };
};

const OPEN_BATCH = new Table<string, OpenBatchRecord>("open-batch", (key) => new TextEncoder().encode(key));
const CURRENT = "current";

export interface BlockBuilderOptions extends Lanes {
  readonly size: BatchSize;
  readonly domain: bigint;
  /** Flat fee of a signed op. */
  readonly feeUnits: bigint;
  /** Key of the gateway's account. */
  readonly gatewayKey: PrivateKey;
  /** Mirrors are numbered 1 … mirrorCount. */
  readonly mirrorCount: number;
  /** What a gwei of home's coin is worth in the contract lane. 0 or left out: its transactions pay nothing for their bytes. */
  readonly weiPerHomeGwei?: bigint;
  readonly policy: BatchPolicy;
  readonly operations: LedgerMempool;
  readonly transactions: ContractMempool;
  readonly now: () => number;
  readonly log: Logger;
  /** Told of a block's operations once it is on the disk, refused ones included. */
  readonly recorded?: Listeners<readonly OperationRecord[]>;
}

/**
 * What a block's transactions take before the next block gets the others. Gas says little about time here: a block full of the dearest
 * precompiles would take half a minute, in which nobody's transaction is mined.
 */
const maxExecutionMs = 2_000;

/** One block under construction, and what home does not get of it. */
interface Draft {
  readonly block: BlockDraft;
  readonly openedAtMs: number;
  readonly executed: BlockOperation[];
  readonly records: OperationRecord[];
  readonly removed: PendingOp[];
  priorityDone: number;
  /** Something waits that this batch cannot take: it closes with this block. */
  isFull: boolean;
}

/** How a block ends. */
interface Sealing extends BlockEnding {
  /** Of the contract lane, in the batch so far. */
  readonly laneBytes: number;
}

/**
 * Makes blocks: takes priority operations, requests of the contract lane, signed operations and contract transactions, in this order, executes them, and
 * writes block, receipts, both states and all records in one synced batch. A batch is a run of its blocks.
 */
export class BlockBuilder {
  readonly #options: BlockBuilderOptions;
  readonly #gateway: GatewayDesk;
  readonly #gatewaySigner: GatewaySigner;
  #open: OpenRun | undefined;
  #nextBatch: number;
  #lastTimeSeconds: bigint;
  #isBehind = false;

  constructor(options: BlockBuilderOptions) {
    this.#options = options;
    this.#gateway = new GatewayDesk(options);
    this.#gatewaySigner = { ...options, sign: (message) => sign(options.gatewayKey, message) };
    const stored = OPEN_BATCH.get(options.database, CURRENT);
    if (stored !== undefined) {
      this.#open = { ...stored, batch: { ...stored.batch, cells: new Set(stored.batch.cells) } };
    }
    this.#nextBatch = readCursor(options.database, NEXT_BATCH) || 1;
    this.#lastTimeSeconds = BigInt(readCursor(options.database, LAST_BATCH_TIME));
  }

  /** Builds one block if there is anything to put into it. Returns its number, or undefined if there was nothing. */
  async build(): Promise<number | undefined> {
    const { ledger, size, database, feeUnits } = this.#options;
    // Only a full tree needs them, and looking them up takes a turn of the event loop.
    const mayBeFull = ledger.cellCount + size.maxOps >= ledger.capacity;
    if (!this.#gateway.isCurrent) await this.#gateway.refresh();
    const closedTasks = mayBeFull ? await closedTaskIds(database, size.maxOps) : [];
    const draft = this.#draft(closedTasks, this.#gateway.draft(feeUnits));
    if (draft === undefined) return undefined;
    this.#takePriority(draft);
    const requestsFirst = takesRequestsFirst(draft.block.batch.number);
    if (requestsFirst) this.#takeRequests(draft);
    this.#takeSigned(draft);
    if (!requestsFirst) this.#takeRequests(draft);
    return this.#seal(draft, this.#sealing(draft));
  }

  /**
   * Makes the one block of a batch that home has accepted from somebody else: the batch's operations and nothing more, at the
   * batch's time, so that everyone makes the same block of it (docs/SETTLEMENT.md, section 4). The batch was replayed before.
   */
  async follow(batch: PostedBatch, extraWrites: readonly Write[]): Promise<number> {
    const { ledger, lane } = this.#options;
    if (this.#open !== undefined || this.#nextBatch !== Number(batch.number))
      throw new Error(`batch ${batch.number} is not the next one, which is ${this.#nextBatch}`);
    this.#open = { batch: openBatch(ledger, batch.number, batch.timeSeconds), openedAtMs: 0, laneBytes: 0 };
    await this.#gateway.refresh();
    const draft = this.#newDraft(this.#open, [], this.#gateway.draft());
    for (const { words, origin } of batch.ops) {
      if (origin === undefined) throw new Error(`batch ${batch.number} has an operation that was not queued`);
      const id = queuedOperationId(BigInt(draft.priorityDone));
      this.#execute(draft, id, { words, ...origin }, { id, words, caller: origin.caller });
      draft.priorityDone += 1;
    }
    const { timestampSeconds, dataPriceWei } = blockWithoutData(batch, lane.head);
    return this.#seal(draft, {
      timestampSeconds,
      transactions: [],
      laneBytes: 0,
      closesBatch: true,
      dataPriceWei,
      extraWrites,
    });
  }

  /** The last block left something waiting that had no room in it: the next one can follow at once. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Why no batch is opened whatever waits; undefined if nothing is in the way. */
  get waitsFor(): string | undefined {
    const { database, policy } = this.#options;
    return this.#open === undefined ? reasonToWait(database, policy, this.#nextBatch - 1) : undefined;
  }

  /** The batch that the next block belongs to; opened now if there is work and none is open. */
  #draft(closedTasks: readonly number[], gateway: GatewayDraft): Draft | undefined {
    const { database, ledger, operations, transactions, now, policy } = this.#options;
    const priority = PRIORITY_QUEUE.get(database, readCursor(database, CURSOR.priorityDone));
    const isAsked = gateway.hasWork || operations.size > 0 || transactions.hasExecutable();
    const hasWork = priority !== undefined || isAsked;
    const isDueNow = this.#open !== undefined && isDue(database, policy, now() - this.#open.openedAtMs);
    if ((!hasWork && !isDueNow) || this.waitsFor !== undefined) return undefined;
    if (this.#open === undefined) {
      const clock = BigInt(Math.floor(now() / 1000));
      const times = [clock, this.#lastTimeSeconds, priority?.queuedAt ?? 0n];
      const time = times.reduce((latest, other) => (other > latest ? other : latest));
      const batch = openBatch(ledger, BigInt(this.#nextBatch), time);
      this.#open = { batch, openedAtMs: now(), laneBytes: 0 };
    }
    return this.#newDraft(this.#open, closedTasks, gateway);
  }

  #newDraft({ batch, openedAtMs }: OpenRun, closedTasks: readonly number[], gateway: GatewayDraft): Draft {
    const { database, domain } = this.#options;
    return {
      block: new BlockDraft({ lanes: this.#options, domain, batch, gateway, closedTasks }),
      openedAtMs,
      executed: [],
      records: [],
      removed: [],
      priorityDone: readCursor(database, CURSOR.priorityDone),
      isFull: false,
    };
  }

  #takePriority(draft: Draft): void {
    const { database } = this.#options;
    while (!draft.isFull) {
      const entry = PRIORITY_QUEUE.get(database, draft.priorityDone);
      if (entry === undefined) return;
      const object = draft.block.placement.objectFor(opFields(entry.words));
      const op: LedgerOp = {
        words: withObject(entry.words, object),
        caller: entry.caller,
        queuedAt: entry.queuedAt,
      };
      // T may not lie before the queueing of what the batch consumes: such an entry waits for the next batch.
      if (entry.queuedAt > draft.block.batch.timeSeconds || !this.#hasRoom(draft, op)) {
        draft.isFull = true;
        return;
      }
      const id = queuedOperationId(BigInt(entry.index));
      this.#execute(draft, id, op, { id, words: op.words, caller: entry.caller });
      draft.priorityDone += 1;
    }
  }

  #takeRequests(draft: Draft): void {
    const { log } = this.#options;
    const { gateway, placement, batch } = draft.block;
    for (const request of gateway.waiting()) {
      if (draft.isFull) return;
      try {
        const { id, op } = authorOperation(request, placement, batch.timeSeconds, this.#gatewaySigner);
        draft.isFull = !this.#hasRoom(draft, op);
        if (!draft.isFull) this.#execute(draft, id, op, { id, ...op });
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        gateway.refuse(request, error);
        log.info({ request: request.id, reason: error.code }, "request of the contract lane refused");
      }
    }
  }

  #takeSigned(draft: Draft): void {
    const { operations, feeUnits } = this.#options;
    for (const pending of operations.waiting()) {
      if (draft.isFull) return;
      const { authorization } = pending.op;
      const fields = opFields(pending.op.words);
      const placed = withObject(pending.op.words, draft.block.placement.objectFor(fields));
      const op = { words: withFee(placed, feeUnitsOf(fields.kind, feeUnits)), authorization };
      if (!this.#hasRoom(draft, op)) {
        draft.isFull = true;
        return;
      }
      const record = { id: pending.id, words: op.words, authorization };
      try {
        this.#execute(draft, pending.id, op, record);
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        draft.records.push({ ...record, words: pending.op.words, rejection: rejectionOf(error) });
        this.#options.log.info({ id: pending.id, reason: error.code }, "operation rejected");
      }
      draft.removed.push(pending);
    }
  }

  #hasRoom(draft: Draft, op: LedgerOp): boolean {
    return hasRoomFor(draft.block.batch, op, this.#options.ledger, this.#options.size);
  }

  #execute(draft: Draft, id: OperationId, op: LedgerOp, record: OperationRecord): void {
    const { block } = draft;
    // The signature was checked at admission; it is good as long as its message is still the same.
    const isSame = (_key: unknown, message: bigint) => signedOperationId(message) === id;
    const applied = block.execute(op, isSame, id);
    draft.executed.push({ id, op });
    draft.records.push({
      ...record,
      sequenced: {
        blockNumber: this.#options.lane.head.number + 1,
        batchNumber: Number(block.batch.number),
        indexInBatch: block.batch.ops.length - 1,
        valid: applied.valid,
      },
      rejection: applied.valid ? undefined : rejectionOf(applied.reason),
    });
  }

  /** How the block ends: what it takes from the contract lane, and whether it is its batch's last one. */
  #sealing({ block: { batch }, openedAtMs, isFull }: Draft): Sealing {
    const { database, lane, size, policy, transactions, now } = this.#options;
    const laneBytesBefore = this.#open?.laneBytes ?? 0;
    const taken = transactions.take(Math.max(0, policy.maxLaneBytes - laneBytesBefore));
    // Nothing of the contract lane fits any more.
    const isLaneFull = taken.length === 0 && transactions.hasExecutable();
    const isNowFull = isFull || isLaneFull || batch.ops.length >= size.maxOps;
    this.#isBehind = isNowFull || transactions.hasLeftOut;
    const endMs = now() + maxExecutionMs;
    const isOver = (): boolean => {
      if (now() < endMs) return false;
      this.#isBehind = true;
      return true;
    };
    return {
      isOver,
      timestampSeconds: Math.max(Math.floor(now() / 1000), lane.head.timestampSeconds),
      transactions: taken,
      laneBytes: laneBytesBefore + taken.reduce((sum, { size: bytes }) => sum + bytes, 0),
      closesBatch: isNowFull || isDue(database, policy, now() - openedAtMs),
      dataPriceWei: dataPriceOfNextBlock(this.#options),
      extraWrites: [],
    };
  }

  async #seal(draft: Draft, sealing: Sealing): Promise<number> {
    const { lane, operations, transactions, log } = this.#options;
    const { transactions: taken, laneBytes, closesBatch } = sealing;
    const { batch } = draft.block;
    const open = closesBatch ? undefined : { batch, openedAtMs: draft.openedAtMs, laneBytes };
    const extraWrites = [
      authorsWrite(lane.head.number + 1, draft.executed),
      ...draft.records.map((record) => OPERATIONS.put(record.id, record)),
      ...draft.removed.map(({ arrival }) => PENDING_OPERATIONS.del(arrival)),
      CURSORS.put(CURSOR.priorityDone, draft.priorityDone),
      ...this.#batchWrites(batch, open),
      ...sealing.extraWrites,
    ];
    // The ledger has executed them: admission would count them twice if they stayed in the queue until the block is written.
    for (const { id } of draft.removed) operations.remove(id);
    const { block, rejected, skipped } = await draft.block.seal({ ...sealing, extraWrites });
    this.#open = open;
    if (closesBatch) {
      this.#nextBatch = Number(batch.number) + 1;
      this.#lastTimeSeconds = batch.timeSeconds;
    }
    for (const { hash, fault } of rejected)
      if (fault !== undefined) log.error({ hash, err: fault }, "transaction left out: a fault of this node");
    await transactions.onBlock(block, rejected);
    await this.#gateway.refresh();
    this.#options.recorded?.tell(draft.records);
    log.info(
      {
        block: block.number,
        batch: Number(batch.number),
        operations: draft.executed.length,
        transactions: taken.length - rejected.length - skipped.length,
        closesBatch,
      },
      "block built",
    );
    return block.number;
  }

  #batchWrites(batch: OpenBatch, open: OpenRun | undefined): Write[] {
    if (open !== undefined) {
      return [OPEN_BATCH.put(CURRENT, { ...open, batch: { ...batch, cells: [...batch.cells] } })];
    }
    return [
      OPEN_BATCH.del(CURRENT),
      CURSORS.put(NEXT_BATCH, Number(batch.number) + 1),
      CURSORS.put(LAST_BATCH_TIME, Number(batch.timeSeconds)),
    ];
  }
}

const NEXT_BATCH = "next-batch";
const LAST_BATCH_TIME = "last-batch-time";

/** No batch from here on has an earlier time. To be written while no builder is open. */
export const timeFloor = (seconds: bigint): Write => CURSORS.put(LAST_BATCH_TIME, Number(seconds));

function rejectionOf({ code, message, expected, actual }: LedgerError): Rejection {
  return { code, message, expected, actual };
}
