import type { Write } from "../state/database.ts";
import type { ContractLane } from "../state/evm/contract-lane.ts";
import type { SignedTransaction } from "../state/evm/transaction.ts";
import type { LedgerTransition } from "../state/evm/types.ts";
import {
  type Applied,
  applyToBatch,
  cellsUsedBy,
  closeBatch,
  type OpenBatch,
} from "../state/ledger/batch.ts";
import { type Cell, decodeAccount, EMPTY_CELL, RESERVED_CELL } from "../state/ledger/cells.ts";
import { type LedgerOp, opFields } from "../state/ledger/operation.ts";
import type { OperationId } from "../state/ledger/operation-id.ts";
import type { Payout } from "../state/ledger/rule.ts";
import type { SignatureVerifier } from "../state/ledger/transition.ts";
import { accountIdOf, indexCell } from "../state/store/indexes.ts";
import { encodeBlockOperations, type PublishedOp, publishedOp } from "./block-operations.ts";
import type { GatewayDraft } from "./gateway/gateway-draft.ts";
import { requestWrites } from "./gateway/gateway-requests.ts";
import type { Lanes } from "./lanes.ts";
import { operationLog } from "./ledger-events.ts";
import { Placement } from "./placement.ts";
import { TaskContents } from "./task-contents.ts";

const WEI_PER_UNIT = 1_000_000_000n;

/** How a block ends. */
export interface BlockEnding {
  readonly timestampSeconds: number;
  readonly transactions: readonly SignedTransaction[];
  /** Asked between transactions: true leaves the others out. Nobody who makes a known block again has it. */
  readonly isOver?: () => boolean;
  /** Fees and cuts of the batch are credited. */
  readonly closesBatch: boolean;
  /** Of a unit of home's gas, for the block after this one. */
  readonly dataPriceWei: bigint;
  /** Written with the block, and in none of its hashes. */
  readonly extraWrites: readonly Write[];
}

export interface DraftOptions {
  readonly lanes: Lanes;
  readonly domain: bigint;
  readonly batch: OpenBatch;
  readonly gateway: GatewayDraft;
  /** Cells that a task may take when the tree is full, in ascending order. */
  readonly closedTasks: readonly number[];
}

/**
 * One block under construction: operations are executed on the head ledger, and the block says of them what follows from home's data
 * alone. The block builder makes new blocks with it, and a rebuild the same ones once more (recovery/lane-rebuild.ts).
 */
export class BlockDraft {
  readonly batch: OpenBatch;
  readonly gateway: GatewayDraft;
  readonly placement: Placement;
  readonly #options: DraftOptions;
  readonly #operations: PublishedOp[] = [];
  readonly #logs: ReturnType<typeof operationLog>[] = [];
  readonly #credits: Payout[] = [];
  /** Cells before the block. */
  readonly #before = new Map<number, Cell>();
  readonly #contents: TaskContents;

  constructor(options: DraftOptions) {
    const { lanes, batch, gateway, closedTasks } = options;
    const { database, ledger } = lanes;
    this.#options = options;
    this.batch = batch;
    this.gateway = gateway;
    const accountOf = (identity: Parameters<typeof accountIdOf>[1]) => accountIdOf(database, identity);
    this.placement = new Placement({ ledger, accountIdOf: accountOf, closedTasks });
    this.#contents = new TaskContents(database);
  }

  /**
   * Executes an operation as the next one. Throws a LedgerError, with nothing changed, where `applyToBatch` does. The id of a signed
   * operation is left out by who does not know it.
   */
  execute(op: LedgerOp, verifySignature: SignatureVerifier, id?: OperationId): Applied {
    const { lanes, domain } = this.#options;
    const { ledger } = lanes;
    const { batch } = this;
    const { words } = op;
    const before = new Map(cellsUsedBy(op, ledger).map((cellId) => [cellId, ledger.cell(cellId)]));
    const applied = applyToBatch(ledger, batch, op, domain, verifySignature);
    for (const [cellId, cell] of before) if (!this.#before.has(cellId)) this.#before.set(cellId, cell);
    this.#operations.push(publishedOp(op));
    const indexInBatch = batch.ops.length - 1;
    this.#logs.push(operationLog({ batchNumber: batch.number, indexInBatch, words, valid: applied.valid }));
    if (!applied.valid) return applied;
    const { change, slots } = applied.transition;
    const objectBefore = before.get(slots.object) ?? EMPTY_CELL;
    const result = () => this.#contents.resultOf(slots.object);
    this.gateway.executed(applied.transition, objectBefore, ledger.cell(slots.object), result);
    if (change.evmCredit !== undefined) this.#credits.push(change.evmCredit);
    const fields = opFields(words);
    this.placement.executed(fields, slots.object);
    this.#contents.add(id, fields, slots.object);
    return applied;
  }

  /** Executes what the block takes from the contract lane, and writes everything in one batch. */
  seal(ending: BlockEnding): ReturnType<ContractLane["buildBlock"]> {
    const { lane, ledger } = this.#options.lanes;
    const { timestampSeconds, transactions, isOver, dataPriceWei, extraWrites } = ending;
    if (ending.closesBatch) closeBatch(ledger, this.batch);
    const transition = this.#transition(ending.closesBatch);
    const writes = [...this.#writes(), ...extraWrites];
    return lane.buildBlock({
      timestampSeconds,
      transactions,
      ledger: transition,
      ...(isOver === undefined ? {} : { isOver }),
      dataPriceWei,
      supplyWei: decodeAccount(ledger.cell(RESERVED_CELL.gateway)).balance * WEI_PER_UNIT,
      extraWrites: (_block, receipts) => [...writes, ...requestWrites(receipts)],
    });
  }

  #transition(closesBatch: boolean): LedgerTransition {
    const { batch, gateway } = this;
    const ledgerRoot = this.#options.lanes.ledger.root();
    const calldata = encodeBlockOperations({
      batchNumber: Number(batch.number),
      timeSeconds: batch.timeSeconds,
      closesBatch,
      ledgerRoot,
      operations: this.#operations,
    });
    const gatewayValue = gateway.value();
    const record = gateway.record();
    return {
      calldata,
      ledgerRoot,
      logs: this.#logs,
      ...(gatewayValue === undefined ? {} : { gateway: gatewayValue }),
      ...(record === undefined ? {} : { record }),
      credits: [...this.#credits, ...gateway.credits].map(({ recipient, units }) => ({
        recipient: `0x${recipient.toString(16).padStart(40, "0")}`,
        valueWei: units * WEI_PER_UNIT,
      })),
    };
  }

  #writes(): Write[] {
    const { database, ledger, ledgerStore } = this.#options.lanes;
    return [
      ...ledgerStore.changes(ledger),
      ...this.#contents.writes(),
      ...this.gateway.writes(),
      // Later writes of a key win, and of accounts with one triple the oldest is indexed: so from the newest to the oldest.
      ...[...this.#before]
        .sort(([a], [b]) => b - a)
        .flatMap(([id, cell]) => indexCell(database, id, cell, ledger.cell(id))),
    ];
  }
}
