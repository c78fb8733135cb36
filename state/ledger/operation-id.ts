import { keccak_256 } from "@noble/hashes/sha3.js";
import { fromBytes32, toBytes32 } from "./field.ts";

/** Names an operation: 0x and 64 hex digits. */
export type OperationId = `0x${string}`;

const QUEUED_NAME = new TextEncoder().encode("NeuraChain priority operation v1");

const hexOf = (value: bigint): OperationId => `0x${value.toString(16).padStart(64, "0")}`;

/** The id of a signed op is the message that was signed: unlike a signature or a proof, nobody can change its form. */
export const signedOperationId = (message: bigint): OperationId => hexOf(message);

/** The id of an entry of the home queue: keccak256 of a name, padded to 32 bytes, and the entry's index as 32 bytes. */
export function queuedOperationId(index: bigint): OperationId {
  const bytes = new Uint8Array(64);
  bytes.set(QUEUED_NAME, 0);
  bytes.set(toBytes32(index), 32);
  return hexOf(fromBytes32(keccak_256(bytes)));
}
