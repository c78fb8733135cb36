// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Batch} from "../interfaces/IProvenRoots.sol";
import {IWithdrawals} from "../interfaces/IWithdrawals.sol";
import {BatchStream} from "./BatchStream.sol";
import {Operations} from "./Operations.sol";

/// @title What batches owe to addresses of a chain, and what of it has been paid. Validity is the proof's statement, so
/// a batch must be verified in the transaction that records it.
library Withdrawals {
    /// @dev Bit k is set when an operation of kind k can pay somebody: most cannot, and are passed by quickly.
    uint256 private constant PAYING_KINDS = 1 << Operations.WITHDRAW | 1 << Operations.DEPOSIT;

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
        uint256 priorityBits = batch.priorityBits;
        uint256 validityBits = batch.validityBits;
        uint256[] memory entries = new uint256[](opCount);
        uint256 count = 0;
        // No more than 253 operations of less than 2^64 units each.
        unchecked {
            for (uint256 i = 0; i < opCount; i++) {
                uint256 w0 = _firstWordOf(words, i);
                uint256 kind = Operations.kindOf(w0);
                if ((PAYING_KINDS >> kind) & 1 == 0) continue;
                bool isValid = (validityBits >> i) & 1 == 1;
                if (kind == Operations.DEPOSIT) {
                    // Only what came through the queue has brought tokens, which go back if it is invalid.
                    if (isValid || (priorityBits >> i) & 1 == 0) continue;
                } else {
                    if (!isValid) continue;
                    uint256 chain = Operations.chainOf(w0);
                    if (chain != Operations.HOME && chain <= mirrorCount) {
                        if (outUnits.length == 0) outUnits = new uint256[](mirrorCount + 1);
                        outUnits[chain] += Operations.amountUnitsOf(w0);
                        continue;
                    }
                }
                _append(entries, count++, words, i);
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
        for (uint256 i = 0; i < opCount; i++) {
            uint256 w0 = _firstWordOf(words, i);
            if (Operations.kindOf(w0) != Operations.WITHDRAW) continue;
            bool isValid = (batch.validityBits >> i) & 1 == 1;
            if (isValid && Operations.chainOf(w0) == mirrorNumber) _append(entries, count++, words, i);
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

    /// @dev w0 of operation i, which the stream has. Without the check of an array's bounds, which would cost as much again.
    function _firstWordOf(uint256[] memory words, uint256 i) private pure returns (uint256 w0) {
        uint256 headerBytes = 32 * (1 + BatchStream.HEADER_WORDS);
        assembly ("memory-safe") {
            w0 := mload(add(add(words, headerBytes), shl(7, i)))
        }
    }

    /// @dev Entry `count`, of operation i: there are as many places as operations.
    function _append(uint256[] memory entries, uint256 count, uint256[] memory words, uint256 i) private pure {
        uint256 headerBytes = 32 * (1 + BatchStream.HEADER_WORDS);
        uint256 amountUnits = Operations.amountUnitsOf(_firstWordOf(words, i));
        assembly ("memory-safe") {
            let w1 := mload(add(add(words, add(headerBytes, 0x20)), shl(7, i)))
            mstore(add(entries, shl(5, add(count, 1))), or(shr(96, shl(96, w1)), shl(160, amountUnits)))
        }
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
