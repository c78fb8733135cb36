// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INrxToken} from "./INrxToken.sol";
import {Batch, IProvenRoots} from "./IProvenRoots.sol";

/// @title The home contract: holds the money, queues deposits, accepts proven batches and pays withdrawals.
interface INeuraRollup is IProvenRoots {
    /// @notice An operation waits to be included; it is the entry `index` of the queue.
    /// @param words w0..w3 of the operation, with object 0 for kinds whose object the sequencer chooses
    event OperationQueued(uint64 indexed index, address indexed caller, uint40 queuedAt, uint256[4] words);
    /// @notice The batch pays `count` withdrawals; `hash` is the keccak256 of their words.
    event WithdrawalsRecorded(uint64 indexed batch, bytes32 hash, uint256 count);
    event WithdrawalClaimed(uint64 indexed batch, uint256 index, address indexed recipient, uint256 amountWei);

    /// @notice A batch's time cannot lie in the future of this chain.
    error TimeInFuture(uint40 chainTime, uint40 actual);
    /// @notice A batch cannot contain an operation that was queued after its time.
    error QueuedAfterBatchTime(uint64 index, uint40 queuedAt, uint40 time);
    /// @notice Priority operations must be the waiting entries, in order and unchanged.
    error WrongQueueEntry(uint64 index, bytes32 expected, bytes32 actual);
    /// @notice The batch names more priority operations than wait.
    error QueueExhausted(uint64 length);
    error ZeroAmount();
    /// @notice Amounts are whole units of 1e9 wei.
    error AmountNotInUnits(uint256 amountWei);
    /// @notice Amounts are below 2^64 units.
    error AmountTooLarge(uint256 amountWei);
    error ZeroAddress();
    /// @notice The key is off the curve, not reduced, or of small order.
    error InvalidKey(uint256 pubX, uint256 pubY);
    error TokenTransferFailed();
    /// @notice The entries are not those of the batch: pass all its withdrawals in order.
    error WrongWithdrawals(bytes32 expected, bytes32 actual);
    /// @notice The batch has only `count` withdrawals.
    error UnknownWithdrawal(uint256 index, uint256 count);
    error AlreadyClaimed(uint64 batch, uint256 index);

    function token() external view returns (INrxToken);

    /// @notice Index of the first waiting entry of the queue.
    function queueHead() external view returns (uint64);

    /// @notice Index that the next queued operation gets.
    function queueTail() external view returns (uint64);

    /// @notice Hash of a waiting entry, 0 for others.
    function queueEntry(uint64 index) external view returns (bytes32);

    /// @notice keccak256 of the withdrawal words of a batch, 0 if it has none.
    function withdrawalsHashOf(uint64 batch) external view returns (bytes32);

    /// @notice Whether withdrawal `index` of `batch` has been paid.
    function isClaimed(uint64 batch, uint256 index) external view returns (bool);

    /// @notice Accepts the next batch. Only the operator.
    /// @param laneData the batch's contract-lane data, published here and bound by its hash
    function submitBatch(Batch calldata batch, bytes calldata laneData) external;

    /// @notice Queues a deposit from the caller's tokens to the ledger account (pubX, pubY, l1Address), created if it
    /// does not exist.
    /// @param l1Address the account's address for ever: deposits that cannot be placed are refunded to it
    function deposit(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) external;

    /// @notice The same with a permit. A permit that fails is ignored: somebody may have sent it before, and the
    /// allowance decides.
    function depositWithPermit(
        uint256 amountWei,
        address l1Address,
        uint256 pubX,
        uint256 pubY,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Queues a deposit to `recipient` in the contract lane.
    function depositToEvm(uint256 amountWei, address recipient) external;

    /// @notice Pays withdrawal `index` of a batch to its recipient, once. Anyone may call.
    /// @param entries all withdrawals of the batch in order, the recipient in the low 160 bits, the amount in units
    /// in the 64 bits above
    function claimWithdrawal(uint64 batch, uint256[] calldata entries, uint256 index) external;
}
