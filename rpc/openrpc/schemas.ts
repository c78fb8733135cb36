/** JSON schemas of what goes in and out, by name. */

type JsonSchema = Readonly<Record<string, unknown>>;

const text = (pattern: string, description: string): JsonSchema => ({ type: "string", pattern, description });
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const list = (items: JsonSchema): JsonSchema => ({ type: "array", items });
const described = (schema: JsonSchema, description: string): JsonSchema => ({ allOf: [schema], description });
const nullable = (schema: JsonSchema): JsonSchema => ({ oneOf: [schema, { type: "null" }] });

function object(
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
  requiredNames: readonly string[] = [],
): JsonSchema {
  const required = requiredNames.length === 0 ? {} : { required: requiredNames };
  return { type: "object", description, properties, ...required };
}

const address = ref("Address");
const hash = ref("Hash");
const quantity = ref("Quantity");
const bytes = ref("Bytes");
const flag = { type: "boolean" };

const primitives = {
  Address: text("^0x[0-9a-fA-F]{40}$", "20 bytes"),
  Hash: text("^0x[0-9a-fA-F]{64}$", "32 bytes"),
  Quantity: text("^0x(0|[1-9a-fA-F][0-9a-fA-F]*)$", "A number in hex without leading zeros"),
  Bytes: text("^0x([0-9a-fA-F]{2})*$", "Bytes in hex"),
  StorageKey: text("^0x[0-9a-fA-F]{0,64}$", "A storage slot, up to 32 bytes"),
  Text: { type: "string" },
  Boolean: flag,
  Number: { type: "number" },
  Anything: {},
  Nothing: { type: "null" },
};

const blocks = {
  BlockTag: {
    oneOf: [{ type: "string", enum: ["latest", "pending", "safe", "finalized", "earliest"] }, quantity],
    description:
      "A number or a tag. safe: its batch is settled on the home chain; finalized: and that block of the home chain " +
      "is final; pending is the newest block, since nothing is executed before it is in a block.",
  },
  BlockReference: {
    oneOf: [
      ref("BlockTag"),
      hash,
      object("EIP-1898", { blockNumber: ref("BlockTag"), blockHash: hash, requireCanonical: flag }),
    ],
  },
  Header: object("A block header", {
    number: quantity,
    hash,
    parentHash: hash,
    stateRoot: hash,
    transactionsRoot: hash,
    receiptsRoot: hash,
    logsBloom: bytes,
    miner: address,
    gasLimit: quantity,
    gasUsed: quantity,
    timestamp: quantity,
    baseFeePerGas: quantity,
    extraData: described(
      bytes,
      "The data price of the next block, in wei for a unit of home's gas: big-endian, empty for 0",
    ),
  }),
  Block: object("A header with its transactions, hashes or whole", {
    number: quantity,
    hash,
    parentHash: hash,
    size: quantity,
    transactions: list({ oneOf: [hash, ref("Transaction")] }),
    uncles: list(hash),
  }),
  FeeHistory: object("Fees of past blocks", {
    oldestBlock: quantity,
    baseFeePerGas: list(quantity),
    gasUsedRatio: nullable(list({ type: "number" })),
    reward: list(list(quantity)),
  }),
};

const transactions = {
  Transaction: object(
    "A transaction; block and index are null while it waits",
    {
      hash,
      type: quantity,
      from: address,
      to: nullable(address),
      nonce: quantity,
      value: quantity,
      gas: quantity,
      gasPrice: quantity,
      input: bytes,
      blockHash: nullable(hash),
      blockNumber: nullable(quantity),
      transactionIndex: nullable(quantity),
    },
    ["hash", "type", "from", "nonce", "input"],
  ),
  Receipt: object(
    "What a transaction did",
    {
      transactionHash: hash,
      transactionIndex: quantity,
      blockHash: hash,
      blockNumber: quantity,
      from: address,
      to: nullable(address),
      status: quantity,
      type: quantity,
      gasUsed: quantity,
      cumulativeGasUsed: quantity,
      effectiveGasPrice: quantity,
      contractAddress: nullable(address),
      logs: list(ref("Log")),
      logsBloom: bytes,
      l1GasUsed: described(
        quantity,
        "Home's gas of the transaction's bytes, 40 a byte and 10 a zero byte. This and the next two are left out for system " +
          "transactions, and while the data price is 0",
      ),
      l1GasPrice: described(
        quantity,
        "The block's data price: wei for a unit of that gas, as the parent's extraData says",
      ),
      l1Fee: described(
        quantity,
        "The part of gasUsed * effectiveGasPrice that pays for the bytes on home. Nothing is paid beside it",
      ),
    },
    ["transactionHash", "status", "gasUsed", "logs"],
  ),
  Log: object("An event of a contract", {
    address,
    topics: list(hash),
    data: bytes,
    blockNumber: quantity,
    blockHash: hash,
    transactionHash: hash,
    transactionIndex: quantity,
    logIndex: quantity,
    removed: flag,
  }),
  LogFilter: object("Which logs; at most 10000 blocks and 10000 logs", {
    fromBlock: ref("BlockTag"),
    toBlock: ref("BlockTag"),
    blockHash: hash,
    address: { oneOf: [address, list(address)] },
    topics: list(nullable({ oneOf: [hash, list(nullable(hash))] })),
  }),
  PoolStatus: object("How many transactions wait", { pending: quantity, queued: quantity }),
  PoolContent: object("Waiting transactions by nonce, of one sender or by sender", {
    pending: { type: "object" },
    queued: { type: "object" },
  }),
};

