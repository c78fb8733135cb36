import { keccak_256 } from "@noble/hashes/sha3.js";
import { toBytes32 } from "../state/ledger/field.ts";
import { type OpWords, opFields } from "../state/ledger/operation.ts";
import type { OperationId } from "../state/ledger/operation-id.ts";

/**
 * The EVM log of one ledger operation, so that wallets and indexers find it with `eth_getLogs`:
 * `event OperationExecuted(bytes32 indexed id, uint256 indexed kind, uint256 indexed sender, bool valid, uint256[4] words)`.
 */
const SIGNATURE = "OperationExecuted(bytes32,uint256,uint256,bool,uint256[4])";

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;
const word = (value: bigint): string => Buffer.from(toBytes32(value)).toString("hex");

const TOPIC = hex(keccak_256(new TextEncoder().encode(SIGNATURE)));

export function operationLog(
  id: OperationId,
  words: OpWords,
  valid: boolean,
): { topics: `0x${string}`[]; data: `0x${string}` } {
  const { code, sender } = opFields(words);
  return {
    topics: [TOPIC, id, `0x${word(BigInt(code))}`, `0x${word(BigInt(sender))}`],
    data: `0x${[valid ? 1n : 0n, ...words].map(word).join("")}`,
  };
}
