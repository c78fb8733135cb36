import { bytesToHex } from "@ethereumjs/util";
import { Overlay } from "../database.ts";
import type { Block, Outcome } from "./block-store.ts";
import { bloomOfAll } from "./bloom.ts";
import { nextBaseFeeWei } from "./chain-rules.ts";
import { type BlockContext, BlockExecutor, evmBlock, type Run } from "./executor.ts";
import { blockSizeBytes, encodeHeader, type Header, hashOfHeader } from "./header.ts";
import { orderedRoot } from "./merkle-trie.ts";
import { applyOverrides, type BlockOverrides, type StateOverrides } from "./overrides.ts";
import { encodeReceipt } from "./receipt-encoding.ts";
import type { StateSource } from "./scratch.ts";
import { traced } from "./tracing/tracer.ts";
import { TransferTracer } from "./tracing/transfer-tracer.ts";
import { requireFunds, requireRunnable, type SignedTransaction, unsignedTransaction } from "./transaction.ts";
import type { Address, CallRequest, Hex, Log } from "./types.ts";

/** `eth_simulateV1`: blocks on top of a block, of calls that nobody signed, each seeing what those before it did. */

export interface BlockCalls {
  readonly block: BlockOverrides;
  readonly state: StateOverrides;
  readonly calls: readonly CallRequest[];
}

export interface SimulationOptions {
  readonly traceTransfers: boolean;
  /** Nonces, fees and funds are checked as in a real block. */
  readonly validation: boolean;
}

export interface SimulatedCall {
  readonly outcome: Outcome;
  readonly returned: Uint8Array;
  readonly exception: string | undefined;
  /** Before refunds. */
  readonly maxGasUsed: bigint;
  readonly logs: readonly Log[];
}

export interface SimulatedBlock {
  readonly block: Block;
  readonly calls: readonly SimulatedCall[];
}

