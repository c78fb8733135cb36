import { bytesToHex } from "@ethereumjs/util";
import { keccak256 } from "../../state/evm/chain-rules.ts";
import { debugMethods } from "../debug/methods.ts";
import { rawMethods } from "../debug/raw.ts";
import type { Method } from "../method.ts";
import { txpoolMethods } from "../txpool/methods.ts";
import type { EthBackend } from "./backend.ts";
import { feeMethods } from "./fees.ts";
import { filterMethods } from "./filters.ts";
import { logMethods } from "./logs.ts";
import {
  blockNumber,
  readAddress,
  readBlock,
  readBoolean,
  readBytes,
  readHash,
  readIndex,
  readStateBlock,
} from "./parameters.ts";
import { simulationMethods } from "./simulations.ts";
import { stateMethods } from "./state-methods.ts";
import { ethSubscriptions } from "./subscriptions.ts";
import { blockView, hexQuantity, receiptView, transactionView } from "./views.ts";

/** All of the contract lane: `eth_*`, `net_*`, `web3_*`, `txpool_*` and `debug_*`. */
export function ethMethods(backend: EthBackend): Record<string, Method> {
  return {
    ...identityMethods(backend),
    ...blockMethods(backend),
    ...transactionMethods(backend),
    ...stateMethods(backend),
    ...simulationMethods(backend),
    ...feeMethods(backend),
    ...logMethods(backend),
    ...filterMethods(backend),
    ...ethSubscriptions(backend),
    ...txpoolMethods(backend),
    ...debugMethods(backend),
    ...rawMethods(backend),
  };
}

function identityMethods({ lane, clientVersion }: EthBackend): Record<string, Method> {
  return {
    eth_chainId: async () => hexQuantity(lane.chainId),
    eth_syncing: async () => false,
    eth_accounts: async () => [],
    eth_coinbase: async () => lane.feeRecipient,
    eth_protocolVersion: async () => "0x44",
    net_version: async () => String(lane.chainId),
    net_listening: async () => true,
    net_peerCount: async () => "0x0",
    web3_clientVersion: async () => clientVersion,
    web3_sha3: async (params) => bytesToHex(keccak256(readBytes(params, 0))),
  };
}

function blockMethods(backend: EthBackend): Record<string, Method> {
  const { lane } = backend;
  const byNumber = ([tag]: readonly unknown[]) => lane.getBlock(blockNumber(backend, tag, 0));
  const byHash = (params: readonly unknown[]) => lane.getBlock(readHash(params, 0));
  const view = (params: readonly unknown[], found: ReturnType<typeof byHash>) => {
    const isFull = readBoolean(params, 1);
    return found === undefined ? null : blockView(found, isFull);
  };
  const count = (found: ReturnType<typeof byHash>) =>
    found === undefined ? null : hexQuantity(found.transactions.length);
  const uncles = (found: ReturnType<typeof byHash>) => (found === undefined ? null : "0x0");
  const noUncle = (params: readonly unknown[]) => {
    readIndex(params, 1);
    return null;
  };
  return {
    eth_blockNumber: async () => hexQuantity(lane.head.number),
    eth_getBlockByNumber: async (params) => view(params, byNumber(params)),
    eth_getBlockByHash: async (params) => view(params, byHash(params)),
    eth_getBlockTransactionCountByNumber: async (params) => count(byNumber(params)),
    eth_getBlockTransactionCountByHash: async (params) => count(byHash(params)),
    eth_getUncleCountByBlockNumber: async (params) => uncles(byNumber(params)),
    eth_getUncleCountByBlockHash: async (params) => uncles(byHash(params)),
    eth_getUncleByBlockNumberAndIndex: async (params) => {
      byNumber(params);
      return noUncle(params);
    },
    eth_getUncleByBlockHashAndIndex: async (params) => {
      byHash(params);
      return noUncle(params);
    },
    eth_getBlockReceipts: async (params) =>
      lane.getReceipts(readBlock(backend, params, 0))?.map(receiptView) ?? null,
  };
}

function transactionMethods(backend: EthBackend): Record<string, Method> {
  const { lane, transactions } = backend;
  const at = (block: ReturnType<typeof lane.getBlock>, params: readonly unknown[]) => {
    const index = readIndex(params, 1);
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
      at(lane.getBlock(blockNumber(backend, params[0], 0)), params),
    eth_getTransactionByBlockHashAndIndex: async (params) => at(lane.getBlock(readHash(params, 0)), params),
    eth_getRawTransactionByHash: async (params) => {
      const hash = readHash(params, 0);
      const found = lane.getTransaction(hash)?.transaction ?? transactions.get(hash);
      return found === undefined ? null : bytesToHex(found.raw);
    },
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
