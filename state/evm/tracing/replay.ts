import { setImmediate } from "node:timers/promises";
import { Overlay } from "../../database.ts";
import type { Block, Outcome, StoredTransition } from "../block-store.ts";
import { ledgerAddress, systemAddress } from "../chain-rules.ts";
import { ExecutionFailedError } from "../execution-errors.ts";
import { BlockExecutor, evmBlock } from "../executor.ts";
import type { StoredState } from "../state-view.ts";
import type { SignedTransaction } from "../transaction.ts";
import type { CellReader, Hex, LedgerTransition, Receipt } from "../types.ts";
import { type TraceConfig, trace } from "./trace.ts";

/** Runs a block again, transaction by transaction, on the state that it was built on. */

/** A committed block on the state of its parent, with everything else that its execution read. */
export interface ReplaySource extends StoredState {
  readonly block: Block;
  readonly receipts: readonly Receipt[];
  readonly transition: StoredTransition | undefined;
  readonly readCell: CellReader;
  readonly blockHashOf: (number: number) => Hex | undefined;
}

export interface TransactionTrace {
  readonly txHash: Hex;
  readonly result: unknown;
}

/** Traces of the transactions that `isWanted` accepts, in order. */
export async function traceBlock(
  source: ReplaySource,
  config: TraceConfig,
  isWanted: (index: number) => boolean = () => true,
): Promise<TransactionTrace[]> {
  const { block, receipts } = source;
  const executor = await openExecutor(source);
  const traces: TransactionTrace[] = [];
  const lastWanted = block.transactions.findLastIndex((_transaction, index) => isWanted(index));
  let gasUsed = 0n;
  for (const [index, transaction] of block.transactions.slice(0, lastWanted + 1).entries()) {
    const before = gasUsed;
    const run = () => runAgain(source, executor, transaction, before);
    if (isWanted(index)) {
      const { evm, state } = executor.scratch;
      const implied = [block.coinbase];
      const gasLimit = transaction.decoded.gasLimit;
      const result = await trace({ evm, state, gasLimit, implied, run }, config);
      traces.push({ txHash: transaction.hash, result });
    } else await run();
    gasUsed = receipts[index]?.cumulativeGasUsed ?? gasUsed;
    await setImmediate();
  }
  return traces;
}

async function openExecutor(source: ReplaySource): Promise<BlockExecutor> {
  const executor = await BlockExecutor.open({
    rules: source.rules,
    overlay: new Overlay(source.database),
    stateRoot: source.stateRoot,
    whyMissing: source.whyMissing,
    readCell: source.readCell,
    blockHashOf: source.blockHashOf,
    isShortLived: true,
  });
  await executor.begin(source.block.number);
  return executor;
}

async function runAgain(
  source: ReplaySource,
  executor: BlockExecutor,
  transaction: SignedTransaction,
  gasUsedBefore: bigint,
) {
  const { block, rules } = source;
  if (transaction.sender === systemAddress) {
    const { gasUsed } = await runSystemAgain(source, executor, transaction, gasUsedBefore);
    return { gasUsed, returned: new Uint8Array(0), isFailed: false };
  }
  const { outcome, returned, exception } = await executor.runUnsigned(
    transaction,
    evmBlock(block, rules),
    gasUsedBefore,
    {},
  );
  return { gasUsed: outcome.gasUsed, returned, isFailed: exception !== undefined };
}

async function runSystemAgain(
  source: ReplaySource,
  executor: BlockExecutor,
  transaction: SignedTransaction,
  gasUsedBefore: bigint,
): Promise<Outcome> {
  const { block } = source;
  if (transaction.decoded.to?.toString() !== ledgerAddress)
    return executor.runSystem(transaction, block, gasUsedBefore);
  const { outcome } = await executor.runTransition(transitionOf(source, transaction), block);
  return outcome;
}

function transitionOf(source: ReplaySource, transaction: SignedTransaction): LedgerTransition {
  const { transition, receipts } = source;
  if (transition === undefined) {
    throw new ExecutionFailedError(
      `block #${source.block.number} was made by an older version: what its ledger operations did was not kept`,
    );
  }
  const logs = receipts[0]?.logs ?? [];
  return { ...transition, calldata: transaction.decoded.data, logs };
}
