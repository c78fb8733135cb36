import { parseAbi } from "viem";

/** The parts of NrxToken that wallets use. */
export const tokenAbi = parseAbi([
  "function approve(address spender, uint256 amountWei) returns (bool)",
  "function transfer(address to, uint256 amountWei) returns (bool)",
  "function allowance(address owner, address spender) view returns (uint256)",
  "function balanceOf(address owner) view returns (uint256)",
  "error InsufficientBalance(address owner, uint256 balanceWei, uint256 neededWei)",
  "error InsufficientAllowance(address owner, address spender, uint256 allowanceWei, uint256 neededWei)",
]);

/** What home and mirrors have in common: proven roots and reads of cells under them. */
export const rootsAbi = parseAbi([
  "struct Checkpoint { uint64 number; uint40 time; uint32 cellCount; }",
  "function latest() view returns (Checkpoint)",
  "function rootOf(uint64 number) view returns (uint256)",
  "function readCell(uint64 number, uint256 id, uint256[4] fields, uint256[8] proof) view returns (bool)",
  "error UnknownBatch(uint64 number)",
]);

/** Withdrawals, the same on home and on mirrors. */
export const withdrawalsAbi = parseAbi([
  "function claimWithdrawal(uint64 batch, uint256[] entries, uint256 index)",
  "function isClaimed(uint64 batch, uint256 index) view returns (bool)",
  "event WithdrawalClaimed(uint64 indexed batch, uint256 index, address indexed recipient, uint256 amountWei)",
  "error WrongWithdrawals(bytes32 expected, bytes32 actual)",
  "error UnknownWithdrawal(uint256 index, uint256 count)",
  "error AlreadyClaimed(uint64 batch, uint256 index)",
]);

/** What home demands of a deposit, and a mirror of a return. */
const depositErrors = [
  "error ZeroAmount()",
  "error AmountNotInUnits(uint256 amountWei)",
  "error AmountTooLarge(uint256 amountWei)",
  "error ZeroAddress()",
  "error InvalidKey(uint256 pubX, uint256 pubY)",
  "error InsufficientBalance(address owner, uint256 balanceWei, uint256 neededWei)",
] as const;

/** The parts of NeuraRollup that wallets use, withdrawals aside. */
export const rollupAbi = parseAbi([
  "struct Terms { uint32 inclusionDelay; uint32 entryInterval; uint32 freezeDelay; uint32 bondDelay; uint64 feeStepWei; uint8 mirrorCount; address recovery; }",
  "struct QueueState { uint64 head; uint64 tail; uint40 newestDeadline; uint256 potWei; }",
  "function terms() view returns (Terms)",
  "function queueState() view returns (QueueState)",
  "function queueFeeWei() view returns (uint256)",
  "function isFrozen() view returns (bool)",
  "function deposit(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) payable",
  "function depositToEvm(uint256 amountWei, address recipient) payable",
  "function enqueue(uint256[4] words) payable",
  "event OperationQueued(uint64 indexed index, address indexed caller, uint40 queuedAt, uint40 deadline, uint256[4] words)",
  ...depositErrors,
  "error InsufficientAllowance(address owner, address spender, uint256 allowanceWei, uint256 neededWei)",
  "error TokenTransferFailed()",
  "error LedgerFrozen()",
  "error QueuedWordTooLarge(uint256 index, uint256 limit, uint256 actual)",
  "error DepositWithoutTokens(uint256 kind)",
  "error QueuedFeeNotZero(uint256 feeUnits)",
  "error QueuedObjectNotZero(uint256 object)",
  "error QueueFeeTooLow(uint256 expectedWei, uint256 actualWei)",
  "error CoinTransferFailed(address recipient, uint256 amountWei)",
]);

/** The parts of NeuraMirror that wallets use, withdrawals aside. */
export const mirrorAbi = parseAbi([
  "function mirrorNumber() view returns (uint8)",
  "function bridgedToken() view returns (address)",
  "function returnHome(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY)",
  "event ReturnQueued(uint64 index, uint256 amountUnits, address l1Address, uint256 pubX, uint256 pubY)",
  ...depositErrors,
]);
