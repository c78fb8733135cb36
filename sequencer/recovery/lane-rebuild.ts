import type { PublishedBatch } from "../../bridge/posted-batch.ts";
import { Database } from "../../state/database.ts";
import type { Block } from "../../state/evm/block-store.ts";
import { bytesOfHex } from "../../state/evm/bytes.ts";
import { auditState, type StateSize } from "../../state/evm/state-audit.ts";
import { type SignedTransaction, TransactionError } from "../../state/evm/transaction.ts";
import { type OpenBatch, openBatch } from "../../state/ledger/batch.ts";
import { RESERVED_CELL } from "../../state/ledger/cells.ts";
import { LedgerError } from "../../state/ledger/errors.ts";
import { type OpWords, opFields } from "../../state/ledger/operation.ts";
import { queuedOperationId } from "../../state/ledger/operation-id.ts";
import { NO_SIGNATURE, type PostedOp, provenOperation, provenSignature } from "../../state/ledger/replay.ts";
import { closedTaskIds } from "../../state/store/indexes.ts";
import { BlockDraft } from "../block-draft.ts";
import { authorOperation, type GatewaySigner } from "../gateway/gateway-author.ts";
import { GatewayDesk } from "../gateway/gateway-desk.ts";
import { takesRequestsFirst } from "../gateway/gateway-requests.ts";
import { blockWithoutData, decodeLaneData, type LaneBlock } from "../lane-data.ts";
import { type ChainGenesis, type Lanes, openLanes } from "../lanes.ts";

/** What of a batch home's calldata say about the contract lane and the operations. */
export type LaneBatch = Omit<PublishedBatch, "proof" | "commitment" | "laneDataHash">;

export interface LaneRebuildOptions extends ChainGenesis {
  /** Of a database that does not exist yet. */
  readonly directory: string;
  readonly domain: bigint;
  /** Of home's contract. */
  readonly mirrorCount: number;
}

type LaneDifference =
  | "order of batches"
  | "number of operations"
  | "operation"
  | "request"
  | "transaction"
  | "ledger"
  | "block hash";

/** What is published of the contract lane is not what follows from the batches before it. The rebuild is of no use afterwards. */
export class LaneRebuildError extends Error {
  override readonly name = "LaneRebuildError";
  readonly code = "LANE_REBUILD_DIFFERS";
  constructor(
    readonly batch: bigint,
    /** The newest one that could be made. */
    readonly block: number,
    readonly what: LaneDifference,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `batch ${batch}, after block ${block} of the contract lane: ${what} is ${actual} by home's data, expected ${expected}; ` +
        "read the chain through another RPC and with the release that made the batch; if it stays so, do not rely on what the operator says of the contract lane",
    );
  }
}

/** A block that is executed, and those of its operations that are still to come. */
interface Reading {
  readonly ops: PostedOp[];
  readonly draft: BlockDraft;
}

/**
 * The contract lane from home's data alone: executes the blocks of every accepted batch again, in a database of its own, and demands
 * that each batch ends with the block that its operator has published. Batches are taken as home has accepted them: whoever gives them
 * has compared them with home's history.
 */
export class LaneRebuild {
  readonly #options: LaneRebuildOptions;
  readonly #lanes: Lanes;
  readonly #desk: GatewayDesk;
  readonly #signer: GatewaySigner;
  #nextBatch = 1n;
  #queued = 0n;

  private constructor(options: LaneRebuildOptions, lanes: Lanes) {
    this.#options = options;
    this.#lanes = lanes;
    this.#desk = new GatewayDesk(lanes);
    this.#signer = { ...options, ledger: lanes.ledger, sign: () => NO_SIGNATURE };
  }

