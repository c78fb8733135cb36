import type { StateManagerInterface } from "@ethereumjs/common";
import { EVMError, type ExecResult, type PrecompileInput } from "@ethereumjs/evm";
import {
  Account,
  Address as AddressBytes,
  bigIntToBytes,
  bytesToBigInt,
  bytesToHex,
  concatBytes,
  hexToBytes,
  setLengthLeft,
  utf8ToBytes,
} from "@ethereumjs/util";
import { gatewayAddress, keccak256, ledgerAddress, systemAddress } from "./chain-rules.ts";
import { errorSelector } from "./execution-errors.ts";
import type { CellReader, GatewayValue, LedgerTransition, ValueTo } from "./types.ts";

/**
 * The ledger as contracts see it: a precompile that answers `ledgerRoot()` and `getCell(uint256)` to everyone,
 * and in a block's system transaction (and nowhere else) moves the EVM to the next ledger root.
 */

/** A read of one storage slot (EIP-2929, cold). */
const rootReadGas = 2_100n;
/** A cell is four words that are read from the database, priced as four cold slots. */
const cellReadGas = 4n * rootReadGas;
/** The system transaction is paid for by its calldata; the ledger lane prices the operations themselves. */
const transitionGas = 0n;

const rootSlot = new Uint8Array(32);
/** One invalid instruction: `extcodesize` is not zero, so Solidity's check before a call passes. */
export const ledgerAccountCode = Uint8Array.of(0xfe);

const selectorOf = (signature: string) => bytesToHex(keccak256(utf8ToBytes(signature)).slice(0, 4));
const ledgerRootSelector = selectorOf("ledgerRoot()");
const getCellSelector = selectorOf("getCell(uint256)");

/** Ids are array positions in a tree of at most 2^24 cells; more bits cannot name a cell. */
const maxCellId = 2n ** 32n - 1n;

const word = (value: bigint) => setLengthLeft(bigIntToBytes(value), 32);
const ledgerAccount = new AddressBytes(hexToBytes(ledgerAddress));

type Input = PrecompileInput & { readonly stateManager: StateManagerInterface };

/** Which transition the next system transaction carries. Only the VM that builds blocks ever sets it. */
export interface TransitionSlot {
  current: LedgerTransition | undefined;
}

export function ledgerPrecompile(
  readCell: CellReader,
  slot: TransitionSlot,
): (input: PrecompileInput) => Promise<ExecResult> {
  return async (input) => {
    // The interpreter passes its state manager to every precompile; the published type leaves it out.
    const { stateManager } = input as Input;
    const transition = slot.current;
    if (transition !== undefined && originOf(input) === systemAddress) {
      return applyTransition(stateManager, transition);
    }
    return answer(input, stateManager, readCell);
  };
}

function originOf(input: PrecompileInput): string {
  const running = (input._EVM as unknown as { _tx?: { origin?: AddressBytes } })._tx;
  return running?.origin?.toString() ?? "";
}

async function applyTransition(
  state: StateManagerInterface,
  transition: LedgerTransition,
): Promise<ExecResult> {
  await state.putStorage(ledgerAccount, rootSlot, word(transition.ledgerRoot));
  if (transition.gateway !== undefined) await payFromGateway(state, transition.gateway);
  for (const credited of transition.credits) await credit(state, credited);
  const logs = transition.logs.map(({ topics, data }): [Uint8Array, Uint8Array[], Uint8Array] => [
    ledgerAccount.bytes,
    topics.map((topic) => hexToBytes(topic)),
    hexToBytes(data),
  ]);
  return { executionGasUsed: transitionGas, returnValue: new Uint8Array(0), logs };
}

async function credit(state: StateManagerInterface, { recipient, valueWei }: ValueTo): Promise<void> {
  const address = new AddressBytes(hexToBytes(recipient));
  const account = (await state.getAccount(address)) ?? new Account();
  account.balance += valueWei;
  await state.putAccount(address, account);
}

/** No code of a recipient runs, so no recipient can refuse or interfere. */
async function payFromGateway(
  state: StateManagerInterface,
  { debitWei, payouts }: GatewayValue,
): Promise<void> {
  const address = new AddressBytes(hexToBytes(gatewayAddress));
  const account = (await state.getAccount(address)) ?? new Account();
  const paidWei = payouts.reduce((sum, { valueWei }) => sum + valueWei, debitWei);
  if (account.balance < paidWei)
    throw new Error(`the gateway contract has ${account.balance} wei and is to pay ${paidWei}`);
  account.balance -= paidWei;
  await state.putAccount(address, account);
  for (const payout of payouts) await credit(state, payout);
}

async function answer(
  input: PrecompileInput,
  state: StateManagerInterface,
  readCell: CellReader,
): Promise<ExecResult> {
  const selector = bytesToHex(input.data.slice(0, 4));
  if (selector === ledgerRootSelector) {
    if (input.gasLimit < rootReadGas) return outOfGas(input);
    return { executionGasUsed: rootReadGas, returnValue: word(await rootIn(state)) };
  }
  if (selector === getCellSelector) {
    if (input.gasLimit < cellReadGas) return outOfGas(input);
    return getCell(input.data.slice(4), await rootIn(state), readCell);
  }
  return revert(`ledger: unknown selector ${selector}, call ledgerRoot() or getCell(uint256)`, 0n);
}

function getCell(argument: Uint8Array, ledgerRoot: bigint, readCell: CellReader): ExecResult {
  if (argument.length < 32) return revert("ledger: getCell takes one uint256", cellReadGas);
  const id = bytesToBigInt(argument.slice(0, 32));
  if (id > maxCellId) return revert(`ledger: there is no cell ${id}`, cellReadGas);
  const cell = readCell(Number(id), ledgerRoot);
  if (cell === undefined) return revert("ledger: cells of this past block are not kept", cellReadGas);
  return { executionGasUsed: cellReadGas, returnValue: concatBytes(...cell.map(word)) };
}

async function rootIn(state: StateManagerInterface): Promise<bigint> {
  return bytesToBigInt(await state.getStorage(ledgerAccount, rootSlot));
}

function outOfGas(input: PrecompileInput): ExecResult {
  return {
    executionGasUsed: input.gasLimit,
    returnValue: new Uint8Array(0),
    exceptionError: new EVMError(EVMError.errorMessages.OUT_OF_GAS),
  };
}

function revert(reason: string, executionGasUsed: bigint): ExecResult {
  const text = utf8ToBytes(reason);
  const padded = new Uint8Array(Math.ceil(text.length / 32) * 32);
  padded.set(text);
  return {
    executionGasUsed,
    returnValue: concatBytes(errorSelector, word(32n), word(BigInt(text.length)), padded),
    exceptionError: new EVMError(EVMError.errorMessages.REVERT),
  };
}
