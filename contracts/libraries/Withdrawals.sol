// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INeuraRollup} from "../interfaces/INeuraRollup.sol";
import {Batch} from "../interfaces/IProvenRoots.sol";
import {BatchStream} from "./BatchStream.sol";
import {Operations} from "./Operations.sol";

/// @title What a batch owes to addresses of the home chain, and what of it has been paid.
library Withdrawals {
    /// @param hashOf keccak256 of a batch's withdrawal words
    /// @param claimed bit i of a batch: withdrawal i has been paid. One word suffices: a batch has at most 253
    /// operations
    struct Ledger {
        mapping(uint64 batch => bytes32) hashOf;
        mapping(uint64 batch => uint256) claimed;
    }

    /// @notice Records the withdrawals among the batch's operations: valid withdrawals to home, and refunds of
    /// invalid deposits. Validity is the proof's statement, so the batch must be verified in the same transaction.
    function record(Ledger storage self, uint256[] memory words, Batch calldata batch) internal {
        uint256 opCount = batch.ops.length / Operations.BYTES_PER_OP;
        uint256[] memory entries = new uint256[](opCount);
        uint256 validityBits = batch.validityBits;
        uint256 count = 0;
        for (uint256 i = 0; i < opCount; i++) {
            uint256 position = BatchStream.HEADER_WORDS + Operations.WORDS_PER_OP * i;
            uint256 w0 = words[position];
            uint256 kind = Operations.kindOf(w0);
            bool valid = (validityBits >> i) & 1 == 1;
            bool leaves = kind == Operations.WITHDRAW && valid && Operations.chainOf(w0) == Operations.HOME;
            // Only what came through the queue has brought tokens.
            bool queued = (batch.priorityBits >> i) & 1 == 1;
            bool refunded = kind == Operations.DEPOSIT && queued && !valid;
            if (leaves || refunded) {
                entries[count] = uint160(words[position + 1]) | Operations.amountUnitsOf(w0) << 160;
                count++;
            }
        }
        if (count == 0) return;
        bytes32 hash;
        assembly ("memory-safe") {
            hash := keccak256(add(entries, 0x20), shl(5, count))
        }
        self.hashOf[batch.number] = hash;
        emit INeuraRollup.WithdrawalsRecorded(batch.number, hash, count);
    }

    /// @notice Marks a withdrawal as paid.
    function take(Ledger storage self, uint64 batch, uint256[] calldata entries, uint256 index)
        internal
        returns (address recipient, uint256 amountUnits)
    {
        bytes32 expected = self.hashOf[batch];
        bytes32 actual = keccak256(abi.encodePacked(entries));
        if (expected != actual) revert INeuraRollup.WrongWithdrawals(expected, actual);
        if (index >= entries.length) revert INeuraRollup.UnknownWithdrawal(index, entries.length);
        if (isClaimed(self, batch, index)) revert INeuraRollup.AlreadyClaimed(batch, index);
        self.claimed[batch] |= 1 << index;
        return (address(uint160(entries[index])), entries[index] >> 160);
    }

    function isClaimed(Ledger storage self, uint64 batch, uint256 index) internal view returns (bool) {
        return index < 256 && (self.claimed[batch] >> index) & 1 == 1;
    }
}
