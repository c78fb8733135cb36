// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INeuraRollup} from "../interfaces/INeuraRollup.sol";
import {Batch, PriorityMeta} from "../interfaces/IProvenRoots.sol";
import {BatchStream} from "./BatchStream.sol";
import {Operations} from "./Operations.sol";

/// @title The home chain's queue of operations: consumed in order, never skipped, never altered (docs/LEDGER.md section 7).
library OperationQueue {
    /// @param head index of the first waiting entry
    /// @param tail index of the next entry to be queued
    /// @param entries hashes of the waiting entries; cleared when consumed, which the chain pays back in part
    struct Queue {
        uint64 head;
        uint64 tail;
        mapping(uint64 index => bytes32) entries;
    }

    /// @notice Appends an operation of the caller. Its words must keep the ranges of docs/LEDGER.md section 7, for the circuit has
    /// no assignment outside them and such an entry would stop the rollup for ever: check before calling.
    function push(Queue storage self, uint256[4] memory words) internal {
        uint64 index = self.tail;
        uint40 queuedAt = uint40(block.timestamp);
        self.tail = index + 1;
        self.entries[index] = _entryHash(words[0], words[1], words[2], words[3], msg.sender, queuedAt);
        emit INeuraRollup.OperationQueued(index, msg.sender, queuedAt, words);
    }

    /// @notice Takes the batch's priority operations off the queue.
    /// @param words the batch's stream
    function consume(Queue storage self, uint256[] memory words, Batch calldata batch) internal {
        uint256 remaining = batch.priorityBits;
        if (remaining == 0) return;
        uint64 index = self.head;
        uint64 tail = self.tail;
        uint256 consumed = 0;
        for (uint256 position = BatchStream.HEADER_WORDS; remaining != 0; position += Operations.WORDS_PER_OP) {
            if (remaining & 1 == 1) {
                if (index == tail) revert INeuraRollup.QueueExhausted(tail);
                _consumeEntry(self, index, words, position, batch.priority[consumed], batch.time);
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
        uint256 head = Operations.authoredHead(words[position]);
        bytes32 actual = _entryHash(head, words[position + 1], words[position + 2], words[position + 3], meta.caller, meta.queuedAt);
        bytes32 expected = self.entries[index];
        if (expected != actual) revert INeuraRollup.WrongQueueEntry(index, expected, actual);
        if (meta.queuedAt > time) revert INeuraRollup.QueuedAfterBatchTime(index, meta.queuedAt, time);
        delete self.entries[index];
    }

    function _entryHash(uint256 w0, uint256 w1, uint256 w2, uint256 w3, address caller, uint40 queuedAt)
        private
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(w0, w1, w2, w3, caller, queuedAt));
    }
}
