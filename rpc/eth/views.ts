import { RLP } from "@ethereumjs/rlp";
import { bytesToBigInt, bytesToHex } from "@ethereumjs/util";
import type { Block } from "../../state/evm/block-store.ts";
import type { SignedTransaction } from "../../state/evm/transaction.ts";
import type { DataFee, Hex, Log, Receipt } from "../../state/evm/types.ts";

/** Blocks, transactions, receipts and logs in the form of the Ethereum JSON-RPC specification. */

export function hexQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`;
}

export interface Mined {
  readonly block: Pick<Block, "hash" | "number" | "baseFeeWei" | "timestampSeconds">;
  readonly index: number;
}

/** Of a header in RLP, in its order; forks only ever added to its end. */
const headerNames = [
  "parentHash",
  "sha3Uncles",
  "miner",
  "stateRoot",
  "transactionsRoot",
  "receiptsRoot",
  "logsBloom",
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "extraData",
  "mixHash",
  "nonce",
  "baseFeePerGas",
  "withdrawalsRoot",
  "blobGasUsed",
  "excessBlobGas",
  "parentBeaconBlockRoot",
  "requestsHash",
];
const numericHeaderNames: ReadonlySet<string> = new Set([
  "difficulty",
  "number",
  "gasLimit",
  "gasUsed",
  "timestamp",
  "baseFeePerGas",
  "blobGasUsed",
  "excessBlobGas",
]);

/** A header alone, as `newHeads` sends it: what is hashed, field by field. */
export function headerView({ hash, headerRlp }: Pick<Block, "hash" | "headerRlp">): Record<string, unknown> {
  const fields = RLP.decode(headerRlp) as Uint8Array[];
  const named = fields.map((bytes, index) => {
    const name = headerNames[index] as string;
    return [name, numericHeaderNames.has(name) ? hexQuantity(bytesToBigInt(bytes)) : bytesToHex(bytes)];
  });
  return { hash, ...Object.fromEntries(named) };
}

export function blockView(block: Block, withTransactions: boolean): Record<string, unknown> {
  const header = headerView(block);
  return {
    ...header,
    size: hexQuantity(block.sizeBytes),
    uncles: [],
    ...("withdrawalsRoot" in header ? { withdrawals: [] } : {}),
    transactions: block.transactions.map((transaction, index) =>
      withTransactions ? transactionView(transaction, { block, index }) : transaction.hash,
    ),
  };
}

/** `mined` is undefined for a transaction that waits. */
export function transactionView(transaction: SignedTransaction, mined?: Mined): Record<string, unknown> {
  const { decoded } = transaction;
  return {
    hash: transaction.hash,
    type: hexQuantity(decoded.type),
    from: transaction.sender,
    to: decoded.to?.toString() ?? null,
    nonce: hexQuantity(decoded.nonce),
    value: hexQuantity(decoded.value),
    gas: hexQuantity(decoded.gasLimit),
    input: bytesToHex(decoded.data),
    blockHash: mined?.block.hash ?? null,
    blockNumber: mined === undefined ? null : hexQuantity(mined.block.number),
    blockTimestamp: mined === undefined ? null : hexQuantity(mined.block.timestampSeconds),
    transactionIndex: mined === undefined ? null : hexQuantity(mined.index),
    v: hexQuantity(decoded.v ?? 0n),
    r: hexQuantity(decoded.r ?? 0n),
    s: hexQuantity(decoded.s ?? 0n),
    ...priceFields(transaction, mined),
    ...typedFields(transaction),
  };
}

function priceFields(transaction: SignedTransaction, mined: Mined | undefined): Record<string, unknown> {
  const { decoded } = transaction;
  if (!("maxFeePerGas" in decoded)) return { gasPrice: hexQuantity(decoded.gasPrice) };
  const baseFeeWei = mined?.block.baseFeeWei;
  const effective =
    baseFeeWei === undefined ? decoded.maxFeePerGas : baseFeeWei + transaction.tipWei(baseFeeWei);
  return {
    gasPrice: hexQuantity(effective),
    maxFeePerGas: hexQuantity(decoded.maxFeePerGas),
    maxPriorityFeePerGas: hexQuantity(decoded.maxPriorityFeePerGas),
  };
}

function typedFields({ decoded }: SignedTransaction): Record<string, unknown> {
  if (!("accessList" in decoded)) return replayProtection(decoded.v ?? 0n);
  const list = {
    chainId: hexQuantity(decoded.chainId),
    yParity: hexQuantity(decoded.v ?? 0n),
    accessList: decoded.accessList.map(([address, storageKeys]) => ({
      address: bytesToHex(address),
      storageKeys: storageKeys.map((key) => bytesToHex(key)),
    })),
  };
  if (!("authorizationList" in decoded)) return list;
  const number = (value: Uint8Array) => hexQuantity(bytesToBigInt(value));
  return {
    ...list,
    authorizationList: decoded.authorizationList.map(([chainId, address, nonce, yParity, r, s]) => ({
      chainId: number(chainId),
      address: bytesToHex(address),
      nonce: number(nonce),
      yParity: number(yParity),
      r: number(r),
      s: number(s),
    })),
  };
}

/** EIP-155: v is 35 or 36 + 2·chainId; 27 and 28 name no chain. */
function replayProtection(v: bigint): Record<string, unknown> {
  return v >= 35n ? { chainId: hexQuantity((v - 35n) / 2n) } : {};
}

export function receiptView(receipt: Receipt): Record<string, unknown> {
  return {
    transactionHash: receipt.transactionHash,
    transactionIndex: hexQuantity(receipt.transactionIndex),
    blockHash: receipt.blockHash,
    blockNumber: hexQuantity(receipt.blockNumber),
    from: receipt.from,
    to: receipt.to,
    type: hexQuantity(receipt.type),
    status: hexQuantity(receipt.status),
    gasUsed: hexQuantity(receipt.gasUsed),
    cumulativeGasUsed: hexQuantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: hexQuantity(receipt.effectiveGasPriceWei),
    contractAddress: receipt.contractAddress,
    logsBloom: receipt.logsBloom,
    logs: receipt.logs.map(logView),
    ...(receipt.dataFee === undefined ? {} : dataFeeFields(receipt.dataFee)),
  };
}

/** Under the names that other rollups gave them; here they are a part of what `gasUsed` and `effectiveGasPrice` say. */
function dataFeeFields({ homeGasUsed, dataPriceWei, feeWei }: DataFee): Record<string, Hex> {
  return {
    l1GasUsed: hexQuantity(homeGasUsed),
    l1GasPrice: hexQuantity(dataPriceWei),
    l1Fee: hexQuantity(feeWei),
  };
}

export function logView(log: Log): Record<string, unknown> {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: hexQuantity(log.blockNumber),
    blockHash: log.blockHash,
    blockTimestamp: hexQuantity(log.blockTimestampSeconds),
    transactionHash: log.transactionHash,
    transactionIndex: hexQuantity(log.transactionIndex),
    logIndex: hexQuantity(log.logIndex),
    removed: false,
  };
}
