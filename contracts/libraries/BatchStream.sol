// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Batch, IProvenRoots} from "../interfaces/IProvenRoots.sol";
import {FIELD_ORDER} from "./Field.sol";
import {Operations} from "./Operations.sol";

/// @title Builds a batch's public data, the stream of docs/LEDGER.md section 5, and binds the prover's commitment to
/// it.
library BatchStream {
    uint256 internal constant HEADER_WORDS = 12;
    /// @dev An operation has its four words and its caller.
    uint256 internal constant STREAM_WORDS_PER_OP = Operations.WORDS_PER_OP + 1;
    /// @dev Words behind the stream: the commitment, zeros, which change no evaluation, up to a multiple of four, the challenge
    /// and the field's order. These two, because the compiler would compute the one and fetch the other from the code again
    /// each time.
    uint256 private constant SPARE_WORDS = 6;
    /// @dev The priority and validity bits of all operations must fit a word below the field's order.
    uint256 internal constant MAX_OPS_LIMIT = 253;

    /// @notice The hash of chain and contract that signatures and streams contain.
    function domainOf(uint256 homeChainId, address homeContract) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("NeuraChain ledger v1", homeChainId, homeContract))) >> 8;
    }

    /// @notice The hash that names the batch circuit of a size.
    function circuitIdOf(uint256 levels, uint256 maxOps, uint256 maxCells) internal pure returns (uint256) {
        bytes memory id = abi.encodePacked(
            "NeuraChain batch v1:",
            _decimal(levels),
            ":",
            _decimal(maxOps),
            ":",
            _decimal(maxCells)
        );
        return uint256(keccak256(id)) >> 8;
    }

    /// @notice The stream, and behind it six more words for {bind}.
    function build(
        Batch calldata batch,
        uint32 previousCellCount,
        uint256 domain,
        uint256 circuitId,
        uint256 maxOps,
        bytes32 laneDataHash
    ) internal pure returns (uint256[] memory words) {
        _checkOps(batch, maxOps);
        words = new uint256[](HEADER_WORDS + STREAM_WORDS_PER_OP * maxOps + SPARE_WORDS);
        words[words.length - 1] = FIELD_ORDER;
        words[0] = domain;
        words[1] = circuitId;
        words[2] = batch.number;
        words[3] = batch.previousRoot;
        words[4] = batch.root;
        words[5] = previousCellCount;
        words[6] = batch.cellCount;
        words[7] = batch.time;
        words[8] = uint256(batch.blockHash) >> 8;
        words[9] = uint256(laneDataHash) >> 8;
        words[10] = batch.priorityBits;
        words[11] = batch.validityBits;
        _copyOps(words, batch.ops);
        _placeCallers(words, batch, HEADER_WORDS + Operations.WORDS_PER_OP * maxOps);
    }

    /// @notice The public inputs r and e of the proof, from the stream and the commitment C, and the hash that r is
    /// made of, which the operator signs. r = keccak256(stream, C) mod p depends on the contract's own words and on a
    /// commitment made before r was known, so a prover whose copy of the stream differs meets the same e with a probability
    /// of length/p only (docs/LEDGER.md section 5).
    /// @param words as {build} makes them
    function bind(uint256[] memory words, uint256 commitment)
        internal
        pure
        returns (bytes32 streamHash, uint256 challenge, uint256 evaluation)
    {
        if (commitment >= FIELD_ORDER) revert IProvenRoots.CommitmentNotInField(commitment);
        uint256 streamLength = words.length - SPARE_WORDS;
        words[streamLength] = commitment;
        uint256 inField = 1;
        // Assembly, because this loop touches every word: with bounds checks it would cost three times as much, and word by
        // word half as much again.
        assembly ("memory-safe") {
            let start := add(words, 0x20)
            let lastWord := add(words, shl(5, mload(words)))
            streamHash := keccak256(start, shl(5, add(streamLength, 1)))
            mstore(sub(lastWord, 0x20), mod(streamHash, mload(lastWord)))
            // Horner's rule from the last word down to the first, four at a time; above the stream there are zeros.
            mstore(add(start, shl(5, streamLength)), 0)
            for { let group := add(start, shl(7, shr(2, add(streamLength, 3)))) } gt(group, start) {} {
                group := sub(group, 0x80)
                let order := mload(lastWord)
                let r := mload(sub(lastWord, 0x20))
                inField := and(
                    inField,
                    and(
                        and(lt(mload(group), order), lt(mload(add(group, 0x20)), order)),
                        and(lt(mload(add(group, 0x40)), order), lt(mload(add(group, 0x60)), order))
                    )
                )
                evaluation := addmod(mulmod(evaluation, r, order), mload(add(group, 0x60)), order)
                evaluation := addmod(mulmod(evaluation, r, order), mload(add(group, 0x40)), order)
                evaluation := addmod(mulmod(evaluation, r, order), mload(add(group, 0x20)), order)
                evaluation := addmod(mulmod(evaluation, r, order), mload(group), order)
            }
            challenge := mload(sub(lastWord, 0x20))
        }
        if (inField == 0) _revertWithWordNotInField(words);
    }

    function _checkOps(Batch calldata batch, uint256 maxOps) private pure {
        uint256 length = batch.ops.length;
        uint256 opCount = length / Operations.BYTES_PER_OP;
        if (length % Operations.BYTES_PER_OP != 0 || opCount > maxOps) {
            revert IProvenRoots.WrongOpsLength(maxOps * Operations.BYTES_PER_OP, length);
        }
        if (batch.priorityBits >> opCount != 0) revert IProvenRoots.WrongPriorityBits(batch.priorityBits, opCount);
        if (batch.validityBits >> opCount != (1 << (maxOps - opCount)) - 1) {
            revert IProvenRoots.WrongValidityBits(batch.validityBits, opCount);
        }
    }

    function _copyOps(uint256[] memory words, bytes calldata ops) private pure {
        // One copy instead of a load and a store per word. `build` has sized `words` for maxOps, and `ops` is no
        // longer than that.
        assembly ("memory-safe") {
            calldatacopy(add(words, shl(5, add(HEADER_WORDS, 1))), ops.offset, ops.length)
        }
    }

    /// @dev The priority bits are below the number of operations, so that every caller has its place in `words`.
    function _placeCallers(uint256[] memory words, Batch calldata batch, uint256 firstCaller) private pure {
        uint256[] calldata priority = batch.priority;
        uint256 remaining = batch.priorityBits;
        uint256 placed;
        uint256 all;
        // Assembly, because each operation costs its share of this loop. What lies behind `priority` is read when there are
        // more bits than words, and refused below.
        assembly ("memory-safe") {
            let source := priority.offset
            for { let place := add(words, shl(5, add(firstCaller, 1))) } remaining { place := add(place, 0x20) } {
                if and(remaining, 1) {
                    let word := calldataload(source)
                    all := or(all, word)
                    mstore(place, shr(96, shl(96, word)))
                    source := add(source, 0x20)
                }
                remaining := shr(1, remaining)
            }
            placed := shr(5, sub(source, priority.offset))
        }
        if (placed != priority.length) revert IProvenRoots.WrongPriorityCount(placed, priority.length);
        if (all >> Operations.PRIORITY_BITS != 0) _revertWithPriorityWord(priority);
    }

    function _revertWithPriorityWord(uint256[] calldata priority) private pure {
        for (uint256 i = 0; i < priority.length; i++) {
            if (priority[i] >> Operations.PRIORITY_BITS != 0) revert IProvenRoots.WrongPriorityWord(i, priority[i]);
        }
    }

    function _revertWithWordNotInField(uint256[] memory words) private pure {
        for (uint256 i = 0; i < words.length - SPARE_WORDS; i++) {
            if (words[i] >= FIELD_ORDER) revert IProvenRoots.WordNotInField(i, words[i]);
        }
    }

    /// @dev Decimal digits of a number below 1000, which bounds every size.
    function _decimal(uint256 value) private pure returns (bytes memory) {
        bytes1 ones = bytes1(uint8(48 + (value % 10)));
        if (value < 10) return abi.encodePacked(ones);
        bytes1 tens = bytes1(uint8(48 + ((value / 10) % 10)));
        if (value < 100) return abi.encodePacked(tens, ones);
        return abi.encodePacked(bytes1(uint8(48 + value / 100)), tens, ones);
    }
}
