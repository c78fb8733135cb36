/** Where this chain answers the tests of the execution APIs otherwise on purpose, and why. */
interface ExplainedDifference {
  /** Tests by name ("eth_call/…"), or folders with all that is in them. */
  readonly tests: readonly string[];
  /** Places in the answer; anywhere when it is left out. Differences in other places are failures. */
  readonly paths?: RegExp;
  readonly reason: string;
}

const simulated = (...names: string[]) => names.map((name) => `eth_simulateV1/ethSimulate-${name}`);

const explainedDifferences: readonly ExplainedDifference[] = [
  {
    tests: ["eth_simulateV1"],
    paths: /\.(hash|stateRoot|parentHash|blockHash)$/,
    reason:
      "a block of this chain writes neither the history of block hashes (EIP-2935) nor a beacon root (EIP-4788) into its state, " +
      "so a simulated block has another state root, and another hash",
  },
  {
    tests: [
      ...simulated(
        "move-ecrecover-and-call-old-and-new",
        "move-ecrecover-and-call",
        "move-ecrecover-twice-and-call",
      ),
      ...simulated("move-to-address-itself-reference-38022", "move-two-accounts-to-same-38023"),
      ...simulated("move-two-non-precompiles-accounts-to-same", "try-to-move-non-precompile"),
      ...simulated(
        "override-ecrecover",
        "override-identity",
        "override-sha256",
        "use-as-many-features-as-possible",
      ),
    ],
    paths: /^(result|error|error\.code|error\.data)$/,
    reason: "movePrecompileToAddress is refused: the EVM package's precompiles stay where they are",
  },
  {
    tests: [
      "eth_getTransactionByHash/get-blob-tx",
      "eth_getTransactionReceipt/get-blob-tx",
      "eth_sendRawTransaction/send-blob-tx",
      ...simulated("blobs"),
    ],
    reason: "there are no blobs here: type 3 is refused, and its fields are not shown",
  },
  {
    tests: ["eth_getBlockReceipts", "eth_getTransactionReceipt"],
    paths: /(^|\.)(root|status)$/,
    reason: "receipts of blocks before Byzantium carried a state root; this chain began after it",
  },
  {
    tests: simulated(
      "add-more-non-defined-BlockStateCalls-than-fit-but-now-with-fit",
      "blockhash-complex",
      "blockhash-start-before-head",
      "overwrite-existing-contract",
    ),
    paths: /\.returnData$/,
    reason: "the call returns the hash of a simulated block, and that is another one (see above)",
  },
  {
    tests: simulated("fee-recipient-receiving-funds"),
    paths: /^result\[\d+\]\.baseFeePerGas$/,
    reason: "the base fee of this chain never falls below 1,000,000 wei",
  },
  {
    tests: simulated("empty-with-block-num-set-firstblock"),
    reason: "a simulated block has the rules of this chain, which began after the proof of work",
  },
  {
    tests: simulated("contract-calls-itself", "simple-send-from-contract"),
    paths: /^(result|error)$/,
    reason:
      "a contract cannot be a sender, even without validation: the EVM package has no switch for EIP-3607",
  },
  {
    tests: simulated("overflow-nonce-validation", "overflow-nonce"),
    paths: /^(result|error|error\.code)$/,
    reason:
      "the greatest nonce is refused as an invalid parameter (EIP-2681): no answer of this node is -32603",
  },
  {
    tests: ["eth_getBlockByNumber/get-block-shanghai-fork"],
    paths: /^result\.(size|withdrawals)$/,
    reason: "there are no withdrawals here, so a body is shown and measured without them",
  },
  {
    tests: ["debug_getRawBlock/get-block-n"],
    reason: "there are no uncles here, so a body is encoded without them",
  },
  {
    tests: ["debug_getRawReceipts/get-block-n"],
    reason: "receipts of blocks before Byzantium carried a state root; this chain began after it",
  },
  {
    tests: ["eth_config", "eth_capabilities"],
    reason: "this chain has had one set of rules since its genesis: there are no forks to tell of (EIP-7910)",
  },
  {
    tests: ["testing_buildBlockV1"],
    reason: "blocks are built by the sequencer alone",
  },
];

/** Why an answer may differ in one place; undefined when it may not. */
export function explain(test: string, path: string): string | undefined {
  return explainedDifferences.find(
    ({ tests, paths }) =>
      tests.some((name) => test === name || test.startsWith(`${name}/`)) && (paths?.test(path) ?? true),
  )?.reason;
}
