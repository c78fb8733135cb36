import { setImmediate } from "node:timers/promises";
import type { Outcome } from "./block-store.ts";
import type { ChainRules } from "./chain-rules.ts";
import { type BlockPrices, dataFeeOf } from "./data-fee.ts";
import { type BlockContext, type BlockExecutor, evmBlock } from "./executor.ts";
import { ExecutionFaultError } from "./lane-errors.ts";
import { destroyedWei } from "./supply.ts";
import { type SignedTransaction, TransactionError } from "./transaction.ts";
import type { Address, Hex, LedgerTransition, ValueTo } from "./types.ts";

/** Transactions executed before RPC requests get their turn on the thread. */
const transactionsPerTurn = 16;
const retryableCodes: ReadonlySet<string> = new Set(["NONCE_TOO_HIGH", "FEE_CAP_TOO_LOW"]);

export interface BlockRunInput {
  /** In the order of execution. */
  readonly transactions: readonly SignedTransaction[];
  readonly ledger?: LedgerTransition;
  /** Asked before each transaction but the first: true leaves the others to the next block. */
  readonly isOver?: () => boolean;
}

export interface Rejected {
  readonly hash: Hex;
  readonly reason: string;
  /** The node's, not the transaction's. */
  readonly fault?: Error;
}

/** What came of the transactions of one block. */
export interface BlockRun {
  readonly transactions: readonly SignedTransaction[];
  readonly outcomes: readonly Outcome[];
  /** Can never run as they are: forget them. */
  readonly rejected: readonly Rejected[];
  /** Cannot run in this block (no room or no time, a nonce before them is missing, fee cap below base fee): try again. */
  readonly skipped: readonly Hex[];
  readonly gasUsed: bigint;
  /** Of the sum of all balances. */
  readonly supplyChangeWei: bigint;
}

interface Place {
  readonly executor: BlockExecutor;
  readonly rules: ChainRules;
  readonly context: BlockContext;
  /** By which the block's transactions are priced. */
  readonly dataPriceWei: bigint;
  /** Gets what the block's transactions destroy, except what their bytes cost on home. */
  readonly treasury: Address;
}

/**
 * Runs everything that a block consists of, in this order: what the ledger did, what the gateway contract is told of it, the
 * signed transactions, and what the fee recipient and the treasury get of the base fees. Throws a LaneSupplyError if the balances do not add up.
 */
export async function runBlock(input: BlockRunInput, place: Place): Promise<BlockRun> {
  const run = { transactions: [], outcomes: [], rejected: [], skipped: [], gasUsed: 0n };
  await runSystem(input.ledger, run, place);
  await runSigned(input, run, place);
  return { ...run, supplyChangeWei: await settleSupply(input.ledger, run, place) };
}

interface Running {
  readonly transactions: SignedTransaction[];
  readonly outcomes: Outcome[];
  readonly rejected: Rejected[];
  readonly skipped: Hex[];
  gasUsed: bigint;
}

function note(run: Running, transaction: SignedTransaction, outcome: Outcome): void {
  run.transactions.push(transaction);
  run.outcomes.push(outcome);
  run.gasUsed = outcome.cumulativeGasUsed;
}

async function runSystem(
  ledger: LedgerTransition | undefined,
  run: Running,
  { executor, context }: Place,
): Promise<void> {
  if (ledger === undefined) return;
  const { transaction, outcome } = await executor.runTransition(ledger, context);
  note(run, transaction, outcome);
  if (ledger.record === undefined) return;
  const record = await executor.runRecord(ledger.record, context, run.gasUsed);
  note(run, record.transaction, record.outcome);
}

/**
 * Errors of this program, of the database and of the system have codes: they say that no transaction could run. What Node calls
 * ERR_… is a wrong argument to one of its functions, and so as much the transaction's as an error without a code.
 */
function isFault(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return !("code" in error) || String(error.code).startsWith("ERR_");
}

async function runSigned(
  { transactions, isOver }: BlockRunInput,
  run: Running,
  { executor, rules, context }: Place,
): Promise<void> {
  const block = evmBlock(context, rules);
  for (const [index, transaction] of transactions.entries()) {
    if (index % transactionsPerTurn === transactionsPerTurn - 1) await setImmediate();
    if (index > 0 && isOver?.() === true) {
      run.skipped.push(transaction.hash);
      continue;
    }
    if (transaction.decoded.gasLimit > context.gasLimit) {
      run.rejected.push({ hash: transaction.hash, reason: "exceeds block gas limit" });
      continue;
    }
    if (transaction.decoded.gasLimit > context.gasLimit - run.gasUsed) {
      run.skipped.push(transaction.hash);
      continue;
    }
    try {
      note(run, transaction, await executor.run(transaction, block, run.gasUsed));
    } catch (error) {
      if (isFault(error)) throw new ExecutionFaultError(transaction.hash, { cause: error });
      if (!(error instanceof TransactionError)) throw error;
      if (retryableCodes.has(error.code)) run.skipped.push(transaction.hash);
      else run.rejected.push({ hash: transaction.hash, reason: error.message });
    }
  }
}

/**
 * Gives what was destroyed to the fee recipient, who pays for the transactions' bytes on home, as far as it is their data fees,
 * and the rest to the treasury. Returns the block's change of the sum of all balances.
 */
async function settleSupply(
  ledger: LedgerTransition | undefined,
  run: Running,
  { executor, context, dataPriceWei, treasury }: Place,
): Promise<bigint> {
  const creditedWei = sum(ledger?.credits ?? []);
  const debitedWei = ledger?.gateway?.debitWei ?? 0n;
  const change = await executor.supplyChange();
  const destroyed = destroyedWei({ ...change, blockNumber: context.number, creditedWei, debitedWei });
  const dataFeesWei = dataFeesOf(run, { baseFeeWei: context.baseFeeWei, dataPriceWei });
  await executor.credit({ recipient: context.coinbase, valueWei: dataFeesWei });
  await executor.credit({ recipient: treasury, valueWei: destroyed - dataFeesWei });
  return creditedWei - debitedWei;
}

/** No more than the base fees: no transaction's data fee is more than its own. */
function dataFeesOf({ transactions, outcomes }: Running, prices: BlockPrices): bigint {
  let totalWei = 0n;
  for (const [index, transaction] of transactions.entries()) {
    const { gasUsed } = outcomes[index] as Outcome;
    totalWei += dataFeeOf(transaction, gasUsed, prices)?.feeWei ?? 0n;
  }
  return totalWei;
}

const sum = (values: readonly ValueTo[]): bigint => values.reduce((total, each) => total + each.valueWei, 0n);
