import { UnknownBlockError } from "../../state/evm/lane-errors.ts";
import type { Address, Hex } from "../../state/evm/types.ts";
import { invalidArgument, RpcError, serverErrorCode } from "../errors.ts";
import type { EthBackend } from "./backend.ts";
import {
  address,
  bytes,
  cannotUnmarshal,
  hash,
  index,
  jsonKind,
  type Place,
  blockNumber as readNumber,
} from "./hex.ts";

/** Parameters of `eth_*`, checked. Each reader throws -32602 and says which argument is wrong and why. */

export function readAddress(params: readonly unknown[], position: number): Address {
  return address(params[position], { position });
}

export function readHash(params: readonly unknown[], position: number): Hex {
  return hash(params[position], { position });
}

export function readBytes(params: readonly unknown[], position: number): Uint8Array {
  return bytes(params[position], { position });
}

/** The index of a transaction or an uncle. */
export function readIndex(params: readonly unknown[], position: number): number {
  return Number(index(params[position], { position }));
}

export function readBoolean(params: readonly unknown[], position: number): boolean {
  const value = params[position] ?? false;
  if (typeof value === "boolean") return value;
  throw cannotUnmarshal(jsonKind(value), { position }, "bool");
}

export type Fields = Readonly<Record<string, unknown>>;

export function objectAt(value: unknown, place: Place, goType: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw cannotUnmarshal(jsonKind(value), place, goType);
}

export function readObject(params: readonly unknown[], position: number, goType: string): Fields {
  return objectAt(params[position], { position }, goType);
}

/** The same, where null and nothing mean an empty object. */
export function readOptionalObject(params: readonly unknown[], position: number, goType: string): Fields {
  return params[position] === undefined || params[position] === null
    ? {}
    : readObject(params, position, goType);
}

/** A block as clients name it: a number, a tag, a hash, or an object with one of them (EIP-1898). Default latest. */
export function readBlock(backend: EthBackend, params: readonly unknown[], position: number): number | Hex {
  const value = params[position] ?? "latest";
  if (typeof value === "string" && value.length === 66) return hash(value, { position });
  if (typeof value === "string") return blockNumber(backend, value, position);
  if (typeof value !== "object" || Array.isArray(value)) {
    throw cannotUnmarshal(jsonKind(value), { position }, "string");
  }
  const { blockHash, blockNumber: number } = value as Fields;
  if (blockHash !== undefined && number !== undefined) {
    throw invalidArgument(position, "cannot specify both BlockHash and BlockNumber, choose one or the other");
  }
  if (blockHash === undefined && number === undefined) {
    throw new RpcError(serverErrorCode, "invalid arguments; neither block nor hash specified");
  }
  return blockHash === undefined
    ? blockNumber(backend, number, position)
    : hash(blockHash, { position, field: "erased.blockHash" });
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
      const number = readNumber(value, position);
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
