import { hexToBytes } from "@ethereumjs/util";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Logger } from "pino";
import { batchCircuitInput } from "../prover/batch-witness.ts";
import type { Database } from "../state/database.ts";
import { systemAddress } from "../state/evm/chain-rules.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import type { BatchOp } from "../state/ledger/batch.ts";
import { fromBytes32 } from "../state/ledger/field.ts";
import type { Ledger } from "../state/ledger/ledger.ts";
import { isSigned } from "../state/ledger/operation.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { demandSolvent, genesisTotals, type LedgerTotals, totalsAfter } from "../state/ledger/solvency.ts";
import { streamWords } from "../state/ledger/stream.ts";
import { type BatchTrace, traceBatch } from "../state/ledger/trace.ts";
import { streamOf } from "../state/store/batch-stream.ts";
import type { LedgerStore } from "../state/store/ledger-store.ts";
import {
  BATCHES,
  type BatchRecord,
  CURSOR,
  CURSORS,
  readCursor,
  WITNESS_INPUTS,
} from "../state/store/records.ts";
import { type BlockOperation, type BlockOperations, decodeBlockOperations } from "./block-operations.ts";
import { recordedIn } from "./gateway/gateway-requests.ts";
import { encodeLaneData, type LaneBlock, type LaneGateway } from "./lane-data.ts";

/** What the batch builder reads of a block. */
interface BuiltBlock {
  readonly number: number;
  readonly hash: `0x${string}`;
  readonly timestampSeconds: number;
  /** Calldata of the system transaction. */
  readonly ledgerCalldata: Uint8Array;
  /** The other transactions, as they were sent. */
  readonly transactions: readonly Uint8Array[];
  readonly gateway: LaneGateway | undefined;
}

export interface BatchBuilderOptions {
  readonly database: Database;
  /** The ledger after the newest closed batch, and its store. */
  readonly ledger: Ledger;
  readonly ledgerStore: LedgerStore;
  readonly size: BatchSize;
  readonly domain: bigint;
  readonly mirrorCount: number;
  readonly readBlock: (number: number) => Promise<BuiltBlock | undefined>;
  readonly log: Logger;
}

/** Executing the blocks again gave another ledger than the one they committed to. */
export class LedgerMismatchError extends Error {
  readonly code = "LEDGER_MISMATCH";
  constructor(batch: number, expected: bigint, actual: bigint) {
    super(
      `batch ${batch}: its blocks end with ledger root ${expected}, executing them again gives ${actual}`,
    );
  }
}

/**
 * Turns closed runs of blocks into batches: executes their operations once more, from the blocks alone, checks that the
 * ledger comes out the same and that not a unit was made or lost, and stores the batch with the input of its proof.
 */
export class BatchBuilder {
  readonly #options: BatchBuilderOptions;
  #nextBlock: number;
  #totals: LedgerTotals;
  #blocks: { block: BuiltBlock; operations: BlockOperations }[] = [];

  constructor(options: BatchBuilderOptions) {
    this.#options = options;
    const newest = BATCHES.get(options.database, readCursor(options.database, CURSOR.batches));
    this.#nextBlock = (newest?.lastBlock ?? 0) + 1;
    this.#totals = newest?.totals ?? genesisTotals(options.mirrorCount);
  }

  /** Takes the next block, if there is one. Returns whether there was. */
  async step(): Promise<boolean> {
    const block = await this.#options.readBlock(this.#nextBlock);
    if (block === undefined) return false;
    this.#nextBlock += 1;
    const operations = decodeBlockOperations(block.ledgerCalldata);
    this.#blocks.push({ block, operations });
    if (operations.closesBatch) await this.#close();
    return true;
  }

  async #close(): Promise<void> {
    const { database, ledger, ledgerStore, size, domain, log } = this.#options;
    const blocks = this.#blocks;
    const last = blocks.at(-1);
    const first = blocks[0];
    if (last === undefined || first === undefined) return;
    const { batchNumber, timeSeconds, ledgerRoot } = last.operations;
    const operations = blocks.flatMap((each) => each.operations.operations);
    const ops = operations.map(({ op }) => op);
    const trace = traceBatch(ledger, { number: BigInt(batchNumber), timeSeconds }, ops, domain);
    if (trace.rootAfter !== ledgerRoot)
      throw new LedgerMismatchError(batchNumber, ledgerRoot, trace.rootAfter);

    const totals = totalsAfter(this.#totals, ledgerStore.changedCells(ledger), trace.ops.map(judgedWords));
    demandSolvent(totals, `batch ${batchNumber}`);
    const record = batchRecord(blocks, operations, trace, totals);
    const words = streamWords(streamOf(record, domain), size);
    await database.write([
      ...ledgerStore.changes(ledger),
      BATCHES.put(batchNumber, record),
      WITNESS_INPUTS.put(batchNumber, batchCircuitInput(trace, words, size)),
      CURSORS.put(CURSOR.batches, batchNumber),
    ]);
    this.#blocks = [];
    this.#totals = totals;
    log.info({ batch: batchNumber, operations: ops.length, lastBlock: last.block.number }, "batch closed");
  }
}

const judgedWords = ({ op, valid }: BatchOp) => ({ words: op.words, valid, isQueued: !isSigned(op) });

function batchRecord(
  blocks: readonly { block: BuiltBlock; operations: BlockOperations }[],
  operations: readonly BlockOperation[],
  trace: BatchTrace,
  totals: LedgerTotals,
): BatchRecord {
  const first = blocks[0]?.block as BuiltBlock;
  const last = blocks.at(-1)?.block as BuiltBlock;
  const laneBlocks = blocks.map(
    ({ block, operations: { operations: executed } }): LaneBlock => ({
      timestampSeconds: block.timestampSeconds,
      operationCount: executed.length,
      transactions: block.transactions,
      ...(block.gateway === undefined ? {} : { gateway: block.gateway }),
    }),
  );
  const laneData = encodeLaneData(laneBlocks);
  return {
    number: Number(trace.number),
    rootBefore: trace.rootBefore,
    rootAfter: trace.rootAfter,
    cellCountBefore: trace.cellCountBefore,
    cellCountAfter: trace.cellCountAfter,
    timeSeconds: trace.timeSeconds,
    firstBlock: first.number,
    lastBlock: last.number,
    blockHash: BigInt(last.hash),
    totals,
    laneData,
    laneDataHash: fromBytes32(keccak_256(hexToBytes(laneData))),
    ops: trace.ops.map(({ op, valid }, i) => ({
      id: (operations[i] as BlockOperation).id,
      words: op.words,
      valid,
      ...(isSigned(op) ? {} : { caller: op.caller, queuedAt: op.queuedAt }),
    })),
  };
}

/** A block of the lane as the batch builder reads it; undefined if there is none yet. */
export function readBuiltBlock(lane: ContractLane, number: number): BuiltBlock | undefined {
  const block = lane.getBlock(number);
  if (block === undefined) return undefined;
  const [system, record] = block.transactions;
  const signed = block.transactions.filter(({ sender }) => sender !== systemAddress);
  if (system?.sender !== systemAddress)
    throw new Error(`block ${number} does not begin with a system transaction`);
  return {
    number,
    hash: block.hash,
    timestampSeconds: block.timestampSeconds,
    ledgerCalldata: system.decoded.data,
    transactions: signed.map(({ raw }) => raw),
    gateway: record?.sender === systemAddress ? recordedIn(record.decoded.data) : undefined,
  };
}
