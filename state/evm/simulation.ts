import { createEVM } from "@ethereumjs/evm";
import { Caches, MerkleStateManager } from "@ethereumjs/statemanager";
import { createAccessList2930Tx } from "@ethereumjs/tx";
import { Address as AddressBytes, bytesToHex, bytesToUnprefixedHex, hexToBytes } from "@ethereumjs/util";
import type { Database } from "../database.ts";
import { type ChainRules, ledgerAddress } from "./chain-rules.ts";
import { type BlockContext, blockHashes, evmBlock } from "./executor.ts";
import { ledgerPrecompile, revertReason } from "./ledger-precompile.ts";
import { openScratchTrie } from "./tries.ts";
import type { Address, CallRequest, CellReader, Hex } from "./types.ts";

/** `eth_call` and `eth_estimateGas`: execution on a throwaway copy of the state of any block. */

export interface SimulationContext {
  readonly database: Database;
  readonly rules: ChainRules;
  readonly stateRoot: Uint8Array;
  readonly block: BlockContext;
  readonly readCell: CellReader;
  readonly blockHashOf: (number: number) => Hex | undefined;
}

/** The call ran and reverted. Wallets read `data` to decode custom errors; code 3 is geth's. */
export class ExecutionRevertedError extends Error {
  readonly code = "EXECUTION_REVERTED";
  readonly rpcCode = 3;
  readonly data: Hex;
  constructor(returned: Uint8Array) {
    const reason = revertReason(returned);
    super(reason === undefined ? "execution reverted" : `execution reverted: ${reason}`);
    this.data = bytesToHex(returned);
  }
}

/** The call ended in an exceptional halt (out of gas, invalid opcode, …) or could not start. */
export class ExecutionFailedError extends Error {
  readonly code = "EXECUTION_FAILED";
  readonly rpcCode = -32000;
}

interface Execution {
  readonly returned: Uint8Array;
  readonly gasUsed: bigint;
  readonly gasRefund: bigint;
  readonly failure: Error | undefined;
}

const zeroAddress: Address = `0x${"00".repeat(20)}`;
/** EIP-3529: at most a fifth of the gas is refunded. */
const maxRefundQuotient = 5n;
/** Gas that a value transfer gives to the called contract; a call that relies on it needs the room. */
const callStipend = 2_300n;
const plainTransferGas = 21_000n;
/** A search ends when the bounds are this close, as geth's does: 15 per thousand. */
const estimateTolerancePerMille = 15n;
const maxEstimateRuns = 40;

/** Return data of a call. Throws `ExecutionRevertedError` or `ExecutionFailedError`. */
export async function call(context: SimulationContext, request: CallRequest): Promise<Uint8Array> {
  const limit = context.block.gasLimit;
  const gas = request.gas === undefined || request.gas > limit ? limit : request.gas;
  await requireCallFunds(context, request, gas);
  const execution = await execute(context, request, gas);
  if (execution.failure !== undefined) throw execution.failure;
  return execution.returned;
}

/** The least gas limit (within geth's tolerance) with which the transaction succeeds. */
export async function estimateGas(context: SimulationContext, request: CallRequest): Promise<bigint> {
  const cap = await requireCallFunds(context, request, request.gas ?? context.block.gasLimit);
  if (await isPlainTransfer(context, request)) return plainTransferGas;
  const first = await execute(context, request, cap);
  if (first.failure !== undefined) {
    const ranDry = first.failure instanceof ExecutionFailedError && first.gasUsed >= cap;
    throw ranDry ? new ExecutionFailedError(`gas required exceeds allowance (${cap})`) : first.failure;
  }
  let low = first.gasUsed - 1n;
  let high = cap;
  // A caller keeps a 64th of the gas back (EIP-150): most often this guess is already enough.
  let middle = ((first.gasUsed + first.gasRefund + callStipend) * 64n) / 63n;
  for (let run = 0; run < maxEstimateRuns && low + 1n < high; run++) {
    if (((high - low) * 1000n) / high < estimateTolerancePerMille) break;
    if (middle <= low || middle >= high) middle = (low + high) / 2n;
    if (middle > low * 2n) middle = low * 2n; // most calls need little more than they use
    const trial = await execute(context, request, middle);
    if (trial.failure === undefined) high = middle;
    else low = middle;
    middle = (low + high) / 2n;
  }
  return high;
}

function openState(context: SimulationContext): MerkleStateManager {
  const { database, rules, stateRoot } = context;
  const trie = openScratchTrie(database, rules, stateRoot);
  return new MerkleStateManager({ trie, common: rules, caches: new Caches() });
}

const bytesOf = (address: Address): AddressBytes => new AddressBytes(hexToBytes(address));

async function isPlainTransfer(context: SimulationContext, request: CallRequest): Promise<boolean> {
  if (request.to === undefined || request.to === ledgerAddress) return false;
  if ((request.data?.length ?? 0) > 0 || (request.accessList?.length ?? 0) > 0) return false;
  if (BigInt(request.to) <= 0x1ffn) return false; // precompiles
  return (await openState(context).getCode(bytesOf(request.to))).length === 0;
}

