// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Batch} from "../interfaces/IProvenRoots.sol";
import {IWithdrawals} from "../interfaces/IWithdrawals.sol";
import {BatchStream} from "./BatchStream.sol";
import {Operations} from "./Operations.sol";

/// @title What batches owe to addresses of a chain, and what of it has been paid. Validity is the proof's statement, so
/// a batch must be verified in the transaction that records it.
library Withdrawals {
    /// @param hashOf keccak256 of a batch's withdrawal words
    /// @param claimed bit i of a batch: withdrawal i has been paid. One word suffices: a batch has at most 253
    /// operations
    struct Ledger {
        mapping(uint64 batch => bytes32) hashOf;
        mapping(uint64 batch => uint256) claimed;
    }

    /// @notice Records what a batch pays on home: valid withdrawals to home or to a mirror that does not exist, and
    /// refunds of invalid deposits.
    /// @return outUnits what the batch sends to each mirror, by its number; empty if it sends nothing to mirrors
    function recordHome(Ledger storage self, uint256[] memory words, Batch calldata batch, uint256 mirrorCount)
        internal
        returns (uint256[] memory outUnits)
    {
        uint256 opCount = batch.ops.length / Operations.BYTES_PER_OP;
        uint256[] memory entries = new uint256[](opCount);
        uint256 count = 0;
        uint256 position = BatchStream.HEADER_WORDS;
        for (uint256 i = 0; i < opCount; (i, position) = _next(i, position)) {
            uint256 w0 = words[position];
            uint256 kind = Operations.kindOf(w0);
            if (kind != Operations.WITHDRAW && kind != Operations.DEPOSIT) continue;
            bool isValid = (batch.validityBits >> i) & 1 == 1;
            if (kind == Operations.DEPOSIT) {
                // Only what came through the queue has brought tokens.
                bool isQueued = (batch.priorityBits >> i) & 1 == 1;
                if (isQueued && !isValid) entries[count++] = _entryOf(words, position);
            } else if (isValid) {
                uint256 chain = Operations.chainOf(w0);
                if (chain == Operations.HOME || chain > mirrorCount) {
                    entries[count++] = _entryOf(words, position);
                } else {
                    if (outUnits.length == 0) outUnits = new uint256[](mirrorCount + 1);
                    outUnits[chain] += Operations.amountUnitsOf(w0);
                }
            }
        }
        _store(self, batch.number, entries, count);
    }

    /// @notice Records what a batch pays on the mirror of this number.
    function recordMirror(Ledger storage self, uint256[] memory words, Batch calldata batch, uint256 mirrorNumber)
        internal
    {
        uint256 opCount = batch.ops.length / Operations.BYTES_PER_OP;
        uint256[] memory entries = new uint256[](opCount);
        uint256 count = 0;
        uint256 position = BatchStream.HEADER_WORDS;
        for (uint256 i = 0; i < opCount; (i, position) = _next(i, position)) {
            uint256 w0 = words[position];
            if (Operations.kindOf(w0) != Operations.WITHDRAW) continue;
            bool isValid = (batch.validityBits >> i) & 1 == 1;
            if (isValid && Operations.chainOf(w0) == mirrorNumber) entries[count++] = _entryOf(words, position);
        }
        _store(self, batch.number, entries, count);
    }

    /// @notice Marks a withdrawal as paid.
    function take(Ledger storage self, uint64 batch, uint256[] calldata entries, uint256 index)
        internal
        returns (address recipient, uint256 amountUnits)
    {
        bytes32 expected = self.hashOf[batch];
        bytes32 actual = keccak256(abi.encodePacked(entries));
        if (expected != actual) revert IWithdrawals.WrongWithdrawals(expected, actual);
        if (index >= entries.length) revert IWithdrawals.UnknownWithdrawal(index, entries.length);
        if (isClaimed(self, batch, index)) revert IWithdrawals.AlreadyClaimed(batch, index);
        self.claimed[batch] |= 1 << index;
        return (address(uint160(entries[index])), entries[index] >> 160);
    }

    function isClaimed(Ledger storage self, uint64 batch, uint256 index) internal view returns (bool) {
        return index < 256 && (self.claimed[batch] >> index) & 1 == 1;
    }

    /// @dev The next operation and its place in the stream; a batch has no more than 253 of them.
    function _next(uint256 i, uint256 position) private pure returns (uint256, uint256) {
        unchecked {
            return (i + 1, position + Operations.WORDS_PER_OP);
        }
    }

    function _entryOf(uint256[] memory words, uint256 position) private pure returns (uint256) {
        return uint160(words[position + 1]) | Operations.amountUnitsOf(words[position]) << 160;
    }

    function _store(Ledger storage self, uint64 batch, uint256[] memory entries, uint256 count) private {
        if (count == 0) return;
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(add(entries, 0x20), shl(5, count))
        }
        self.hashOf[batch] = hash;
        emit IWithdrawals.WithdrawalsRecorded(batch, hash, count);
    }
}
