import { hexToBytes } from "@ethereumjs/util";
import { keccak_256 } from "@noble/hashes/sha3.js";
import type { Logger } from "pino";
import { batchCircuitInput } from "../prover/batch-witness.ts";
import type { Database, Write } from "../state/database.ts";
import { systemAddress } from "../state/evm/chain-rules.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import type { BatchOp } from "../state/ledger/batch.ts";
import { fromBytes32 } from "../state/ledger/field.ts";
import type { Ledger } from "../state/ledger/ledger.ts";
import { isSigned } from "../state/ledger/operation.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { demandSolvent, genesisTotals, type LedgerTotals, totalsAfter } from "../state/ledger/solvency.ts";
import { commitmentOf, historyAfter, streamHashOf, streamWords } from "../state/ledger/stream.ts";
import { type BatchTrace, traceBatch } from "../state/ledger/trace.ts";
import { streamOf } from "../state/store/batch-stream.ts";
import { HOME } from "../state/store/confirmation.ts";
import type { LedgerStore } from "../state/store/ledger-store.ts";
import {
  acceptedCursor,
  BATCHES,
  type BatchRecord,
  CURSOR,
  CURSORS,
  FOLLOWED_BATCHES,
  type FollowedBatchRecord,
  finalizedCursor,
  PROOFS,
  readCursor,
  WITNESS_INPUTS,
} from "../state/store/records.ts";
import { forgetUndo, undoOf } from "../state/undo.ts";
import {
  type BlockOperation,
  type BlockOperations,
  decodeBlockOperations,
  forgetAuthors,
  operationsOf,
} from "./block-operations.ts";
import { recordedIn } from "./gateway/gateway-requests.ts";
import { encodeLaneData, type LaneBlock, type LaneGateway } from "./lane-data.ts";

/** What the batch builder reads of a block. */
interface BuiltBlock {
  readonly number: number;
  readonly hash: `0x${string}`;
  readonly timestampSeconds: number;
  /** From the system transaction. */
  readonly ledger: BlockOperations;
  /** The other transactions, as they were sent. */
  readonly transactions: readonly Uint8Array[];
  readonly gateway: LaneGateway | undefined;
  readonly dataPriceWei: bigint;
}

interface BatchBlock {
  readonly block: BuiltBlock;
  readonly operations: readonly BlockOperation[];
}

type PublishedPart = "blockHash" | "laneData" | "laneDataHash";
const NO_LANE_DATA = "0x";

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
 * Turns closed runs of blocks into batches: executes their operations once more, from the stored blocks, checks that the
 * ledger comes out the same and that not a unit was made or lost, and stores the batch with the input of its proof.
 */
export class BatchBuilder {
  readonly #options: BatchBuilderOptions;
  #nextBlock: number;
  #totals: LedgerTotals;
  #blocks: BatchBlock[] = [];

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
    const operations = operationsOf(this.#options.database, block.number, block.ledger);
    this.#blocks.push({ block, operations });
    if (block.ledger.closesBatch) await this.#close();
    return true;
  }

  async #close(): Promise<void> {
    const { database, ledger, ledgerStore, size, domain, log } = this.#options;
    const blocks = this.#blocks;
    const last = blocks.at(-1);
    const first = blocks[0];
    if (last === undefined || first === undefined) return;
    const { batchNumber, timeSeconds, ledgerRoot } = last.block.ledger;
    const operations = blocks.flatMap((each) => each.operations);
    const ops = operations.map(({ op }) => op);
    const trace = traceBatch(ledger, { number: BigInt(batchNumber), timeSeconds }, ops, domain);
    if (trace.rootAfter !== ledgerRoot)
      throw new LedgerMismatchError(batchNumber, ledgerRoot, trace.rootAfter);

