import { hexToBytes } from "@ethereumjs/util";
import type { Address, Hex } from "../../state/evm/types.ts";
import { invalidArgument, type RpcError } from "../errors.ts";

/** Hex values of `eth_*`, with geth's refusals: -32602 and its texts, Go types included, since clients match on them. */

/** Where a value was found: the parameter's index, and the field inside of it. */
export interface Place {
  readonly position: number;
  /** As in "TransactionArgs.to"; undefined for the parameter itself. */
  readonly field?: string;
}

const digitsPattern = /^[0-9a-f]*$/i;
const maxQuotedCharacters = 66;

export function cannotUnmarshal(what: string, { position, field }: Place, goType: string): RpcError {
  const into = field === undefined ? "Go value" : `Go struct field ${field}`;
  return invalidArgument(position, `json: cannot unmarshal ${what} into ${into} of type ${goType}`);
}

export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return value === null ? "null" : typeof value;
}

/** What is wrong with a hex string of any length; undefined when nothing is. */
function hexFault(text: string): string | undefined {
  if (text === "") return "empty hex string";
  if (!/^0x/i.test(text)) return "hex string without 0x prefix";
  return digitsPattern.test(text.slice(2)) ? undefined : "invalid hex string";
}

function requireHex(value: unknown, place: Place, goType: string): string {
  if (typeof value !== "string") throw cannotUnmarshal("non-string", place, goType);
  const fault = hexFault(value);
  if (fault !== undefined) throw cannotUnmarshal(fault, place, goType);
  return value.slice(2);
}

function fixed(value: unknown, place: Place, goType: string, bytes: number): Hex {
  const digits = requireHex(value, place, goType);
  if (digits.length % 2 !== 0) throw cannotUnmarshal("hex string of odd length", place, goType);
  if (digits.length !== bytes * 2) {
    const text = `hex string has length ${digits.length}, want ${bytes * 2} for ${goType}`;
    throw invalidArgument(place.position, text);
  }
  return `0x${digits.toLowerCase()}`;
}

export const address = (value: unknown, place: Place): Address => fixed(value, place, "common.Address", 20);
export const hash = (value: unknown, place: Place): Hex => fixed(value, place, "common.Hash", 32);

export function bytes(value: unknown, place: Place): Uint8Array {
  if (value === "") return new Uint8Array(0);
  const digits = requireHex(value, place, "hexutil.Bytes");
  if (digits.length % 2 !== 0) throw cannotUnmarshal("hex string of odd length", place, "hexutil.Bytes");
  return hexToBytes(`0x${digits}`);
}

function numberFault(digits: string, bits: number): string | undefined {
  if (digits === "") return 'hex string "0x"';
  if (digits.length > 1 && digits.startsWith("0")) return "hex number with leading zero digits";
  return digits.length * 4 > bits ? `hex number > ${bits} bits` : undefined;
}

function number(value: unknown, place: Place, goType: string, bits: number): bigint {
  const digits = requireHex(value, place, goType);
  const fault = numberFault(digits, bits);
  if (fault !== undefined) throw cannotUnmarshal(fault, place, goType);
  return BigInt(`0x${digits}`);
}

/** A number of at most 256 bits. */
export const quantity = (value: unknown, place: Place): bigint => number(value, place, "*hexutil.Big", 256);
/** A number of at most 64 bits. */
export const uint64 = (value: unknown, place: Place): bigint => number(value, place, "hexutil.Uint64", 64);

/** The same for the index of something. */
export const index = (value: unknown, place: Place): bigint => number(value, place, "hexutil.Uint", 64);

/** A storage key: up to 32 bytes, with or without leading zeros. */
export function storageKey(value: unknown, position: number): Hex {
  const quoted = JSON.stringify(value)?.slice(0, maxQuotedCharacters);
  const fault = typeof value === "string" ? hexFault(value) : "storage key is no string";
  if (typeof value !== "string" || fault !== undefined) {
    throw invalidArgument(position, `unable to decode storage key: ${fault}: ${quoted}`);
  }
  const digits = value.slice(2);
  if (digits.length > 64) {
    throw invalidArgument(
      position,
      `unable to decode storage key: hex string too long, want at most 32 bytes`,
    );
  }
  return `0x${digits.toLowerCase().padStart(64, "0")}`;
}

/** geth reads block numbers without naming a type in its refusals. */
export function blockNumber(value: unknown, position: number): bigint {
  if (typeof value !== "string") throw invalidArgument(position, "hex string without 0x prefix");
  const fault = hexFault(value) ?? numberFault(value.slice(2), 64);
  if (fault !== undefined) throw invalidArgument(position, fault);
  const found = BigInt(value);
  if (found >= 2n ** 63n) throw invalidArgument(position, "block number larger than int64");
  return found;
}
