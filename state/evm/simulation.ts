import type { EVM } from "@ethereumjs/evm";
import { createAccessList2930Tx } from "@ethereumjs/tx";
import { Address as AddressBytes, bytesToUnprefixedHex, hexToBytes } from "@ethereumjs/util";
import { applyAuthorizations, authorizationGas } from "./authorizations.ts";
import { type ChainRules, ledgerAddress } from "./chain-rules.ts";
import { ExecutionFailedError, failureOf } from "./execution-errors.ts";
import { type BlockContext, evmBlock } from "./executor.ts";
import { applyOverrides, type Overrides } from "./overrides.ts";
import { openScratch, type Scratch, type StateSource } from "./scratch.ts";
import { withinTime } from "./turns.ts";
import type { Address, CallRequest } from "./types.ts";

/** `eth_call` and `eth_estimateGas`: execution on a throwaway copy of the state of any block. */

export interface Execution {
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
const lastPrecompile = 0x1ffn;
/** As geth's limit for calls: a caller who names the block's gas limit could ask for any amount of memory. */
const maxCallGas = 50_000_000n;

/** What a call gets: what it asks for, at most the block's gas limit, and never more than a call may have. */
export function callGas({ block }: StateSource, overrides: Overrides, { gas }: CallRequest): bigint {
  const most = block.gasLimit > maxCallGas ? block.gasLimit : maxCallGas;
  const named = overrides.block?.gasLimit ?? block.gasLimit;
  const limit = named < most ? named : most;
  return gas === undefined || gas > limit ? limit : gas;
}

/** Return data of a call. Throws `ExecutionRevertedError` or `ExecutionFailedError`. */
export async function call(
  source: StateSource,
  request: CallRequest,
  overrides: Overrides = {},
): Promise<Uint8Array> {
  const gas = callGas(source, overrides, request);
  const execution = await withState(source, overrides, async (scratch, block) => {
    await requireCallFunds(scratch, request, gas);
    return execute(scratch, source.rules, block, request, gas);
  });
  if (execution.failure !== undefined) throw execution.failure;
  return execution.returned;
}

/** The least gas limit (within geth's tolerance) with which the transaction succeeds. */
export async function estimateGas(
  source: StateSource,
  request: CallRequest,
  overrides: Overrides = {},
): Promise<bigint> {
  const trial = (gas: bigint): Promise<Execution> =>
    withState(source, overrides, (scratch, block) => execute(scratch, source.rules, block, request, gas));
  const wanted = callGas(source, overrides, request);
  const { cap, isPlain } = await withState(source, overrides, async (scratch) => ({
    cap: await affordableGas(scratch, request, wanted),
    isPlain: await isPlainTransfer(scratch, request),
  }));
  if (isPlain && cap >= plainTransferGas) return plainTransferGas;
  const first = await trial(cap);
  if (first.failure !== undefined) {
    const ranDry = first.failure instanceof ExecutionFailedError && needsGas.test(first.failure.message);
    throw ranDry ? new ExecutionFailedError(`gas required exceeds allowance (${cap})`) : first.failure;
  }
  return searchGas(first, cap, async (gas) => (await trial(gas)).failure === undefined);
}

/** With more gas it might have gone on; any other halt takes all the gas there is. */
const needsGas = /^(out of gas$|intrinsic gas too low|insufficient gas for floor data gas cost)/;

async function searchGas(
  first: Execution,
  cap: bigint,
  succeedsWith: (gas: bigint) => Promise<boolean>,
): Promise<bigint> {
  let low = first.gasUsed - 1n;
  let high = cap;
  // A caller keeps a 64th of the gas back (EIP-150): most often this guess is already enough.
  let middle = ((first.gasUsed + first.gasRefund + callStipend) * 64n) / 63n;
  for (let run = 0; run < maxEstimateRuns && low + 1n < high; run++) {
    if (((high - low) * 1000n) / high < estimateTolerancePerMille) break;
    if (middle <= low || middle >= high) middle = (low + high) / 2n;
    if (middle > low * 2n) middle = low * 2n; // most calls need little more than they use
    if (await succeedsWith(middle)) high = middle;
    else low = middle;
    middle = (low + high) / 2n;
  }
  return high;
}

/** Runs on the state of the source with the overrides. Nothing of it stays. */
export async function withState<Result>(
  source: StateSource,
  overrides: Overrides,
  run: (scratch: Scratch, block: BlockContext) => Promise<Result>,
): Promise<Result> {
  const block = { ...source.block, ...overrides.block };
  if (overrides.state === undefined || overrides.state.size === 0) {
    return source.pool.use(source, (scratch) => run(scratch, block));
  }
  // Replacing a whole storage is not undone by a revert: such an EVM is not shared.
  const scratch = await openScratch(source);
  await scratch.state.checkpoint();
  await applyOverrides(scratch.state, overrides.state);
  return withinTime(scratch.evm, () => run(scratch, block));
}

export const bytesOf = (address: Address): AddressBytes => new AddressBytes(hexToBytes(address));

async function isPlainTransfer({ state }: Scratch, request: CallRequest): Promise<boolean> {
  if (request.to === undefined || request.to === ledgerAddress) return false;
  if ((request.data?.length ?? 0) > 0 || (request.accessList?.length ?? 0) > 0) return false;
  if (request.authorizationList !== undefined || BigInt(request.to) <= lastPrecompile) return false;
  return (await state.getCode(bytesOf(request.to))).length === 0;
}

async function balanceOf({ state }: Scratch, request: CallRequest): Promise<bigint> {
  return (await state.getAccount(bytesOf(request.from ?? zeroAddress)))?.balance ?? 0n;
}

function insufficientFunds(request: CallRequest, haveWei: bigint, wantWei: bigint): ExecutionFailedError {
  const from = request.from ?? zeroAddress;
  return new ExecutionFailedError(
    `insufficient funds for gas * price + value: address ${from} have ${haveWei} want ${wantWei}`,
  );
}

/** A caller that names a price must own what the call costs at most. */
async function requireCallFunds(scratch: Scratch, request: CallRequest, gas: bigint): Promise<void> {
  const want = (request.valueWei ?? 0n) + gas * (request.gasPriceWei ?? 0n);
  if (want === 0n) return;
  const have = await balanceOf(scratch, request);
  if (have < want) throw insufficientFunds(request, have, want);
}

/** The gas that the sender can pay for besides the value, at most `gas`. */
async function affordableGas(scratch: Scratch, request: CallRequest, gas: bigint): Promise<bigint> {
  const valueWei = request.valueWei ?? 0n;
  const price = request.gasPriceWei ?? 0n;
  if (valueWei === 0n && price === 0n) return gas;
  const have = await balanceOf(scratch, request);
  if (have < valueWei) throw insufficientFunds(request, have, valueWei);
  const affordable = price === 0n ? gas : (have - valueWei) / price;
  return affordable < gas ? affordable : gas;
}

/** Runs a call on a state that is the caller's to throw away. */
export async function execute(
  scratch: Scratch,
  rules: ChainRules,
  context: BlockContext,
  request: CallRequest,
  gasLimit: bigint,
): Promise<Execution> {
  const { evm } = scratch;
  const price = request.gasPriceWei ?? 0n;
  if (price > 0n && price < context.baseFeeWei) {
    throw new ExecutionFailedError(
      `max fee per gas less than block base fee: address ${request.from ?? zeroAddress}, maxFeePerGas: ${price}, ` +
        `baseFee: ${context.baseFeeWei}`,
    );
  }
  // Who names no price pays none, and sees a base fee that fits to it.
  const block = price === 0n ? { ...context, baseFeeWei: 0n } : context;
  const minimum = minimumGas(request, rules);
  if (gasLimit < minimum.gas) {
    const failure = new ExecutionFailedError(`intrinsic gas too low: have ${gasLimit}, want ${minimum.gas}`);
    return { returned: new Uint8Array(0), gasUsed: gasLimit, gasRefund: 0n, failure };
  }
  const caller = bytesOf(request.from ?? zeroAddress);
  const authorizationRefund = await applyAuthorizations(scratch, request.authorizationList ?? [], rules);
  warmUp(evm, request, caller, block.coinbase);
  const valueWei = request.valueWei ?? 0n;
  // The EVM itself would throw in the middle.
  const have = valueWei === 0n ? 0n : await balanceOf(scratch, request);
  if (have < valueWei) throw insufficientFunds(request, have, valueWei);
  const { execResult } = await evm.runCall({
    block: evmBlock(block, rules),
    caller,
    ...(request.to === undefined ? {} : { to: bytesOf(request.to) }),
    gasLimit: gasLimit - minimum.intrinsic,
    gasPrice: price,
    value: valueWei,
    data: request.data ?? new Uint8Array(0),
  });
  const spent = minimum.intrinsic + execResult.executionGasUsed;
  const refund = (execResult.gasRefund ?? 0n) + authorizationRefund;
  const gasRefund = refund < spent / maxRefundQuotient ? refund : spent / maxRefundQuotient;
  const gasUsed = spent - gasRefund;
  return {
    returned: execResult.returnValue,
    gasUsed: gasUsed > minimum.gas ? gasUsed : minimum.floor(gasUsed),
    gasRefund,
    failure: failureOf(execResult.exceptionError?.error, execResult.returnValue),
  };
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
    { common: rules, freeze: false, allowUnlimitedInitCodeSize: true },
  );
  const forAuthorizations = authorizationGas * BigInt(request.authorizationList?.length ?? 0);
  const intrinsic = transaction.getIntrinsicGas() + forAuthorizations;
  const floorGas = transaction.getMinimumGasLimit();
  const gas = floorGas > intrinsic ? floorGas : intrinsic;
  return { intrinsic, gas, floor: (gasUsed) => (gas > intrinsic && gasUsed < gas ? gas : gasUsed) };
}

/** Addresses that a transaction finds warm (EIP-2929, 2930, 3651), so that estimates agree with execution. */
function warmUp(evm: EVM, request: CallRequest, caller: AddressBytes, coinbase: Address): void {
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