/** Codes of the execution-apis specification. */
export class SimulationError extends Error {
  readonly code = "SIMULATION_FAILED";
  constructor(
    readonly rpcCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** Of all calls of one request together, as geth has it. */
const maxSimulationGas = 50_000_000n;
const maxSimulatedBlocks = 256;
const secondsBetweenBlocks = 12;
const tooManyBlocks = -38026;
const numbersNotInOrder = -38020;
const timesNotInOrder = -38021;
const blockGasExceeded = -38015;
const zeroAddress: Address = `0x${"00".repeat(20)}`;

const codeOfRefusal: Readonly<Record<string, number>> = {
  NONCE_TOO_LOW: -38010,
  NONCE_TOO_HIGH: -38011,
  FEE_CAP_TOO_LOW: -38012,
  INTRINSIC_GAS_TOO_LOW: -38013,
  INSUFFICIENT_FUNDS: -38014,
  SENDER_NOT_EOA: -38024,
};

type Parent = Header & { readonly hash: Hex };

export async function simulateBlocks(
  source: StateSource,
  parent: Parent,
  blocks: readonly BlockCalls[],
  options: SimulationOptions,
): Promise<SimulatedBlock[]> {
  const planned = withGapsFilled(parent, blocks);
  const hashes = new Map<number, Hex>();
  const executor = await BlockExecutor.open({
    rules: source.rules,
    overlay: new Overlay(source.database),
    stateRoot: source.stateRoot,
    whyMissing: source.whyMissing,
    readCell: source.readCell,
    blockHashOf: (number) => hashes.get(number) ?? source.blockHashOf(number),
    isShortLived: true,
  });
  const simulated: SimulatedBlock[] = [];
  let before = parent;
  const gas = { left: maxSimulationGas };
  for (const each of planned) {
    const context = contextOf(before, each.block, options);
    const done = await simulateBlock({ source, executor, context, parent: before, gas, options }, each);
    hashes.set(done.block.number, done.block.hash);
    simulated.push(done);
    before = done.block;
  }
  return simulated;
}

/** Every block gets its number and time; numbers that are left out become empty blocks. */
function withGapsFilled(parent: Parent, blocks: readonly BlockCalls[]): BlockCalls[] {
  const planned: BlockCalls[] = [];
  let { number, timestampSeconds } = parent;
  for (const each of blocks) {
    const wanted = each.block.number ?? number + 1;
    if (wanted <= number) {
      throw new SimulationError(numbersNotInOrder, `block numbers must be in order: ${wanted} <= ${number}`);
    }
    if (wanted - parent.number > maxSimulatedBlocks)
      throw new SimulationError(tooManyBlocks, "too many blocks");
    for (let empty = number + 1; empty < wanted; empty++) {
      timestampSeconds += secondsBetweenBlocks;
      planned.push({ block: { number: empty, timestampSeconds }, state: new Map(), calls: [] });
    }
    const time = each.block.timestampSeconds ?? timestampSeconds + secondsBetweenBlocks;
    if (time <= timestampSeconds) {
      const message = `block timestamps must be in order: ${time} <= ${timestampSeconds}`;
      throw new SimulationError(timesNotInOrder, message);
    }
    [number, timestampSeconds] = [wanted, time];
    planned.push({ ...each, block: { ...each.block, number, timestampSeconds } });
  }
  return planned;
}

function contextOf(parent: Parent, block: BlockOverrides, { validation }: SimulationOptions): BlockContext {
  const { gasLimit, coinbase, number, timestampSeconds } = parent;
  const baseFeeWei = validation ? nextBaseFeeWei(parent) : 0n;
  return { number, timestampSeconds, gasLimit, coinbase, baseFeeWei, ...block };
}

interface Scene {
  readonly source: StateSource;
  readonly executor: BlockExecutor;
  readonly context: BlockContext;
  readonly parent: Parent;
  /** Of the whole simulation. */
  readonly gas: { left: bigint };
  readonly options: SimulationOptions;
}

async function simulateBlock(scene: Scene, { state, calls }: BlockCalls): Promise<SimulatedBlock> {
  const { executor, context, parent } = scene;
  await executor.begin(context.number);
  await applyOverrides(executor.scratch.state, state);
  const transactions: SignedTransaction[] = [];
  const runs: (Run & { readonly shown: readonly Pick<Log, "address" | "topics" | "data">[] })[] = [];
  let gasUsed = 0n;
  for (const request of calls) {
    const transaction = await transactionOf(scene, request, context.gasLimit - gasUsed);
    const run = await runCall(scene, transaction, gasUsed);
    gasUsed = run.outcome.cumulativeGasUsed;
    scene.gas.left -= run.outcome.gasUsed;
    transactions.push(transaction);
    runs.push(run);
  }
  const receipts = runs.map(({ outcome }, index) =>
    encodeReceipt(outcome, (transactions[index] as SignedTransaction).decoded.type),
  );
  const header: Header = {
    ...context,
    parentHash: parent.hash,
    dataPriceWei: parent.dataPriceWei,
    gasUsed,
    stateRoot: bytesToHex(await executor.seal()),
    transactionsRoot: bytesToHex(orderedRoot(transactions.map(({ raw }) => raw))),
    receiptsRoot: bytesToHex(orderedRoot(receipts)),
    logsBloom: bloomOfAll(runs.map(({ outcome }) => outcome)),
  };
  const encoded = encodeHeader(header);
  const sizeBytes = blockSizeBytes(
    encoded,
    transactions.map(({ raw }) => raw),
  );
  const block: Block = {
    ...header,
    hash: hashOfHeader(encoded),
    headerRlp: encoded,
    sizeBytes,
    transactions,
  };
  return { block, calls: placedCalls(block, runs) };
}

function placedCalls(
  block: Block,
  runs: readonly (Run & { readonly shown: readonly Pick<Log, "address" | "topics" | "data">[] })[],
): SimulatedCall[] {
  let logIndex = 0;
  return runs.map(({ outcome, returned, exception, executionGas, shown }, transactionIndex) => ({
    outcome,
    returned,
    exception,
    maxGasUsed: maxGasUsed(block.transactions[transactionIndex] as SignedTransaction, outcome, executionGas),
    logs: shown.map((log) => ({
      ...log,
      blockNumber: block.number,
      blockHash: block.hash,
      blockTimestampSeconds: block.timestampSeconds,
      transactionHash: (block.transactions[transactionIndex] as SignedTransaction).hash,
      transactionIndex,
      logIndex: logIndex++,
    })),
  }));
}

/** What the transaction needed at its height: refunds come after it, and the floor of EIP-7623 may lie above it. */
function maxGasUsed({ decoded }: SignedTransaction, { gasUsed }: Outcome, executionGas: bigint): bigint {
  const beforeRefunds = decoded.getIntrinsicGas() + executionGas;
  return beforeRefunds > gasUsed ? beforeRefunds : gasUsed;
}

async function transactionOf(
  scene: Scene,
  request: CallRequest,
  blockGas: bigint,
): Promise<SignedTransaction> {
  const { executor, source, gas } = scene;
  const sender = request.from ?? zeroAddress;
  const wanted = request.gas ?? blockGas;
  if (wanted > blockGas) {
    throw new SimulationError(
      blockGasExceeded,
      `block gas limit reached: ${blockGas} left, the call asks for ${wanted}`,
    );
  }
  let gasLimit = wanted;
  if (gasLimit > gas.left) gasLimit = gas.left;
  const nonce = request.nonce ?? (await executor.accountOf(sender)).nonce;
  try {
    return unsignedTransaction(request, { sender, nonce, gasLimit }, source.rules);
  } catch (error) {
    throw new SimulationError(
      -32602,
      `the call is no transaction: ${(error as Error).message.slice(0, 200)}`,
    );
  }
}

async function runCall(scene: Scene, transaction: SignedTransaction, gasUsed: bigint) {
  const { executor, context, options, source } = scene;
  // Who names no price pays none, unless fees are validated.
  const isFree = !options.validation && transaction.maxFeePerGasWei === 0n;
  const paid = isFree ? { ...context, baseFeeWei: 0n } : context;
  const account = await executor.accountOf(transaction.sender);
  try {
    if (options.validation) requireRunnable(transaction, account, paid.baseFeeWei);
    else requireFunds(transaction, account.balanceWei);
    const run = () =>
      executor.runUnsigned(transaction, evmBlock(paid, source.rules), gasUsed, {
        skipNonce: !options.validation,
      });
    if (!options.traceTransfers) {
      const done = await run();
      return { ...done, shown: done.outcome.logs };
    }
    const tracer = new TransferTracer();
    const done = await traced(executor.scratch.evm, tracer, run);
    return { ...done, shown: tracer.logs };
  } catch (error) {
    throw refusal(error);
  }
}

function refusal(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? codeOfRefusal[String(error.code)] : undefined;
  if (code !== undefined) return new SimulationError(code, error.message);
  return error;
}
