import { RLP } from "@ethereumjs/rlp";
import { bigIntToUnpaddedBytes, bytesToBigInt, bytesToInt, intToUnpaddedBytes } from "@ethereumjs/util";
import { type Database, keySpace, numberFromKey, numberKey, type Write } from "../database.ts";
import { encodeRlp } from "../rlp.ts";
import { bloomOf } from "./bloom.ts";
import { bytesOfHex, hexOf } from "./bytes.ts";
import type { ChainRules } from "./chain-rules.ts";
import { dataFeeOf } from "./data-fee.ts";
import {
  blockSizeBytes,
  bloomInHeader,
  decodeHeader,
  encodeHeader,
  type Header,
  hashOfHeader,
} from "./header.ts";
import { SignedTransaction } from "./transaction.ts";
import type { GatewayValue, Hex, LedgerTransition, Log, Receipt, ValueTo } from "./types.ts";

/** Blocks, receipts and their indexes in the database. Writes are returned, not made: a block commits whole. */

const headers = keySpace("block-header"); // number -> RLP header
const bodies = keySpace("block-body"); // number -> RLP [[hash, sender, raw], ...]
const blockReceipts = keySpace("block-receipts"); // number -> RLP of receipts
const transitions = keySpace("block-transition"); // number -> RLP [ledger root, credits, [debit, payouts] or []]
const numbersByHash = keySpace("block-number"); // block hash -> number
const places = keySpace("transaction-place"); // transaction hash -> number, index
const chain = keySpace("chain");
const headKey = new TextEncoder().encode("head");

export interface Block extends Header {
  readonly hash: Hex;
  /** As it is hashed. */
  readonly headerRlp: Uint8Array;
  readonly sizeBytes: number;
  readonly transactions: readonly SignedTransaction[];
}

/** Where a transaction is. */
export interface TransactionPlace {
  readonly blockNumber: number;
  readonly index: number;
}

/** A receipt before its block has a hash. */
export type Outcome = Pick<
  Receipt,
  "status" | "gasUsed" | "cumulativeGasUsed" | "effectiveGasPriceWei" | "contractAddress"
> & { readonly logs: readonly Pick<Log, "address" | "topics" | "data">[] };

/** Number of the newest committed block, undefined before genesis. */
export function headNumberOf(database: Database): number | undefined {
  const key = database.get(chain, headKey);
  return key === undefined ? undefined : numberFromKey(key);
}

/** Decoded blocks kept in memory; wallets ask for the newest ones again and again. */
const cachedBlocks = 32;
/** Programs ask for the last 256, and for 20 gas each. */
const cachedHashes = 1_024;

export class BlockStore {
  readonly #database: Database;
  readonly #rules: ChainRules;
  readonly #blocks = new Map<number, Block>();
  readonly #receipts = new Map<number, readonly Receipt[]>();
  readonly #hashes = new Map<number, Hex>();

  constructor(database: Database, rules: ChainRules) {
    this.#database = database;
    this.#rules = rules;
  }

