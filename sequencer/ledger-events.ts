import { keccak_256 } from "@noble/hashes/sha3.js";
import { toBytes32 } from "../state/ledger/field.ts";
import { type OpWords, opFields } from "../state/ledger/operation.ts";

/**
 * The EVM log of one ledger operation, so that wallets and indexers find it with `eth_getLogs`:
 * `event OperationExecuted(uint256 indexed batch, uint256 indexed kind, uint256 indexed sender, uint256 index, bool valid, uint256[4] words)`.
 * It is in the block's hash, so it names the operation by its place in the batch: its id comes from what the author signed, which home does not get.
 */
const SIGNATURE = "OperationExecuted(uint256,uint256,uint256,uint256,bool,uint256[4])";

export interface ExecutedOperation {
  readonly batchNumber: bigint;
  readonly indexInBatch: number;
  readonly words: OpWords;
  readonly valid: boolean;
}

const hex = (bytes: Uint8Array): `0x${string}` => `0x${Buffer.from(bytes).toString("hex")}`;
const word = (value: bigint): string => Buffer.from(toBytes32(value)).toString("hex");

const TOPIC = hex(keccak_256(new TextEncoder().encode(SIGNATURE)));

export function operationLog({ batchNumber, indexInBatch, words, valid }: ExecutedOperation): {
  topics: `0x${string}`[];
  data: `0x${string}`;
} {
  const { code, sender } = opFields(words);
  const indexed = [batchNumber, BigInt(code), BigInt(sender)];
  return {
    topics: [TOPIC, ...indexed.map((value): `0x${string}` => `0x${word(value)}`)],
    data: `0x${[BigInt(indexInBatch), valid ? 1n : 0n, ...words].map(word).join("")}`,
  };
}
