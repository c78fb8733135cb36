import { RLP } from "@ethereumjs/rlp";
import {
  bigIntToUnpaddedBytes,
  bytesToBigInt,
  bytesToHex,
  bytesToInt,
  hexToBytes,
  intToUnpaddedBytes,
  KECCAK256_RLP,
  KECCAK256_RLP_ARRAY,
  SHA256_NULL,
} from "@ethereumjs/util";
import { encodeRlp } from "../rlp.ts";
import { type ChainRules, keccak256 } from "./chain-rules.ts";
import type { Address, Hex } from "./types.ts";

/**
 * An Ethereum block header of the Prague fork. What a rollup block has no use for (uncles, proof of work,
 * withdrawals, blobs, beacon root, requests) holds the constant that Ethereum gives to its absence.
 */
export interface Header {
  readonly parentHash: Hex;
  readonly coinbase: Address;
  readonly stateRoot: Hex;
  readonly transactionsRoot: Hex;
  readonly receiptsRoot: Hex;
  readonly logsBloom: Hex;
  readonly number: number;
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  readonly timestampSeconds: number;
  readonly baseFeeWei: bigint;
  /**
   * What a unit of home's gas costs in wei of the lane, for the block's child: its base fee and its data fees follow from it.
   * It stands in extraData, big-endian without leading zeros.
   */
  readonly dataPriceWei: bigint;
  /** 0 in every block of this chain, other values in simulated ones only. */
  readonly prevRandao?: Hex;
}

export const zeroHash = bytesToHex(new Uint8Array(32));

const nothing = new Uint8Array(0);

/** RLP in the order of the Prague header (EIP-7685 is the last field). */
export function encodeHeader(header: Header): Uint8Array {
  return encodeRlp([
    hexToBytes(header.parentHash),
    KECCAK256_RLP_ARRAY,
    hexToBytes(header.coinbase),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    hexToBytes(header.logsBloom),
    nothing, // difficulty
    intToUnpaddedBytes(header.number),
    bigIntToUnpaddedBytes(header.gasLimit),
    bigIntToUnpaddedBytes(header.gasUsed),
    intToUnpaddedBytes(header.timestampSeconds),
    bigIntToUnpaddedBytes(header.dataPriceWei), // extraData
    hexToBytes(header.prevRandao ?? zeroHash), // mixHash: there is no beacon randomness, PREVRANDAO answers 0
    new Uint8Array(8), // nonce
    bigIntToUnpaddedBytes(header.baseFeeWei),
    KECCAK256_RLP,
    nothing, // blobGasUsed
    nothing, // excessBlobGas
    new Uint8Array(32), // parentBeaconBlockRoot
    SHA256_NULL,
  ]);
}

export function decodeHeader(encoded: Uint8Array, rules: Pick<ChainRules, "hasDataPrice">): Header {
  const fields = RLP.decode(encoded) as Uint8Array[];
  const field = (index: number): Uint8Array => fields[index] as Uint8Array;
  return {
    parentHash: bytesToHex(field(0)),
    coinbase: bytesToHex(field(2)),
    stateRoot: bytesToHex(field(3)),
    transactionsRoot: bytesToHex(field(4)),
    receiptsRoot: bytesToHex(field(5)),
    logsBloom: bytesToHex(field(6)),
    number: bytesToInt(field(8)),
    gasLimit: bytesToBigInt(field(9)),
    gasUsed: bytesToBigInt(field(10)),
    timestampSeconds: bytesToInt(field(11)),
    baseFeeWei: bytesToBigInt(fields[15] ?? nothing), // not there before London (EIP-1559)
    dataPriceWei: rules.hasDataPrice ? bytesToBigInt(field(12)) : 0n,
  };
}

/** Length of the whole block in RLP: the header, the transactions, no uncles and no withdrawals. */
export function blockSizeBytes(encodedHeader: Uint8Array, transactions: readonly Uint8Array[]): number {
  const items = transactions.map((raw) =>
    (raw[0] as number) >= firstListByte ? raw.length : framed(raw.length),
  );
  const list = framed(items.reduce((sum, length) => sum + length, 0));
  const { length: fields } = RLP.decode(encodedHeader) as Uint8Array[];
  const lists = fields > firstWithdrawalsField ? 2 : 1;
  return framed(encodedHeader.length + list + lists * emptyListBytes);
}

/** A first byte from here on begins an RLP list: a legacy transaction stands in a block as it is, others as byte strings. */
const firstListByte = 0xc0;
/** Since Shanghai a header names withdrawals, and a body lists them. */
const firstWithdrawalsField = 16;
const emptyListBytes = 1;
/** RLP: up to here a length is part of the first byte. */
const maxShortLength = 55;

function framed(length: number): number {
  return length <= maxShortLength ? length + 1 : length + 1 + intToUnpaddedBytes(length).length;
}

/** The log filter alone, without decoding the rest into text. */
export function bloomInHeader(encoded: Uint8Array): Uint8Array {
  return (RLP.decode(encoded) as Uint8Array[])[6] as Uint8Array;
}

export function hashOfHeader(encoded: Uint8Array): Hex {
  return bytesToHex(keccak256(encoded));
}