  /** Number of the newest committed block, undefined before genesis. */
  headNumber(): number | undefined {
    return headNumberOf(this.#database);
  }

  header(number: number): Header | undefined {
    const encoded = this.#database.get(headers, numberKey(number));
    return encoded === undefined ? undefined : decodeHeader(encoded, this.#rules);
  }

  hashOf(number: number): Hex | undefined {
    const known = this.#hashes.get(number);
    if (known !== undefined) return known;
    const encoded = this.#database.get(headers, numberKey(number));
    if (encoded === undefined) return undefined;
    if (this.#hashes.size >= cachedHashes) this.#hashes.clear();
    const hash = hashOfHeader(encoded);
    this.#hashes.set(number, hash);
    return hash;
  }

  /** Only the log filter of a block, for searches over many. */
  bloom(number: number): Uint8Array | undefined {
    const encoded = this.#database.get(headers, numberKey(number));
    return encoded === undefined ? undefined : bloomInHeader(encoded);
  }

  numberOf(blockHash: Hex): number | undefined {
    const key = this.#database.get(numbersByHash, bytesOfHex(blockHash));
    return key === undefined ? undefined : numberFromKey(key);
  }

  block(number: number): Block | undefined {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const encoded = this.#database.get(headers, numberKey(number));
    const body = this.#database.get(bodies, numberKey(number));
    if (encoded === undefined || body === undefined) return undefined;
    const entries = RLP.decode(body) as [Uint8Array, Uint8Array, Uint8Array][];
    const transactions = entries.map(
      ([hash, sender, raw]) => new SignedTransaction(hexOf(hash), hexOf(sender), raw, this.#rules),
    );
    return remember(this.#blocks, number, toBlock(encoded, transactions, this.#rules));
  }

  place(transactionHash: Hex): TransactionPlace | undefined {
    const value = this.#database.get(places, bytesOfHex(transactionHash));
    if (value === undefined) return undefined;
    return { blockNumber: numberFromKey(value), index: numberFromKey(value.subarray(8)) };
  }

  receipts(number: number): readonly Receipt[] | undefined {
    const known = this.#receipts.get(number);
    if (known !== undefined) return known;
    const block = this.block(number);
    const encoded = this.#database.get(blockReceipts, numberKey(number));
    if (block === undefined || encoded === undefined) return undefined;
    const outcomes = decodeOutcomes(encoded);
    return remember(this.#receipts, number, toReceipts(block, outcomes, this.#dataPriceIn(number)));
  }

  /** By which the transactions of a block were priced: what its parent says. */
  #dataPriceIn(number: number): bigint {
    return (this.#blocks.get(number - 1) ?? this.header(number - 1))?.dataPriceWei ?? 0n;
  }

  /** What the block's system transaction did besides its logs, so that it can be run again. */
  transition(number: number): StoredTransition | undefined {
    const encoded = this.#database.get(transitions, numberKey(number));
    return encoded === undefined ? undefined : decodeTransition(encoded);
  }

  /** The block with its receipts, and everything to be written for it, the new head included. */
  prepare(
    header: Header,
    transactions: readonly SignedTransaction[],
    outcomes: readonly Outcome[],
    transition?: LedgerTransition,
  ): { block: Block; receipts: readonly Receipt[]; writes: Write[] } {
    const encoded = encodeHeader(header);
    const block = toBlock(encoded, transactions, this.#rules);
    const key = numberKey(header.number);
    const body = transactions.map(({ hash, sender, raw }) => [bytesOfHex(hash), bytesOfHex(sender), raw]);
    const writes: Write[] = [
      { space: headers, key, value: encoded },
      { space: bodies, key, value: encodeRlp(body) },
      { space: blockReceipts, key, value: encodeOutcomes(outcomes) },
      { space: numbersByHash, key: bytesOfHex(block.hash), value: key },
      { space: chain, key: headKey, value: key },
    ];
    if (transition !== undefined)
      writes.push({ space: transitions, key, value: encodeTransition(transition) });
    for (const [index, { hash }] of transactions.entries()) {
      const value = new Uint8Array(16);
      value.set(key);
      value.set(numberKey(index), 8);
      writes.push({ space: places, key: bytesOfHex(hash), value });
    }
    return { block, receipts: toReceipts(block, outcomes, this.#dataPriceIn(header.number)), writes };
  }

  /** To be called after the writes of `prepare` are on the disk. */
  remember(block: Block, receipts: readonly Receipt[]): void {
    remember(this.#blocks, block.number, block);
    remember(this.#receipts, block.number, receipts);
  }
}

function remember<Value>(cache: Map<number, Value>, number: number, value: Value): Value {
  cache.delete(number);
  cache.set(number, value);
  if (cache.size > cachedBlocks) cache.delete(cache.keys().next().value as number);
  return value;
}

function toBlock(
  encodedHeader: Uint8Array,
  transactions: readonly SignedTransaction[],
  rules: ChainRules,
): Block {
  return {
    ...decodeHeader(encodedHeader, rules),
    hash: hashOfHeader(encodedHeader),
    headerRlp: encodedHeader,
    sizeBytes: blockSizeBytes(
      encodedHeader,
      transactions.map(({ raw }) => raw),
    ),
    transactions,
  };
}

/** What of a transition is not in the block itself. */
export type StoredTransition = Pick<LedgerTransition, "ledgerRoot" | "credits" | "gateway">;

type StoredValue = [recipient: Uint8Array, valueWei: Uint8Array];
type StoredGateway = [debitWei: Uint8Array, payouts: StoredValue[]];

const encodeValues = (values: readonly ValueTo[]) =>
  values.map(({ recipient, valueWei }) => [bytesOfHex(recipient), bigIntToUnpaddedBytes(valueWei)]);

const decodeValues = (values: StoredValue[]): ValueTo[] =>
  values.map(([recipient, value]) => ({ recipient: hexOf(recipient), valueWei: bytesToBigInt(value) }));

function encodeTransition({ ledgerRoot, credits, gateway }: LedgerTransition): Uint8Array {
  return encodeRlp([
    bigIntToUnpaddedBytes(ledgerRoot),
    encodeValues(credits),
    gateway === undefined ? [] : [bigIntToUnpaddedBytes(gateway.debitWei), encodeValues(gateway.payouts)],
  ]);
}

function decodeTransition(encoded: Uint8Array): StoredTransition {
  const [root, credits, gateway] = RLP.decode(encoded) as unknown as [
    Uint8Array,
    StoredValue[],
    StoredGateway | [],
  ];
  const transition = { ledgerRoot: bytesToBigInt(root), credits: decodeValues(credits) };
  if (gateway.length === 0) return transition;
  const [debitWei, payouts] = gateway;
  const value: GatewayValue = { debitWei: bytesToBigInt(debitWei), payouts: decodeValues(payouts) };
  return { ...transition, gateway: value };
}

function encodeOutcomes(outcomes: readonly Outcome[]): Uint8Array {
  return encodeRlp(
    outcomes.map((outcome) => [
      intToUnpaddedBytes(outcome.status),
      bigIntToUnpaddedBytes(outcome.gasUsed),
      bigIntToUnpaddedBytes(outcome.cumulativeGasUsed),
      bigIntToUnpaddedBytes(outcome.effectiveGasPriceWei),
      outcome.contractAddress === null ? new Uint8Array(0) : bytesOfHex(outcome.contractAddress),
      outcome.logs.map((log) => [
        bytesOfHex(log.address),
        log.topics.map((topic) => bytesOfHex(topic)),
        bytesOfHex(log.data),
      ]),
    ]),
  );
}

type StoredLog = [Uint8Array, Uint8Array[], Uint8Array];
type StoredOutcome = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, StoredLog[]];

function decodeOutcomes(encoded: Uint8Array): Outcome[] {
  const stored = RLP.decode(encoded) as unknown as StoredOutcome[];
  return stored.map(([status, gasUsed, cumulativeGasUsed, price, contractAddress, logs]) => ({
    status: bytesToInt(status) === 1 ? 1 : 0,
    gasUsed: bytesToBigInt(gasUsed),
    cumulativeGasUsed: bytesToBigInt(cumulativeGasUsed),
    effectiveGasPriceWei: bytesToBigInt(price),
    contractAddress: contractAddress.length === 0 ? null : hexOf(contractAddress),
    logs: logs.map(([address, topics, data]) => ({
      address: hexOf(address),
      topics: topics.map(hexOf),
      data: hexOf(data),
    })),
  }));
}

function toReceipts(block: Block, outcomes: readonly Outcome[], dataPriceWei: bigint): readonly Receipt[] {
  const prices = { baseFeeWei: block.baseFeeWei, dataPriceWei };
  let logIndex = 0;
  return outcomes.map((outcome, transactionIndex) => {
    const transaction = block.transactions[transactionIndex] as SignedTransaction;
    const place = {
      blockNumber: block.number,
      blockHash: block.hash,
      transactionHash: transaction.hash,
      transactionIndex,
    };
    const dataFee = dataFeeOf(transaction, outcome.gasUsed, prices);
    return {
      ...place,
      ...outcome,
      ...(dataFee === undefined ? {} : { dataFee }),
      from: transaction.sender,
      to: (transaction.decoded.to?.toString() as Hex | undefined) ?? null,
      type: transaction.decoded.type,
      logsBloom: bloomOf(outcome.logs),
      logs: outcome.logs.map((log) => ({
        ...log,
        ...place,
        blockTimestampSeconds: block.timestampSeconds,
        logIndex: logIndex++,
      })),
    };
  });
}
