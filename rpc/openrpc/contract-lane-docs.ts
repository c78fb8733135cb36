import { listOf, type MethodDoc, method, optional, orNull, required } from "./method-doc.ts";

/** `eth_*`, `net_*`, `web3_*`, `txpool_*` and `debug_*`. */

const block = required("block", "BlockReference");
const blockTag = required("block", "BlockTag");
const maybeBlock = optional("block", "BlockReference");
const address = required("address", "Address");
const blockHash = required("blockHash", "Hash");
const transactionHash = required("transactionHash", "Hash");
const index = required("index", "Quantity");
const filterId = required("filterId", "Text");
const call = required("call", "Call");
const overrides = [
  optional("stateOverrides", "StateOverrides"),
  optional("blockOverrides", "BlockOverrides"),
];
const traceConfig = optional("config", "TraceConfig");

const identity: readonly MethodDoc[] = [
  method("eth_chainId", "The chain id, for signing", [], "Quantity"),
  method("eth_syncing", "Always false: the node makes the blocks", [], "Boolean"),
  method("eth_accounts", "Always empty: the node keeps no keys", [], listOf("Address")),
  method("eth_coinbase", "Who receives the priority fees", [], "Address"),
  method(
    "eth_protocolVersion",
    "Version of the Ethereum wire protocol whose transactions are taken",
    [],
    "Quantity",
  ),
  method("net_version", "The chain id in decimals", [], "Text"),
  method("net_listening", "Always true", [], "Boolean"),
  method("net_peerCount", "Always 0", [], "Quantity"),
  method("web3_clientVersion", "Name and version of the node", [], "Text"),
  method("web3_sha3", "Keccak-256", [required("data", "Bytes")], "Hash"),
];

const blocks: readonly MethodDoc[] = [
  method("eth_blockNumber", "Number of the newest block", [], "Quantity"),
  method(
    "eth_getBlockByNumber",
    "A block",
    [blockTag, required("withTransactions", "Boolean")],
    orNull("Block"),
  ),
  method(
    "eth_getBlockByHash",
    "A block",
    [blockHash, required("withTransactions", "Boolean")],
    orNull("Block"),
  ),
  method("eth_getBlockTransactionCountByNumber", "Transactions of a block", [blockTag], orNull("Quantity")),
  method("eth_getBlockTransactionCountByHash", "Transactions of a block", [blockHash], orNull("Quantity")),
  method("eth_getUncleCountByBlockNumber", "Always 0", [blockTag], orNull("Quantity")),
  method("eth_getUncleCountByBlockHash", "Always 0", [blockHash], orNull("Quantity")),
  method("eth_getUncleByBlockNumberAndIndex", "Always null", [blockTag, index], "Nothing"),
  method("eth_getUncleByBlockHashAndIndex", "Always null", [blockHash, index], "Nothing"),
  method("eth_getBlockReceipts", "All receipts of a block", [block], orNull(listOf("Receipt"))),
];

const transactions: readonly MethodDoc[] = [
  method(
    "eth_sendRawTransaction",
    "Sends a signed transaction of type 0, 1, 2 or 4",
    [required("transaction", "Bytes")],
    "Hash",
    ["refused"],
  ),
  method(
    "eth_getTransactionByHash",
    "A transaction, waiting or mined",
    [transactionHash],
    orNull("Transaction"),
  ),
  method(
    "eth_getTransactionByBlockNumberAndIndex",
    "A mined transaction",
    [blockTag, index],
    orNull("Transaction"),
  ),
  method(
    "eth_getTransactionByBlockHashAndIndex",
    "A mined transaction",
    [blockHash, index],
    orNull("Transaction"),
  ),
  method("eth_getRawTransactionByHash", "The bytes of a transaction", [transactionHash], orNull("Bytes")),
  method("eth_getTransactionReceipt", "What a transaction did", [transactionHash], orNull("Receipt")),
  method(
    "eth_getTransactionCount",
    "The next nonce; `pending` counts what waits",
    [address, maybeBlock],
    "Quantity",
    ["headerNotFound"],
  ),
];

