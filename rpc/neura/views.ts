import type { Database } from "../../state/database.ts";
import { withdrawalsOf } from "../../state/ledger/batch.ts";
import { type Cell, decodeAccount, decodeModel, decodeTask } from "../../state/ledger/cells.ts";
import { type OpKind, opFields } from "../../state/ledger/operation.ts";
import { HOME, levelOfBatch, levelOfOperation, mirroredOn } from "../../state/store/confirmation.ts";
import { TASK_CONTENTS, type TaskDraw, taskDraws } from "../../state/store/indexes.ts";
import {
  type BatchRecord,
  type ChainName,
  type OperationRecord,
  PROOFS,
  settlementsOf,
} from "../../state/store/records.ts";

/** JSON shapes of the ledger's nouns. Numbers are hex quantities, field elements 32 bytes. */

type Hex = `0x${string}`;

export const hexQuantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;
export const hexWord = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;
export const hexAddress = (value: bigint): Hex => `0x${value.toString(16).padStart(40, "0")}`;

export function accountView(id: number, cell: Cell, pendingNonce: bigint) {
  const { nonce, balance, l1Address, pubX, pubY } = decodeAccount(cell);
  return {
    id: hexQuantity(id),
    nonce: hexQuantity(nonce),
    pendingNonce: hexQuantity(pendingNonce),
    balanceUnits: hexQuantity(balance),
    l1Address: hexAddress(l1Address),
    pubX: hexWord(pubX),
    pubY: hexWord(pubY),
  };
}

export function modelView(id: number, cell: Cell) {
  const { status, share, owner, price, serial, revenue, manifest } = decodeModel(cell);
  return {
    id: hexQuantity(id),
    status: hexQuantity(status),
    owner: hexQuantity(owner),
    share: hexQuantity(share),
    priceUnits: hexQuantity(price),
    serial: hexWord(serial),
    revenueUnits: hexQuantity(revenue),
    manifest: hexWord(manifest),
  };
}

/** Draws that a task is shown with; neura_getReceipts gives the others. */
const maxShownDraws = 16;

export const drawView = ({ root, drawnUnits, operationId }: TaskDraw) => ({
  root: hexWord(root),
  drawnUnits: hexQuantity(drawnUnits),
  operationId,
});

export function taskView(database: Database, id: number, cell: Cell) {
  const { phase, worker, submittedAt, drawn, terms, money, content } = decodeTask(cell);
  const known = TASK_CONTENTS.get(database, id);
  return {
    id: hexQuantity(id),
    phase: hexQuantity(phase),
    worker: hexQuantity(worker),
    submittedAt: hexQuantity(submittedAt),
    drawnUnits: hexQuantity(drawn),
    requester: hexQuantity(terms.requester),
    nonce: hexQuantity(terms.nonce),
    verifier: hexQuantity(terms.verifier),
    model: hexQuantity(terms.model),
    kind: hexQuantity(terms.kind),
    flags: hexQuantity(terms.flags),
    treasuryRate: hexQuantity(terms.treasuryRate),
    share: hexQuantity(terms.share),
    deadline: hexQuantity(terms.deadline),
    window: hexQuantity(terms.window),
    rewardUnits: hexQuantity(money.reward),
    bondUnits: hexQuantity(money.bond),
    verifierFeeUnits: hexQuantity(money.verifierFee),
    content: hexWord(content),
    input: known === undefined ? null : hexWord(known.input),
    receipts: taskDraws(database, id, 0, maxShownDraws).map(drawView),
    receiptsCount: hexQuantity(known?.draws ?? 0),
    result: known === undefined || known.result === null ? null : hexWord(known.result),
    terms: hexWord(cell[1]),
    money: hexWord(cell[2]),
  };
}

const kindName = (kind: OpKind | undefined): string => kind ?? "unknown";

export function operationView(
  database: Database,
  mirrors: readonly ChainName[],
  record: OperationRecord,
  transactionHash: Hex | null,
) {
  const { kind, sender, object, feeUnits, amountUnits } = opFields(record.words);
  const { sequenced, rejection } = record;
  return {
    id: record.id,
    kind: kindName(kind),
    sender: hexQuantity(sender),
    object: hexQuantity(object),
    feeUnits: hexQuantity(feeUnits),
    amountUnits: hexQuantity(amountUnits),
    words: record.words.map(hexWord),
    level: levelOfOperation(database, record),
    mirrored: mirroredOn(database, mirrors, sequenced?.batchNumber),
    blockNumber: sequenced === undefined ? null : hexQuantity(sequenced.blockNumber),
    batchNumber: sequenced === undefined ? null : hexQuantity(sequenced.batchNumber),
    indexInBatch: sequenced === undefined ? null : hexQuantity(sequenced.indexInBatch),
    transactionHash,
    valid: sequenced?.valid ?? null,
    reason: rejection ?? null,
  };
}

export function batchView(
  database: Database,
  mirrors: readonly ChainName[],
  withdrawalChains: readonly ChainName[],
  batch: BatchRecord,
) {
  const proof = PROOFS.get(database, batch.number);
  return {
    number: hexQuantity(batch.number),
    level: levelOfBatch(database, batch.number),
    rootBefore: hexWord(batch.rootBefore),
    rootAfter: hexWord(batch.rootAfter),
    cellCount: hexQuantity(batch.cellCountAfter),
    timeSeconds: hexQuantity(batch.timeSeconds),
    firstBlock: hexQuantity(batch.firstBlock),
    lastBlock: hexQuantity(batch.lastBlock),
    ops: batch.ops.map(({ id, words, valid, caller }) => ({
      id,
      kind: kindName(opFields(words).kind),
      words: words.map(hexWord),
      valid,
      caller: caller === undefined ? null : hexAddress(caller),
    })),
    withdrawals: withdrawalsOf(batch.ops, withdrawalChains.length - 1).map(({ chain, recipient, units }) => ({
      chain: withdrawalChains[chain],
      recipient: hexAddress(recipient),
      amountUnits: hexQuantity(units),
    })),
    proof:
      proof === undefined
        ? null
        : { constraints: proof.constraints, witnessMs: proof.witnessMs, proveMs: proof.proveMs },
    chains: Object.fromEntries(
      [HOME, ...mirrors].map((chain) => [chain, settlementView(database, chain, batch.number)]),
    ),
  };
}

function settlementView(database: Database, chain: ChainName, batchNumber: number) {
  const accepted = settlementsOf(chain).get(database, batchNumber)?.accepted;
  if (accepted === undefined) return null;
  const { transactionHash, gasUsed, blockNumber, finalized } = accepted;
  return {
    transactionHash,
    gasUsed: hexQuantity(gasUsed),
    blockNumber: hexQuantity(blockNumber),
    finalized,
  };
}
