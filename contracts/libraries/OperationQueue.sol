// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEscape} from "../interfaces/IEscape.sol";
import {IOperationQueue} from "../interfaces/IOperationQueue.sol";
import {Batch} from "../interfaces/IProvenRoots.sol";
import {BatchStream} from "./BatchStream.sol";
import {Operations} from "./Operations.sol";

/// @title The home chain's queue of operations: consumed in order, never skipped, never altered (docs/LEDGER.md
/// section 7, docs/SETTLEMENT.md section 3).
library OperationQueue {
    /// @dev Entries that wait without a fee, and the width of a step of the fee.
    uint256 private constant FEE_STEP_ENTRIES = 16;
    /// @dev Batches that the operator may still put before an overdue entry: those that were made before it came, and
    /// waited for their proofs when the operator or the chain stood still. More would be a way to keep it out.
    uint8 private constant MAX_DELAYS = 32;
    /// @dev Low bits of an entry, which hold its deadline. What is left of the hash still takes 2^108 steps to collide.
    uint256 private constant DEADLINE_MASK = type(uint40).max;

    /// @param head index of the first waiting entry
    /// @param tail index of the next entry to be queued
    /// @param newestDeadline deadline of the entry that was queued last
    /// @param isClosed nothing is queued or consumed any more
    /// @param isOpenToAll batches need no operator, whatever the deadlines say. It stands here because every batch
    /// reads this slot
    /// @param delays batches that the operator has put before the first waiting entry since it was overdue
    /// @param potWei fees of the waiting entries. All coins of a chain are far below 2^96 wei
    struct Cursor {
        uint48 head;
        uint48 tail;
        uint40 newestDeadline;
        bool isClosed;
        bool isOpenToAll;
        uint8 delays;
        uint96 potWei;
    }

    /// @param entries the waiting entries, each a truncated hash and a deadline; cleared when consumed, which the chain
    /// pays back in part
    struct Queue {
        Cursor cursor;
        mapping(uint64 index => uint256) entries;
    }

    /// @notice Appends an operation of the caller, who pays the fee. Its words must keep the ranges of docs/LEDGER.md
    /// section 7, for the circuit has no assignment outside them and such an entry would stop the rollup for ever:
    /// check before calling.
    /// @return index of the entry
    /// @return excessWei what the caller has sent above the fee and gets back
    function push(
        Queue storage self,
        uint256[4] memory words,
        uint256 inclusionDelay,
        uint256 entryInterval,
        uint256 feeStepWei
    ) internal returns (uint64 index, uint256 excessWei) {
        Cursor memory cursor = self.cursor;
        if (cursor.isClosed) revert IOperationQueue.LedgerFrozen();
        uint256 fee = _feeWei(cursor, feeStepWei);
        if (msg.value < fee) revert IOperationQueue.QueueFeeTooLow(fee, msg.value);

        index = cursor.tail;
        uint40 queuedAt = uint40(block.timestamp);
        uint256 deadline = _deadlineOfNext(cursor, inclusionDelay, entryInterval);
        self.entries[index] =
            uint256(keccak256(abi.encode(words, msg.sender, queuedAt))) & ~DEADLINE_MASK | deadline & DEADLINE_MASK;
        cursor.tail += 1;
        cursor.newestDeadline = uint40(deadline);
        // The caller has paid it, so it is no more than there is.
        cursor.potWei += uint96(fee);
        self.cursor = cursor;
        excessWei = msg.value - fee;
        emit IOperationQueue.OperationQueued(index, msg.sender, queuedAt, uint40(deadline), words);
    }

    /// @notice Takes the batch's priority operations off the queue; the first one at least if it is overdue, but for a
    /// few batches of the operator's.
    /// @param words the batch's stream
    /// @param isOperators the operator signed the batch
    /// @return earnedWei the pot's part for the entries taken
    function consume(Queue storage self, uint256[] memory words, Batch calldata batch, bool isOperators)
        internal
        returns (uint256 earnedWei)
    {
        Cursor memory cursor = self.cursor;
        if (batch.priorityBits == 0) {
            if (!isOverdue(self)) return 0;
            if (!isOperators || cursor.delays == MAX_DELAYS) {
                revert IOperationQueue.OverdueEntrySkipped(cursor.head, deadlineOf(self, cursor.head));
            }
            self.cursor.delays = cursor.delays + 1;
            return 0;
        }
        uint256 waiting = cursor.tail - cursor.head;
        uint256 consumed = _consumeEntries(self, cursor, words, batch);
        earnedWei = uint256(cursor.potWei) * consumed / waiting;
        cursor.head += uint48(consumed);
        cursor.delays = 0;
        cursor.potWei -= uint96(earnedWei);
        self.cursor = cursor;
    }

    /// @notice Ends the queue if its first entry has been overdue for longer than `freezeDelay`.
    /// @return potWei the pot, which leaves the queue
    function close(Queue storage self, uint256 freezeDelay) internal returns (uint256 potWei) {
        Cursor memory cursor = self.cursor;
        if (cursor.isClosed) revert IOperationQueue.LedgerFrozen();
        if (cursor.head == cursor.tail) revert IEscape.NotFreezable(0, block.timestamp);
        uint256 freezableAfter = _firstDeadline(self, cursor) + freezeDelay;
        if (block.timestamp <= freezableAfter) revert IEscape.NotFreezable(freezableAfter, block.timestamp);
        potWei = cursor.potWei;
        cursor.potWei = 0;
        cursor.isClosed = true;
        self.cursor = cursor;
    }

    /// @notice Takes a waiting entry out of its order. Only for a queue that is closed: a batch could not pass the gap.
    function remove(
        Queue storage self,
        uint64 index,
        uint256[4] memory words,
        address caller,
        uint40 queuedAt
    ) internal {
        uint256 entry = self.entries[index];
        if (entry == 0) revert IEscape.EntryNotWaiting(index);
        _requireEqual(index, entry, uint256(keccak256(abi.encode(words, caller, queuedAt))));
        delete self.entries[index];
    }

    function requireOpen(Queue storage self) internal view {
        if (self.cursor.isClosed) revert IOperationQueue.LedgerFrozen();
    }

    /// @return Whether the first waiting entry is past its deadline.
    function isOverdue(Queue storage self) internal view returns (bool) {
        Cursor memory cursor = self.cursor;
        return cursor.head != cursor.tail && block.timestamp > _firstDeadline(self, cursor);
    }

    function deadlineOf(Queue storage self, uint64 index) internal view returns (uint40) {
        return uint40(self.entries[index] & DEADLINE_MASK);
    }

    /// @dev When the first waiting entry must be consumed: by its own deadline, and by that of the newest entry, which may be
    /// earlier and cannot be kept before this one is gone.
    function _firstDeadline(Queue storage self, Cursor memory cursor) private view returns (uint256 deadline) {
        deadline = deadlineOf(self, cursor.head);
        if (cursor.newestDeadline < deadline) deadline = cursor.newestDeadline;
    }

    /// @return What the next entry pays.
    function feeWei(Queue storage self, uint256 feeStepWei) internal view returns (uint256) {
        return _feeWei(self.cursor, feeStepWei);
    }

    /// @dev One interval after the entry before, but no later than if all that wait were queued now: what was consumed
    /// long ago must not push deadlines away.
    function _deadlineOfNext(Cursor memory cursor, uint256 inclusionDelay, uint256 entryInterval)
        private
        view
        returns (uint256 deadline)
    {
        deadline = block.timestamp + inclusionDelay;
        uint256 latest = deadline + entryInterval * (cursor.tail - cursor.head);
        uint256 following = cursor.newestDeadline + entryInterval;
        if (following > latest) following = latest;
        if (following > deadline) deadline = following;
    }

    /// @dev No overflow: fewer than 2^48 entries wait and feeStepWei has 64 bits.
    function _feeWei(Cursor memory cursor, uint256 feeStepWei) private pure returns (uint256) {
        uint256 steps = (cursor.tail - cursor.head) / FEE_STEP_ENTRIES;
        return feeStepWei * steps * steps;
    }

    /// @dev The stream was made of the same words, and of their ranges.
    function _consumeEntries(
        Queue storage self,
        Cursor memory cursor,
        uint256[] memory words,
        Batch calldata batch
    ) private returns (uint256 consumed) {
        uint256 remaining = batch.priorityBits;
        uint256[] calldata priority = batch.priority;
        uint256 time = batch.time;
        uint256 index = cursor.head;
        uint256 tail = cursor.tail;
        uint256 position = BatchStream.HEADER_WORDS;
        mapping(uint64 => uint256) storage entries = self.entries;
        // Assembly takes no constants that are computed.
        (uint256 creatingKinds, uint256 objectMask) = (Operations.CREATING_KINDS, Operations.OBJECT_MASK);
        uint256 refused;
        uint256 queuedAt;
        uint256 hash;
        // Assembly, because this loop is most of what a queued operation costs beyond storage. It takes entries as long as
        // they are right; what is wrong with the first that is not, is said behind it.
        assembly ("memory-safe") {
            let source := priority.offset
            // Six words of an entry, in memory that nobody owns.
            let entry := mload(0x40)
            mstore(0x20, entries.slot)
            for { let op := add(words, shl(5, add(position, 1))) } remaining { op := add(op, 0x80) } {
                if and(remaining, 1) {
                    refused := 1
                    if eq(index, tail) { break }
                    mcopy(entry, op, 0x80)
                    let head := mload(entry)
                    let isCreating := and(shr(and(head, 0xff), creatingKinds), 1)
                    mstore(entry, and(head, not(mul(isCreating, objectMask))))
                    let meta := calldataload(source)
                    queuedAt := shr(160, meta)
                    mstore(add(entry, 0x80), shr(96, shl(96, meta)))
                    mstore(add(entry, 0xa0), queuedAt)
                    hash := keccak256(entry, 0xc0)
                    mstore(0x00, index)
                    let slot := keccak256(0x00, 0x40)
                    if or(shr(40, xor(sload(slot), hash)), gt(queuedAt, time)) { break }
                    sstore(slot, 0)
                    refused := 0
                    index := add(index, 1)
                    source := add(source, 0x20)
                }
                remaining := shr(1, remaining)
            }
        }
        if (refused != 0) {
            if (index == tail) revert IOperationQueue.QueueExhausted(uint64(tail));
            _requireEqual(uint64(index), entries[uint64(index)], hash);
            revert IOperationQueue.QueuedAfterBatchTime(uint64(index), uint40(queuedAt), uint40(time));
        }
        return index - cursor.head;
    }

    /// @dev Compares what an entry keeps of its hash with a hash.
    function _requireEqual(uint64 index, uint256 entry, uint256 hash) private pure {
        if ((entry ^ hash) >> 40 != 0) {
            revert IOperationQueue.WrongQueueEntry(
                index, bytes32(entry & ~DEADLINE_MASK), bytes32(hash & ~DEADLINE_MASK)
            );
        }
    }
}
