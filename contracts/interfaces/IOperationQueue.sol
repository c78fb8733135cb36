// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice The queue as a whole.
/// @param head index of the first waiting entry
/// @param tail index that the next entry gets
/// @param newestDeadline deadline of the entry that was queued last, seconds since 1970
/// @param potWei fees of the waiting entries, in the chain's own coin
struct QueueState {
    uint64 head;
    uint64 tail;
    uint40 newestDeadline;
    uint256 potWei;
}

/// @title Operations that are queued on the home chain and that batches must take in order (docs/SETTLEMENT.md
/// section 3).
interface IOperationQueue {
    /// @notice An operation waits to be included; it is the entry `index` of the queue.
    /// @param deadline last second at which it may wait; afterwards it is overdue
    /// @param words w0..w3 of the operation, with object 0 for kinds whose object the sequencer chooses
    event OperationQueued(
        uint64 indexed index,
        address indexed caller,
        uint40 queuedAt,
        uint40 deadline,
        uint256[4] words
    );
    /// @notice A part of the pot belongs to the operator, whose batch included entries, to who froze, or to a sender who
    /// could not be paid at once.
    event EarningsCredited(address indexed earner, uint256 amountWei);
    event EarningsCollected(address indexed earner, uint256 amountWei);

    /// @notice The ledger is frozen: no batch, no deposit and no entry is accepted any more.
    error LedgerFrozen();
    /// @notice A word is too large for any batch.
    error QueuedWordTooLarge(uint256 index, uint256 limit, uint256 actual);
    /// @notice Deposits have functions of their own, which bring the tokens.
    error DepositWithoutTokens(uint256 kind);
    /// @notice Queued operations pay no fee to the sequencer.
    error QueuedFeeNotZero(uint256 feeUnits);
    /// @notice The sequencer chooses the object of this kind: queue it with object 0.
    error QueuedObjectNotZero(uint256 object);
    /// @notice The queue's fee must be paid; see queueFeeWei.
    error QueueFeeTooLow(uint256 expectedWei, uint256 actualWei);
    /// @notice The chain's coin could not be sent to `recipient`.
    error CoinTransferFailed(address recipient, uint256 amountWei);
    /// @notice A batch cannot contain an operation that was queued after its time.
    error QueuedAfterBatchTime(uint64 index, uint40 queuedAt, uint40 time);
    /// @notice Priority operations must be the waiting entries, in order and unchanged. Both hashes without their
    /// lowest 40 bits.
    error WrongQueueEntry(uint64 index, bytes32 expected, bytes32 actual);
    /// @notice The batch names more priority operations than wait.
    error QueueExhausted(uint64 length);
    /// @notice The first waiting entry is overdue: the batch must take it. Of the operator's batches 32 may come before
    /// it, which were made already.
    error OverdueEntrySkipped(uint64 index, uint40 deadline);
    /// @notice Nothing was earned, or it was collected.
    error NoEarnings(address earner);

    /// @notice Queues an operation of any kind but the deposits. Its author is the caller. What is paid above
    /// queueFeeWei is returned.
    function enqueue(uint256[4] calldata words) external payable;

    /// @notice Pays the caller what was credited to it.
    function collectEarnings() external;

    /// @notice What the next entry must pay, in the chain's own coin.
    function queueFeeWei() external view returns (uint256);

    function queueState() external view returns (QueueState memory);

    /// @notice Index of the first waiting entry of the queue.
    function queueHead() external view returns (uint64);

    /// @notice Index that the next queued operation gets.
    function queueTail() external view returns (uint64);

    /// @notice A waiting entry, 0 for others: the upper 216 bits of its hash, and below them the deadline.
    function queueEntry(uint64 index) external view returns (bytes32);

    /// @notice Deadline of a waiting entry, 0 for others.
    function deadlineOf(uint64 index) external view returns (uint40);

    /// @notice What `earner` can collect.
    function earningsWei(address earner) external view returns (uint256);
}