const calls = {
  Call: object("A transaction that need not be signed", {
    from: address,
    to: nullable(address),
    gas: quantity,
    gasPrice: quantity,
    maxFeePerGas: quantity,
    maxPriorityFeePerGas: quantity,
    value: quantity,
    nonce: quantity,
    chainId: quantity,
    input: bytes,
    data: bytes,
    accessList: ref("AccessList"),
    authorizationList: list({ type: "object" }),
  }),
  AccessList: list(object("EIP-2930", { address, storageKeys: list(hash) })),
  AccessListResult: object("The list, the gas with it, and why the call fails if it does", {
    accessList: ref("AccessList"),
    gasUsed: quantity,
    error: { type: "string" },
  }),
  SlotsByAddress: {
    type: "object",
    description: "By address: the slots, 32 bytes each",
    additionalProperties: list({ type: "string" }),
  },
  StateOverrides: {
    type: "object",
    description: "By address: what to pretend about the account",
    additionalProperties: object("An account", {
      balance: quantity,
      nonce: quantity,
      code: bytes,
      state: { type: "object" },
      stateDiff: { type: "object" },
    }),
  },
  BlockOverrides: object("What to pretend about the block", {
    number: quantity,
    time: quantity,
    gasLimit: quantity,
    feeRecipient: address,
    prevRandao: hash,
    baseFeePerGas: quantity,
  }),
  AccountProof: object("EIP-1186", {
    address,
    balance: quantity,
    nonce: quantity,
    codeHash: hash,
    storageHash: hash,
    accountProof: list(bytes),
    storageProof: list(object("A slot", { key: { type: "string" }, value: quantity, proof: list(bytes) })),
  }),
  Simulation: object(
    "Blocks of calls",
    {
      blockStateCalls: list(
        object("A block", {
          blockOverrides: ref("BlockOverrides"),
          stateOverrides: ref("StateOverrides"),
          calls: list(ref("Call")),
        }),
      ),
      traceTransfers: flag,
      validation: flag,
      returnFullTransactions: flag,
    },
    ["blockStateCalls"],
  ),
  TraceConfig: object("What to trace", {
    tracer: { type: "string", enum: ["structLogger", "callTracer", "prestateTracer", "noopTracer"] },
    tracerConfig: { type: "object" },
    enableMemory: flag,
    enableReturnData: flag,
    disableStack: flag,
    disableStorage: flag,
    limit: { type: "integer" },
    stateOverrides: ref("StateOverrides"),
    blockOverrides: ref("BlockOverrides"),
  }),
};

const ledger = {
  CellId: text("^0x[0-9a-fA-F]+$", "Number of a cell of the ledger, below 2^24"),
  FieldElement: text("^0x[0-9a-fA-F]+$", "Below the order of the field"),
  SignedOperation: object("docs/LEDGER.md", {
    words: list(hash),
    nonce: quantity,
    maxFeeUnits: quantity,
    validUntil: quantity,
    signature: { type: "object" },
  }),
  LedgerObject: { type: "object", description: "A noun of the ledger: docs/LEDGER.md" },
};

export const schemas = { ...primitives, ...blocks, ...transactions, ...calls, ...ledger };

export type SchemaName = keyof typeof schemas;