  static async open(options: LaneRebuildOptions): Promise<LaneRebuild> {
    const database = await Database.open(options.directory);
    try {
      const lanes = await openLanes(database, options);
      if (lanes.lane.head.number !== 0) throw new Error(`${options.directory} has blocks already`);
      return new LaneRebuild(options, lanes);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#lanes.database.close();
  }

  /** The contract lane after the newest batch. */
  get lane(): Lanes["lane"] {
    return this.#lanes.lane;
  }

  /** A second opinion on the newest state root. Throws a StateRootError. */
  audit(): Promise<StateSize> {
    return auditState(this.#lanes.database, bytesOfHex(this.lane.head.stateRoot));
  }

  /** Executes the next batch. Returns its blocks. Throws a {@link LaneRebuildError}, a LaneDataVersionError. */
  async apply(batch: LaneBatch): Promise<Block[]> {
    const { ledger, lane } = this.#lanes;
    if (batch.number !== this.#nextBatch)
      throw this.#differs(batch, "order of batches", `${this.#nextBatch}`, `${batch.number}`);
    const isWithoutData = batch.laneData === "0x";
    const laneBlocks = isWithoutData ? [blockWithoutData(batch, lane.head)] : decodeLaneData(batch.laneData);
    const count = laneBlocks.reduce((sum, { operationCount }) => sum + operationCount, 0);
    if (count !== batch.ops.length)
      throw this.#differs(batch, "number of operations", `${batch.ops.length}`, `${count}`);
    const open = openBatch(ledger, batch.number, batch.timeSeconds);
    const blocks: Block[] = [];
    for (const [i, laneBlock] of laneBlocks.entries()) {
      const ops = batch.ops.slice(open.ops.length, open.ops.length + laneBlock.operationCount);
      blocks.push(await this.#execute(batch, open, laneBlock, ops, i === laneBlocks.length - 1));
    }
    if (ledger.root() !== batch.rootAfter || ledger.cellCount !== batch.cellCountAfter)
      throw this.#differs(
        batch,
        "ledger",
        `${hex(batch.rootAfter)} with ${batch.cellCountAfter} cells`,
        `${hex(ledger.root())} with ${ledger.cellCount}`,
      );
    if (!isWithoutData) this.#demandHash(batch);
    this.#nextBatch += 1n;
    return blocks;
  }

  async #execute(
    batch: LaneBatch,
    open: OpenBatch,
    laneBlock: LaneBlock,
    ops: PostedOp[],
    closesBatch: boolean,
  ): Promise<Block> {
    const { domain, size } = this.#options;
    const { ledger, database } = this.#lanes;
    const { timestampSeconds, dataPriceWei, gateway } = laneBlock;
    const transactions = await this.#decoded(batch, laneBlock);
    const mayBeFull = ledger.cellCount + size.maxOps >= ledger.capacity;
    const closedTasks = mayBeFull ? await closedTaskIds(database, size.maxOps) : [];
    await this.#desk.refresh();
    const draft = new BlockDraft({
      lanes: this.#lanes,
      domain,
      batch: open,
      gateway: this.#desk.draft(
        gateway?.flatFeeUnits === undefined ? undefined : BigInt(gateway.flatFeeUnits),
      ),
      closedTasks,
    });
    const reading: Reading = { ops, draft };
    const requests = gateway?.requestCount ?? 0;
    this.#takeWhile(batch, reading, isQueued);
    if (takesRequestsFirst(batch.number)) this.#takeRequests(batch, reading, requests);
    this.#takeWhile(batch, reading, isSignedByUser);
    if (!takesRequestsFirst(batch.number)) this.#takeRequests(batch, reading, requests);
    if (ops.length > 0) throw this.#differs(batch, "operation", "no further one", described(ops[0]));
    const ending = { timestampSeconds, transactions, dataPriceWei, closesBatch, extraWrites: [] };
    const { block, rejected, skipped } = await draft.seal(ending);
    const [left = rejected[0]?.hash] = skipped;
    if (left !== undefined) throw this.#differs(batch, "transaction", "executable", `not: ${left}`);
    return block;
  }

  async #decoded(batch: LaneBatch, { transactions }: LaneBlock): Promise<SignedTransaction[]> {
    try {
      return await Promise.all(transactions.map((raw) => this.lane.decode(raw)));
    } catch (error) {
      if (!(error instanceof TransactionError)) throw error;
      throw this.#differs(batch, "transaction", "readable", `not: ${error.message}`);
    }
  }

  /** Executes operations as long as they are of one origin. */
  #takeWhile(batch: LaneBatch, { ops, draft }: Reading, isNext: (op: PostedOp) => boolean): void {
    const { ledger } = this.#lanes;
    while (ops[0] !== undefined && isNext(ops[0])) {
      const op = ops.shift() as PostedOp;
      // Its place is posted, but in a full tree the places of the requests after it depend on the same search.
      draft.placement.objectFor(opFields(op.words));
      const id = op.origin === undefined ? undefined : queuedOperationId(this.#queued++);
      try {
        const { valid } = draft.execute(provenOperation(ledger, op, batch.timeSeconds), provenSignature, id);
        if (valid === op.valid) continue;
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        throw this.#differs(batch, "operation", "possible", `not: ${error.message}`);
      }
      throw this.#differs(batch, "operation", op.valid ? "valid" : "a no-op", described(op));
    }
  }

  /** The contract lane itself says what was asked for: what the ledger takes of it must be the next operation. */
  #takeRequests(batch: LaneBatch, { ops, draft }: Reading, count: number): void {
    const { gateway, placement } = draft;
    const waiting = gateway.waiting();
    for (let taken = 0; taken < count; taken++) {
      const { value: request } = waiting.next();
      if (request === undefined) throw this.#differs(batch, "request", `${count} of them`, `only ${taken}`);
      try {
        const { id, op } = authorOperation(request, placement, batch.timeSeconds, this.#signer);
        draft.execute(op, provenSignature, id);
        const posted = ops.shift();
        if (posted === undefined || !isSame(op.words, posted.words))
          throw this.#differs(batch, "operation", described(posted), described(op));
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        gateway.refuse(request, error);
      }
    }
  }

  /** Who delivers a batch chooses the hash's lowest byte. */
  #demandHash(batch: LaneBatch): void {
    const actual = BigInt(this.lane.head.hash);
    if (actual >> 8n === batch.blockHash >> 8n) return;
    throw this.#differs(batch, "block hash", hex(batch.blockHash), hex(actual));
  }

  #differs({ number }: LaneBatch, what: LaneDifference, expected: string, actual: string): LaneRebuildError {
    return new LaneRebuildError(number, this.lane.head.number, what, expected, actual);
  }
}

const isQueued = ({ origin }: PostedOp): boolean => origin !== undefined;
const isSignedByUser = ({ origin, words }: PostedOp): boolean =>
  origin === undefined && opFields(words).sender !== RESERVED_CELL.gateway;

const isSame = (a: OpWords, b: OpWords): boolean => a.every((word, i) => word === b[i]);
const hex = (word: bigint): string => `0x${word.toString(16).padStart(64, "0")}`;

function described(op: { readonly words: OpWords } | undefined): string {
  if (op === undefined) return "none";
  const { kind, code, sender } = opFields(op.words);
  return `${kind ?? `kind ${code}`} of cell ${sender} (${op.words.map((word) => `0x${word.toString(16)}`).join(", ")})`;
}