    const totals = totalsAfter(this.#totals, ledgerStore.changedCells(ledger), trace.ops.map(judgedWords));
    demandSolvent(totals, `batch ${batchNumber}`);
    const followed = FOLLOWED_BATCHES.get(database, batchNumber);
    const published = {
      ...batchRecord(blocks, operations, trace, totals),
      ...publishedPartOf(blocks, followed),
    };
    const words = streamWords(streamOf(published, domain), size);
    const before = BATCHES.get(database, batchNumber - 1)?.history ?? published.rootBefore;
    const record = { ...published, history: historyAfter(before, streamHashOf(words, commitmentOf(words))) };
    const writes = [
      ...ledgerStore.changes(ledger),
      BATCHES.put(batchNumber, record),
      CURSORS.put(CURSOR.batches, batchNumber),
      ...(followed === undefined
        ? [WITNESS_INPUTS.put(batchNumber, batchCircuitInput(trace, words, size))]
        : acceptedWrites(followed)),
    ];
    const undo = undoOf(database, "batch", batchNumber, writes);
    await database.write([...writes, undo, ...forgetFinalUndo(database)]);
    this.#blocks = [];
    this.#totals = totals;
    log.info({ batch: batchNumber, operations: ops.length, lastBlock: last.block.number }, "batch closed");
  }
}

const judgedWords = ({ op, valid }: BatchOp) => ({ words: op.words, valid, isQueued: !isSigned(op) });

/** What a batch publishes of the contract lane. One that was made without the node has none. */
function publishedPartOf(
  blocks: readonly BatchBlock[],
  followed: FollowedBatchRecord | undefined,
): Pick<BatchRecord, PublishedPart> {
  const laneData = followed === undefined ? laneDataOf(blocks) : NO_LANE_DATA;
  return {
    blockHash: followed?.blockHash ?? BigInt(blocks.at(-1)?.block.hash ?? 0),
    laneData,
    laneDataHash: fromBytes32(keccak_256(hexToBytes(laneData))),
  };
}

function laneDataOf(blocks: readonly BatchBlock[]): `0x${string}` {
  const laneBlocks = blocks.map(
    ({ block, operations }): LaneBlock => ({
      timestampSeconds: block.timestampSeconds,
      operationCount: operations.length,
      transactions: block.transactions,
      dataPriceWei: block.dataPriceWei,
      ...(block.gateway === undefined ? {} : { gateway: block.gateway }),
    }),
  );
  return encodeLaneData(laneBlocks);
}

/** Home has checked the proof and accepted the batch; mirrors will ask for both. */
function acceptedWrites({ number, proof, commitment }: FollowedBatchRecord): Write[] {
  const notMeasured = { constraints: 0, witnessMs: 0, proveMs: 0, peakRssBytes: 0 };
  return [
    PROOFS.put(number, { batchNumber: number, proof, commitment, ...notMeasured }),
    CURSORS.put(CURSOR.proofs, number),
    CURSORS.put(acceptedCursor(HOME), number),
  ];
}

/** Number of the oldest batch that may still be taken back. */
const OLDEST_UNDO = "oldest-undo";
/** Batches whose undo records one write removes at most. */
const maxForgotten = 64;

/** What is final on home is never taken back. */
function forgetFinalUndo(database: Database): Write[] {
  const oldest = readCursor(database, OLDEST_UNDO) || 1;
  const end = Math.min(readCursor(database, finalizedCursor(HOME)) + 1, oldest + maxForgotten);
  const writes: Write[] = [];
  for (let number = oldest; number < end; number++) {
    const { firstBlock = 1, lastBlock = 0 } = BATCHES.get(database, number) ?? {};
    writes.push(forgetUndo("batch", number));
    for (let block = firstBlock; block <= lastBlock; block++)
      writes.push(forgetUndo("block", block), forgetAuthors(block));
  }
  return writes.length === 0 ? [] : [...writes, CURSORS.put(OLDEST_UNDO, end)];
}

function batchRecord(
  blocks: readonly BatchBlock[],
  operations: readonly BlockOperation[],
  trace: BatchTrace,
  totals: LedgerTotals,
): Omit<BatchRecord, PublishedPart | "history"> {
  const first = blocks[0]?.block as BuiltBlock;
  const last = blocks.at(-1)?.block as BuiltBlock;
  return {
    number: Number(trace.number),
    rootBefore: trace.rootBefore,
    rootAfter: trace.rootAfter,
    cellCountBefore: trace.cellCountBefore,
    cellCountAfter: trace.cellCountAfter,
    timeSeconds: trace.timeSeconds,
    firstBlock: first.number,
    lastBlock: last.number,
    totals,
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
    ledger: decodeBlockOperations(system.decoded.data),
    transactions: signed.map(({ raw }) => raw),
    dataPriceWei: block.dataPriceWei,
    gateway: record?.sender === systemAddress ? recordedIn(record.decoded.data) : undefined,
  };
}
