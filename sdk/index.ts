/** The client library of NeuraChain: ledger keys, operations, a typed JSON-RPC client, and the home contract. */
export { MODEL_STATUS, RESERVED_CELL, TASK_KIND, TASK_PHASE } from "../state/ledger/cells.ts";
export { queuedOperationId } from "../state/ledger/operation-id.ts";
export { mirrorAbi, rollupAbi, rootsAbi, tokenAbi, withdrawalsAbi } from "./abi.ts";
export { NeuraClient, type TaskFilter } from "./client.ts";
export { pause, poll, type WaitOptions, waitForLevel } from "./confirmation.ts";
export { cidOf, contentElementOf, demandContent, taskContentOf } from "./content.ts";
export {
  NeuraResponseError,
  NeuraRpcError,
  NeuraTransportError,
  SdkError,
  type SdkErrorCode,
} from "./errors.ts";
export {
  type AccountName,
  CALLBACK_UNITS_PER_GAS,
  expireTaskCall,
  failureCode,
  type GatewayCall,
  type GatewayTask,
  gatewayAbi,
  gatewayAddress,
  MAX_CALLBACK_GAS,
  openAccountCall,
  postTaskCall,
  REQUEST_KIND,
  REQUEST_STATUS,
  requestIdsOf,
  settleTaskCall,
  withdrawToAccountCall,
  withdrawToL1Call,
} from "./gateway.ts";
export { toAddress, toHexBytes, toQuantity, toWord } from "./hex.ts";
export {
  HomeChain,
  type HomeOptions,
  type HomeTerms,
  type QueuedOperation,
} from "./home-chain.ts";
export { LedgerAccount, type SentOperation } from "./ledger-account.ts";
export {
  deriveLedgerKey,
  type LedgerKey,
  type LedgerNetwork,
  ledgerKeyMessage,
  type WalletSigner,
} from "./ledger-key.ts";
export { demandMembership } from "./ledger-proof.ts";
export { MirrorChain, type QueuedReturn } from "./mirror-chain.ts";
export {
  type AuthorizationTerms,
  buildOperation,
  type OperationSigner,
  type SignedOperation,
} from "./operations.ts";
export {
  demandReceipt,
  type Exchange,
  type Receipt,
  ReceiptLog,
  type ReceiptProof,
  type ReceiptScope,
  receiptLeaf,
} from "./receipts.ts";
export type { ModelReference, OperationRequest, TaskKind, TaskReference } from "./requests.ts";
export { SettlementReader, WEI_PER_UNIT, withdrawalWords } from "./settlement.ts";
export * from "./types.ts";
export { VoucherCollector, type VoucherCollectorOptions } from "./voucher-collector.ts";
export { VoucherIssuer, type VoucherIssuerOptions } from "./voucher-issuer.ts";
export {
  type CollectorState,
  claimFromJson,
  claimToJson,
  type IssuerState,
  receiptFromJson,
  receiptToJson,
  voucherFromJson,
  voucherToJson,
} from "./voucher-json.ts";
export type { PriceOf, Voucher, VoucherClaim } from "./vouchers.ts";
export { DEFAULT_SETTLEMENT_DELAYS, type OperationWarning, type SettlementDelays } from "./warnings.ts";
