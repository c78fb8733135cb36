import { bytesToHex } from "@ethereumjs/util";
import { keccak256 } from "../../state/evm/chain-rules.ts";
import type { Method } from "../dispatch.ts";
import { invalidArgument } from "../errors.ts";
import type { EthBackend } from "./backend.ts";
import { feeMethods } from "./fees.ts";
import { logMethods } from "./logs.ts";
import {
  readAddress,
  readBlock,
  readBoolean,
  readBytes,
  readCall,
  readHash,
  readQuantity,
  readStateBlock,
} from "./parameters.ts";
import { blockView, hexQuantity, receiptView, transactionView } from "./views.ts";

/** All of `eth_*`, `net_*` and `web3_*`. */
export function ethMethods(backend: EthBackend): Record<string, Method> {
  return {
    ...identityMethods(backend),
    ...blockMethods(backend),
    ...transactionMethods(backend),
    ...stateMethods(backend),
    ...feeMethods(backend),
    ...logMethods(backend),
  };
}

function identityMethods({ lane, clientVersion }: EthBackend): Record<string, Method> {
  return {
    eth_chainId: async () => hexQuantity(lane.chainId),
    eth_syncing: async () => false,
    eth_accounts: async () => [],
    net_version: async () => String(lane.chainId),
    net_listening: async () => true,
    net_peerCount: async () => "0x0",
    web3_clientVersion: async () => clientVersion,
    web3_sha3: async (params) => bytesToHex(keccak256(readBytes(params, 0))),
  };
}

function blockMethods(backend: EthBackend): Record<string, Method> {
  const { lane } = backend;
  const block = (params: readonly unknown[]) => lane.getBlock(readBlock(backend, params, 0));
  const blockByHash = (params: readonly unknown[]) => lane.getBlock(readHash(params, 0));
  const view = (params: readonly unknown[], found: ReturnType<typeof block>) =>
    found === undefined ? null : blockView(found, readBoolean(params, 1));
  const count = (found: ReturnType<typeof block>) =>
    found === undefined ? null : hexQuantity(found.transactions.length);
  const uncles = (found: ReturnType<typeof block>) => (found === undefined ? null : "0x0");
  return {
    eth_blockNumber: async () => hexQuantity(lane.head.number),
    eth_getBlockByNumber: async (params) => view(params, block(params)),
    eth_getBlockByHash: async (params) => view(params, blockByHash(params)),
    eth_getBlockTransactionCountByNumber: async (params) => count(block(params)),
    eth_getBlockTransactionCountByHash: async (params) => count(blockByHash(params)),
    eth_getUncleCountByBlockNumber: async (params) => uncles(block(params)),
    eth_getUncleCountByBlockHash: async (params) => uncles(blockByHash(params)),
    eth_getBlockReceipts: async (params) =>
      lane.getReceipts(readBlock(backend, params, 0))?.map(receiptView) ?? null,
  };
}

function transactionMethods(backend: EthBackend): Record<string, Method> {
  const { lane, transactions } = backend;
  const at = (block: ReturnType<typeof lane.getBlock>, params: readonly unknown[]) => {
    const index = Number(readQuantity(params, 1));
    const transaction = block?.transactions[index];
    return block === undefined || transaction === undefined
      ? null
      : transactionView(transaction, { block, index });
  };
  return {
    eth_sendRawTransaction: async (params) => transactions.add(readBytes(params, 0)),
    eth_getTransactionByHash: async (params) => {
      const hash = readHash(params, 0);
      const mined = lane.getTransaction(hash);
      if (mined !== undefined) return transactionView(mined.transaction, mined);
      const waiting = transactions.get(hash);
      return waiting === undefined ? null : transactionView(waiting);
    },
    eth_getTransactionByBlockNumberAndIndex: async (params) =>
      at(lane.getBlock(readBlock(backend, params, 0)), params),
    eth_getTransactionByBlockHashAndIndex: async (params) => at(lane.getBlock(readHash(params, 0)), params),
    eth_getTransactionReceipt: async (params) => {
      const receipt = lane.getReceipt(readHash(params, 0));
      return receipt === undefined ? null : receiptView(receipt);
    },
    eth_getTransactionCount: async (params) => {
      const address = readAddress(params, 0);
      if (params[1] === "pending") return hexQuantity(await transactions.pendingNonce(address));
      return hexQuantity(await lane.getNonce(address, readStateBlock(backend, params, 1)));
    },
  };
}

function stateMethods(backend: EthBackend): Record<string, Method> {
  const { lane } = backend;
  return {
    eth_getBalance: async (params) =>
      hexQuantity(await lane.getBalance(readAddress(params, 0), readStateBlock(backend, params, 1))),
    eth_getCode: async (params) => lane.getCode(readAddress(params, 0), readStateBlock(backend, params, 1)),
    eth_getStorageAt: async (params) =>
      lane.getStorageAt(readAddress(params, 0), readQuantity(params, 1), readStateBlock(backend, params, 2)),
    eth_call: async (params) => {
      requireNoOverrides(params[2], 2);
      return bytesToHex(await lane.call(readCall(params, 0), readStateBlock(backend, params, 1)));
    },
    eth_estimateGas: async (params) => {
      requireNoOverrides(params[2], 2);
      return hexQuantity(await lane.estimateGas(readCall(params, 0), readStateBlock(backend, params, 1)));
    },
  };
}

/** Ignoring overrides would answer another question than the one asked. */
function requireNoOverrides(overrides: unknown, position: number): void {
  const isEmpty =
    overrides === undefined ||
    overrides === null ||
    (typeof overrides === "object" && Object.keys(overrides).length === 0);
  if (!isEmpty) throw invalidArgument(position, "state overrides are not supported: leave them out");
}
