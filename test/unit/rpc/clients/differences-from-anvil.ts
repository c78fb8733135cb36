/** Every place where the scripts see something else on the node than on anvil, and why that is right. */
export interface IntendedDifference {
  /** In the transcript. */
  readonly path: string;
  /** Whose transcripts show it. */
  readonly clients: readonly string[];
  readonly node: RegExp;
  readonly anvil: RegExp;
  readonly reason: string;
}

const revertText =
  "geth's text of a revert ends where Solidity's own reasons end: the data says the rest, and libraries decode it. " +
  "anvil writes the data into the text";

export const intendedDifferences: readonly IntendedDifference[] = [
  {
    path: "estimates.tokenTransfer",
    clients: ["viem", "ethers", "web3.js", "cast"],
    node: /^340\d\d$/,
    anvil: /^337\d\d$/,
    reason: "the search ends within 1.5 % above the least gas, as geth's does; anvil searches on",
  },
  {
    path: "failedTransaction.gasUsed",
    clients: ["viem", "ethers", "web3.js", "cast"],
    node: /^24[5-7]\d\d$/,
    anvil: /^(23\d|24[0-4])\d\d$/,
    reason:
      "calldata costs four times what it does on home, so that it pays for its place there: a call that ends early, as this one " +
      "does, uses less gas than that",
  },
  {
    path: "insufficientFunds",
    clients: ["viem"],
    node: /InsufficientFundsError < InvalidInputRpcError/,
    anvil: /InsufficientFundsError < TransactionRejectedRpcError/,
    reason: "geth refuses with -32000, anvil with -32003; viem finds the same error by the text",
  },
  {
    path: "nonceTooLow",
    clients: ["viem"],
    node: /NonceTooLowError < InvalidInputRpcError/,
    anvil: /NonceTooLowError < TransactionRejectedRpcError/,
    reason: "geth refuses with -32000, anvil with -32003; viem finds the same error by the text",
  },
  {
    path: "refusedEstimate",
    clients: ["viem"],
    node: /< EstimateGasExecutionError < ExecutionRevertedError < RpcRequestError$/,
    anvil: /< TransactionExecutionError < ExecutionRevertedError < RpcRequestError$/,
    reason: revertText,
  },
  {
    path: "insufficientFunds",
    clients: ["web3.js", "cast"],
    node: /insufficient funds for gas \* price \+ value: address 0x[0-9a-f]{40} have 0 want \d+$/,
    anvil: /Insufficient funds for gas \* price \+ value$/,
    reason: "geth's text, with its code: it begins in lower case and says how much is missing",
  },
  {
    path: "nonceTooLow",
    clients: ["web3.js", "cast"],
    node: /nonce too low: address 0x[0-9a-f]{40}, tx: \d+ state: \d+$/,
    anvil: /nonce too low$/,
    reason: "geth's text, with its code: it says both nonces",
  },
  {
    path: "refusedEstimate",
    clients: ["web3.js", "cast"],
    node: /execution reverted(, data: .*)?$/,
    anvil: /execution reverted: custom error 0xdb42144d/,
    reason: revertText,
  },
  {
    path: "customError",
    clients: ["cast"],
    node: /execution reverted, data: /,
    anvil: /execution reverted: custom error 0xdb42144d/,
    reason: revertText,
  },
  {
    path: "panic",
    clients: ["cast"],
    node: /execution reverted: division or modulo by zero, data: /,
    anvil: /execution reverted: panic: division or modulo by zero \(0x12\), data: /,
    reason: "geth's words for Solidity's panics",
  },
];
