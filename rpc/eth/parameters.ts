import { hexToBytes } from "@ethereumjs/util";
import { UnknownBlockError } from "../../state/evm/contract-lane.ts";
import type { Address, CallRequest, Hex } from "../../state/evm/types.ts";
import { invalidArgument } from "../errors.ts";
import type { EthBackend } from "./backend.ts";

/** Parameters of `eth_*`, checked. Each reader throws -32602 and says which argument is wrong and why. */

const addressPattern = /^0x[0-9a-f]{40}$/i;
const hashPattern = /^0x[0-9a-f]{64}$/i;
const quantityPattern = /^0x[0-9a-f]{1,64}$/i;
const bytesPattern = /^0x([0-9a-f]{2})*$/i;

export function readAddress(params: readonly unknown[], position: number): Address {
  return address(params[position], position);
}

export function address(value: unknown, position: number): Address {
  if (typeof value === "string" && addressPattern.test(value)) return value.toLowerCase() as Address;
  throw invalidArgument(position, "expected an address of 20 bytes in hex with 0x");
}

export function readHash(params: readonly unknown[], position: number): Hex {
  return hash(params[position], position);
}

export function hash(value: unknown, position: number): Hex {
  if (typeof value === "string" && hashPattern.test(value)) return value.toLowerCase() as Hex;
  throw invalidArgument(position, "expected a hash of 32 bytes in hex with 0x");
}

export function readBytes(params: readonly unknown[], position: number): Uint8Array {
  return bytes(params[position], position);
}

export function bytes(value: unknown, position: number): Uint8Array {
  if (typeof value === "string" && bytesPattern.test(value)) return hexToBytes(value.toLowerCase() as Hex);
  throw invalidArgument(position, "expected bytes in hex with 0x and an even number of digits");
}

export function readQuantity(params: readonly unknown[], position: number): bigint {
  return quantity(params[position], position);
}

export function quantity(value: unknown, position: number): bigint {
  if (typeof value === "string" && quantityPattern.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  throw invalidArgument(position, "expected a quantity in hex with 0x");
}

export function readBoolean(params: readonly unknown[], position: number): boolean {
  const value = params[position] ?? false;
  if (typeof value === "boolean") return value;
  throw invalidArgument(position, "expected true or false");
}

export function readObject(params: readonly unknown[], position: number): Record<string, unknown> {
  const value = params[position];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw invalidArgument(position, "expected an object");
}

/** A block as clients name it: a number, a tag, or an object with number or hash (EIP-1898). Default latest. */
export function readBlock(backend: EthBackend, params: readonly unknown[], position: number): number | Hex {
  const value = params[position] ?? "latest";
  if (typeof value !== "object") return blockNumber(backend, value, position);
  const { blockHash, blockNumber: number } = value as Record<string, unknown>;
  return blockHash === undefined ? blockNumber(backend, number, position) : hash(blockHash, position);
}

/** There is no pending block apart from the newest: what waits is not executed before it is in a block. */
export function blockNumber(backend: EthBackend, value: unknown, position: number): number {
  switch (value) {
    case "latest":
    case "pending":
      return backend.lane.head.number;
    case "earliest":
      return 0;
    case "safe":
      return backend.confirmations().safe;
    case "finalized":
      return backend.confirmations().finalized;
    default: {
      const number = quantity(value, position);
      return number > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(number);
    }
  }
}

/** The same, for methods that read state: a block that does not exist is an error, not null. */
export function readStateBlock(backend: EthBackend, params: readonly unknown[], position: number): number {
  const tag = readBlock(backend, params, position);
  const number = backend.lane.numberOf(tag);
  if (number === undefined) throw new UnknownBlockError(tag);
  return number;
}

/** The transaction object of `eth_call` and `eth_estimateGas`. */
export function readCall(params: readonly unknown[], position: number): CallRequest {
  const fields = readObject(params, position);
  const given = <Value>(
    value: unknown,
    read: (value: unknown, position: number) => Value,
  ): Value | undefined => (value === undefined || value === null ? undefined : read(value, position));
  const from = given(fields.from, address);
  const to = given(fields.to, address);
  const gas = given(fields.gas, quantity);
  const gasPriceWei = given(fields.gasPrice ?? fields.maxFeePerGas, quantity);
  const valueWei = given(fields.value, quantity);
  const data = given(fields.input ?? fields.data, bytes);
  const accessList = given(fields.accessList, readAccessList);
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(gas === undefined ? {} : { gas }),
    ...(gasPriceWei === undefined ? {} : { gasPriceWei }),
    ...(valueWei === undefined ? {} : { valueWei }),
    ...(data === undefined ? {} : { data }),
    ...(accessList === undefined ? {} : { accessList }),
  };
}

function readAccessList(value: unknown, position: number): { address: Address; storageKeys: Hex[] }[] {
  if (!Array.isArray(value)) throw invalidArgument(position, "accessList must be an array");
  return value.map((entry) => {
    const { address: of, storageKeys } = readObject([entry], 0);
    if (!Array.isArray(storageKeys)) throw invalidArgument(position, "storageKeys must be an array");
    return { address: address(of, position), storageKeys: storageKeys.map((key) => hash(key, position)) };
  });
}