/** Throws when the sender cannot pay value and gas; returns the gas it can pay for, at most `gas`. */
async function requireCallFunds(
  context: SimulationContext,
  request: CallRequest,
  gas: bigint,
): Promise<bigint> {
  const limit = context.block.gasLimit;
  const cap = gas > limit ? limit : gas;
  const valueWei = request.valueWei ?? 0n;
  const price = request.gasPriceWei ?? 0n;
  if (valueWei === 0n && price === 0n) return cap;
  const from = request.from ?? zeroAddress;
  const have = (await openState(context).getAccount(bytesOf(from)))?.balance ?? 0n;
  if (have < valueWei) {
    throw new ExecutionFailedError(
      `insufficient funds for gas * price + value: address ${from} have ${have} want ${valueWei}`,
    );
  }
  if (price === 0n) return cap;
  const affordable = (have - valueWei) / price;
  return affordable < cap ? affordable : cap;
}

async function execute(
  context: SimulationContext,
  request: CallRequest,
  gasLimit: bigint,
): Promise<Execution> {
  const { rules, block, readCell, blockHashOf } = context;
  const stateManager = openState(context);
  const evm = await createEVM({
    common: rules.detached(),
    stateManager,
    blockchain: blockHashes(blockHashOf),
    customPrecompiles: [
      { address: ledgerAddress, function: ledgerPrecompile(readCell, { current: undefined }) },
    ],
  });
  const caller = bytesOf(request.from ?? zeroAddress);
  const minimum = minimumGas(request, rules);
  if (gasLimit < minimum.gas) {
    const failure = new ExecutionFailedError(`intrinsic gas too low: have ${gasLimit}, want ${minimum.gas}`);
    return { returned: new Uint8Array(0), gasUsed: gasLimit, gasRefund: 0n, failure };
  }
  warmUp(evm, request, caller, block.coinbase);
  const { execResult } = await evm.runCall({
    block: evmBlock(block, rules),
    caller,
    ...(request.to === undefined ? {} : { to: bytesOf(request.to) }),
    gasLimit: gasLimit - minimum.intrinsic,
    gasPrice: request.gasPriceWei ?? 0n,
    value: request.valueWei ?? 0n,
    data: request.data ?? new Uint8Array(0),
  });
  const spent = minimum.intrinsic + execResult.executionGasUsed;
  const refund = execResult.gasRefund ?? 0n;
  const gasRefund = refund < spent / maxRefundQuotient ? refund : spent / maxRefundQuotient;
  const gasUsed = spent - gasRefund;
  return {
    returned: execResult.returnValue,
    gasUsed: gasUsed > minimum.gas ? gasUsed : minimum.floor(gasUsed),
    gasRefund,
    failure: failureOf(execResult.exceptionError?.error, execResult.returnValue),
  };
}

function failureOf(error: string | undefined, returned: Uint8Array): Error | undefined {
  if (error === undefined) return undefined;
  return error === "revert" ? new ExecutionRevertedError(returned) : new ExecutionFailedError(error);
}

interface MinimumGas {
  readonly intrinsic: bigint;
  /** The larger of intrinsic gas and calldata floor (EIP-7623). */
  readonly gas: bigint;
  readonly floor: (gasUsed: bigint) => bigint;
}

function minimumGas(request: CallRequest, rules: ChainRules): MinimumGas {
  const transaction = createAccessList2930Tx(
    {
      gasLimit: 0n,
      ...(request.to === undefined ? {} : { to: request.to }),
      data: request.data ?? new Uint8Array(0),
      accessList: (request.accessList ?? []).map(({ address, storageKeys }) => ({
        address,
        storageKeys: [...storageKeys],
      })),
    },
    { common: rules, freeze: false },
  );
  const intrinsic = transaction.getIntrinsicGas();
  const gas = transaction.getMinimumGasLimit();
  return { intrinsic, gas, floor: (gasUsed) => (gas > intrinsic && gasUsed < gas ? gas : gasUsed) };
}

/** Addresses that a transaction finds warm (EIP-2929, 2930, 3651), so that estimates agree with execution. */
function warmUp(
  evm: Awaited<ReturnType<typeof createEVM>>,
  request: CallRequest,
  caller: AddressBytes,
  coinbase: Address,
): void {
  for (const address of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(address);
  evm.journal.addAlwaysWarmAddress(caller.toString());
  evm.journal.addAlwaysWarmAddress(coinbase);
  if (request.to !== undefined) evm.journal.addAlwaysWarmAddress(request.to);
  for (const { address, storageKeys } of request.accessList ?? []) {
    const unprefixed = bytesToUnprefixedHex(hexToBytes(address));
    evm.journal.addAlwaysWarmAddress(unprefixed);
    for (const key of storageKeys) evm.journal.addAlwaysWarmSlot(unprefixed, key);
  }
}
