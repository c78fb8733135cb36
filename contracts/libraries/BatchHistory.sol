// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchHistory} from "../interfaces/IBatchHistory.sol";

/// @title Which batches were accepted, as one hash: h(0) is the genesis root, h(n) = keccak256(h(n−1) ‖ stream hash of
/// batch n) (docs/SETTLEMENT.md section 2).
/// @dev A slot for each batch would cost it 22,100 gas; this one costs 5,000. It starts from the genesis root, which is
/// not 0, so that the first batch pays no more than the others.
library BatchHistory {
    /// @param newest h of the newest batch
    /// @param known h of earlier batches that somebody has marked or proven; 0 for others
    struct History {
        bytes32 newest;
        mapping(uint64 number => bytes32) known;
    }

    function append(History storage self, bytes32 streamHash) internal {
        self.newest = _next(self.newest, streamHash);
    }

    function setKnown(History storage self, uint64 number, bytes32 history) internal {
        self.known[number] = history;
        emit IBatchHistory.HistoryKnown(number, history);
    }

    /// @notice Reverts unless batches `number`, number + 1, … had these stream hashes, and h(number − 1) was `historyBefore`.
    /// @dev The last of them must be the newest batch or a known one: the fold is then the only one of its length that ends in
    /// what is stored there, or keccak256 has a collision.
    function requireBatches(
        History storage self,
        uint64 number,
        bytes32 historyBefore,
        bytes32[] calldata streamHashes,
        uint64 newestNumber
    ) internal view {
        uint256 last = uint256(number) + streamHashes.length - 1;
        if (number == 0 || streamHashes.length == 0 || last > newestNumber) {
            revert IBatchHistory.WrongHistoryRange(number, streamHashes.length, newestNumber);
        }
        bytes32 expected = last == newestNumber ? self.newest : self.known[uint64(last)];
        if (expected == 0) revert IBatchHistory.HistoryNotKnown(uint64(last));
        bytes32 actual = historyBefore;
        for (uint256 i = 0; i < streamHashes.length; i++) actual = _next(actual, streamHashes[i]);
        if (actual != expected) revert IBatchHistory.WrongHistory(uint64(last), expected, actual);
    }

    function _next(bytes32 history, bytes32 streamHash) private pure returns (bytes32 next) {
        // Assembly, because this is two words in the scratch space of memory and no copy.
        assembly ("memory-safe") {
            mstore(0x00, history)
            mstore(0x20, streamHash)
            next := keccak256(0x00, 0x40)
        }
    }
}
