import { type Address, bytesToHex, type Hex, hexToBytes } from "viem";
import { NeuraResponseError } from "./errors.ts";

/** A JSON-RPC quantity. */
export const toQuantity = (value: bigint | number): Hex => `0x${value.toString(16)}`;

/** 32 bytes, big-endian: field elements and hashes. */
export const toWord = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

/** 20 bytes from the number that the ledger keeps. */
export const toAddress = (value: bigint): Address => `0x${value.toString(16).padStart(40, "0")}`;

export const toHexBytes = (bytes: Uint8Array): Hex => bytesToHex(bytes);

export function fromHexBytes(hex: string, where: string): Uint8Array {
  if (!/^0x([0-9a-fA-F]{2})*$/.test(hex)) throw new NeuraResponseError(where, "bytes in hex", hex);
  return hexToBytes(hex as Hex);
}
