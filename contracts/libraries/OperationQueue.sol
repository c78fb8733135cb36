// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INeuraRollup} from "../interfaces/INeuraRollup.sol";
import {Batch, PriorityMeta} from "../interfaces/IProvenRoots.sol";
import {BatchStream} from "./BatchStream.sol";
import {Operations} from "./Operations.sol";

/// @title The home chain's queue of operations: consumed in order, never skipped, never altered (docs/LEDGER.md
/// section 7).
library OperationQueue {
    /// @param head index of the first waiting entry
    /// @param tail index of the next entry to be queued
    /// @param entries hashes of the waiting entries; cleared when consumed, which the chain pays back in part
    struct Queue {
        uint64 head;
        uint64 tail;
        mapping(uint64 index => bytes32) entries;
    }

    /// @notice Appends an operation of the caller. Its words must keep the ranges of docs/LEDGER.md section 7, for
    /// the circuit has no assignment outside them and such an entry would stop the rollup for ever: check before
    /// calling.
    function push(Queue storage self, uint256[4] memory words) internal {
        uint64 index = self.tail;
        uint40 queuedAt = uint40(block.timestamp);
        self.tail = index + 1;
        self.entries[index] = keccak256(abi.encode(words, msg.sender, queuedAt));
        emit INeuraRollup.OperationQueued(index, msg.sender, queuedAt, words);
    }

    /// @notice Takes the batch's priority operations off the queue.
    /// @param words the batch's stream
    function consume(Queue storage self, uint256[] memory words, Batch calldata batch) internal {
        uint256 remaining = batch.priorityBits;
        if (remaining == 0) return;
        PriorityMeta[] calldata priority = batch.priority;
        uint40 time = batch.time;
        uint64 index = self.head;
        uint64 tail = self.tail;
        uint256 consumed = 0;
        for (uint256 position = BatchStream.HEADER_WORDS; remaining != 0; position += Operations.WORDS_PER_OP) {
            if (remaining & 1 == 1) {
                if (index == tail) revert INeuraRollup.QueueExhausted(tail);
                _consumeEntry(self, index, words, position, priority[consumed], time);
                index++;
                consumed++;
            }
            remaining >>= 1;
        }
        self.head = index;
    }

    function _consumeEntry(
        Queue storage self,
        uint64 index,
        uint256[] memory words,
        uint256 position,
        PriorityMeta calldata meta,
        uint40 time
    ) private {
        uint40 queuedAt = meta.queuedAt;
        bytes32 actual = _authoredHash(words, position, meta.caller, queuedAt);
        bytes32 expected = self.entries[index];
        if (expected != actual) revert INeuraRollup.WrongQueueEntry(index, expected, actual);
        if (queuedAt > time) revert INeuraRollup.QueuedAfterBatchTime(index, queuedAt, time);
        delete self.entries[index];
    }

    /// @dev Hash of the entry that the operation at `position` of the stream would have been.
    function _authoredHash(uint256[] memory words, uint256 position, address from, uint40 queuedAt)
        private
        pure
        returns (bytes32 hash)
    {
        uint256 head = Operations.authoredHead(words[position]);
        // Assembly saves the copies of an encoding for each entry. An operation's four words are whole in every
        // stream.
        assembly ("memory-safe") {
            let entry := mload(0x40)
            mcopy(entry, add(words, shl(5, add(position, 1))), 0x80)
            mstore(entry, head)
            mstore(add(entry, 0x80), from)
            mstore(add(entry, 0xa0), queuedAt)
            hash := keccak256(entry, 0xc0)
        }
    }
}