const state: readonly MethodDoc[] = [
  method("eth_getBalance", "Balance in wei", [address, maybeBlock], "Quantity", ["headerNotFound"]),
  method("eth_getCode", "Code of a contract", [address, maybeBlock], "Bytes", ["headerNotFound"]),
  method(
    "eth_getStorageAt",
    "One slot of a contract",
    [address, required("slot", "StorageKey"), maybeBlock],
    "Hash",
    ["headerNotFound"],
  ),
  method(
    "eth_getStorageValues",
    "Slots of many contracts",
    [required("slots", "SlotsByAddress"), maybeBlock],
    "SlotsByAddress",
    ["headerNotFound"],
  ),
  method(
    "eth_getProof",
    "Merkle proofs of an account and its slots",
    [address, required("slots", { listOf: "StorageKey" }), maybeBlock],
    "AccountProof",
    ["headerNotFound"],
  ),
  method("eth_call", "Runs a call and forgets it", [call, maybeBlock, ...overrides], "Bytes", [
    "reverted",
    "refused",
    "headerNotFound",
  ]),
  method("eth_estimateGas", "The least gas that suffices", [call, maybeBlock, ...overrides], "Quantity", [
    "reverted",
    "refused",
    "headerNotFound",
  ]),
  method(
    "eth_createAccessList",
    "What a call touches",
    [call, maybeBlock, ...overrides],
    "AccessListResult",
    ["refused", "headerNotFound"],
  ),
  method(
    "eth_simulateV1",
    "Runs blocks of calls and forgets them",
    [required("simulation", "Simulation"), maybeBlock],
    listOf("Block"),
    ["simulation", "headerNotFound"],
  ),
];

const fees: readonly MethodDoc[] = [
  method("eth_gasPrice", "A price for a legacy transaction", [], "Quantity"),
  method("eth_baseFee", "Base fee of the next block", [], "Quantity"),
  method("eth_blobBaseFee", "Always 1: there are no blobs", [], "Quantity"),
  method("eth_maxPriorityFeePerGas", "A tip that gets in", [], "Quantity"),
  method(
    "eth_feeHistory",
    "Fees of past blocks",
    [
      required("blockCount", "Quantity"),
      required("newestBlock", "BlockTag"),
      optional("percentiles", { listOf: "Number" }),
    ],
    "FeeHistory",
    ["refused"],
  ),
];

const events: readonly MethodDoc[] = [
  method("eth_getLogs", "Logs of past blocks", [required("filter", "LogFilter")], listOf("Log"), [
    "refused",
    "limitExceeded",
  ]),
  method("eth_newFilter", "Starts to look for logs", [required("filter", "LogFilter")], "Text", [
    "limitExceeded",
  ]),
  method("eth_newBlockFilter", "Starts to look for blocks", [], "Text", ["limitExceeded"]),
  method("eth_newPendingTransactionFilter", "Starts to look for accepted transactions", [], "Text", [
    "limitExceeded",
  ]),
  method(
    "eth_getFilterChanges",
    "What is new since the last call; a filter lives 5 minutes after it",
    [filterId],
    listOf("Anything"),
    ["filterNotFound", "limitExceeded"],
  ),
  method("eth_getFilterLogs", "All logs of a log filter", [filterId], listOf("Log"), [
    "filterNotFound",
    "limitExceeded",
  ]),
  method("eth_uninstallFilter", "Ends a filter", [filterId], "Boolean"),
  method(
    "eth_subscribe",
    "Over WebSocket: newHeads, logs (with a filter), newPendingTransactions (true for whole ones), syncing",
    [required("feed", "Text"), optional("options", "Anything")],
    "Text",
    ["notificationsUnsupported", "limitExceeded"],
  ),
  method("eth_unsubscribe", "Ends a subscription", [required("subscription", "Text")], "Boolean", [
    "notificationsUnsupported",
    "subscriptionNotFound",
  ]),
];

const pool: readonly MethodDoc[] = [
  method("txpool_status", "How many transactions wait", [], "PoolStatus"),
  method("txpool_content", "All waiting transactions", [], "PoolContent"),
  method("txpool_contentFrom", "Waiting transactions of one sender", [address], "PoolContent"),
  method("txpool_inspect", "Waiting transactions in words", [], "PoolContent"),
];

const traces: readonly MethodDoc[] = [
  method("debug_traceTransaction", "What a transaction did", [transactionHash, traceConfig], "Anything", [
    "refused",
  ]),
  method("debug_traceCall", "What a call would do", [call, maybeBlock, traceConfig], "Anything", [
    "refused",
    "headerNotFound",
  ]),
  method(
    "debug_traceBlockByNumber",
    "What the transactions of a block did",
    [blockTag, traceConfig],
    listOf("Anything"),
    ["refused"],
  ),
  method(
    "debug_traceBlockByHash",
    "What the transactions of a block did",
    [blockHash, traceConfig],
    listOf("Anything"),
    ["refused"],
  ),
];

const raw: readonly MethodDoc[] = [
  method("debug_getRawHeader", "A header in RLP", [block], "Bytes", ["refused"]),
  method("debug_getRawBlock", "A block in RLP", [block], "Bytes", ["refused"]),
  method("debug_getRawReceipts", "The receipts of a block as they are hashed", [block], listOf("Bytes"), [
    "refused",
  ]),
  method(
    "debug_getRawTransaction",
    "The bytes of a transaction; 0x if there is none",
    [transactionHash],
    "Bytes",
  ),
];

export const contractLaneDocs: readonly MethodDoc[] = [
  ...identity,
  ...blocks,
  ...transactions,
  ...state,
  ...fees,
  ...events,
  ...pool,
  ...traces,
  ...raw,
];
