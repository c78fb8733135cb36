// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {FIELD_ORDER} from "./libraries/Field.sol";

/// @title Groth16 verifier (Groth, "On the Size of Pairing-based Non-interactive Arguments", 2016) for a key given at
/// deployment.
/// @dev Accepts when e(−A, B) · e(α, β) · e(Σ inputᵢ·ICᵢ, γ) · e(C, δ) = 1, by the precompiles of EIP-196 and
/// EIP-197. These reject points that are off the curve or, in G2, outside the subgroup.
contract Groth16Verifier is IGroth16Verifier {
    /// @dev Order of the base field of BN254, the bound of coordinates. Not the bound of inputs, which is
    /// FIELD_ORDER.
    uint256 private constant BASE_FIELD_ORDER =
        21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @dev Words of α, β, γ, δ before the points of the inputs.
    uint256 private constant FIXED_KEY_WORDS = 14;

    /// @dev A contract whose code is a STOP byte and the key: 2,600 gas for all of it, where storage would take 2,100
    /// a word.
    address private immutable _keyHolder;
    /// @inheritdoc IGroth16Verifier
    uint256 public immutable inputCount;

    /// @param key α, β, γ, δ, IC₀ … IC_inputCount; in G2 with the imaginary parts first, as in proofs
    constructor(uint256[] memory key) {
        if (key.length < FIXED_KEY_WORDS + 2 || key.length % 2 != 0) revert WrongKeyLength(key.length);
        for (uint256 i = 0; i < key.length; i++) {
            if (key[i] >= BASE_FIELD_ORDER) revert KeyCoordinateOutOfRange(i, key[i]);
        }
        inputCount = (key.length - FIXED_KEY_WORDS) / 2 - 1;
        _keyHolder = _store(abi.encodePacked(hex"00", key));
    }

    /// @inheritdoc IGroth16Verifier
    function verifyProof(uint256[8] calldata proof, uint256[] calldata inputs) external view returns (bool accepted) {
        if (inputs.length != inputCount) revert WrongInputCount(inputCount, inputs.length);
        for (uint256 i = 0; i < 8; i++) {
            if (proof[i] >= BASE_FIELD_ORDER) return false;
        }
        for (uint256 i = 0; i < inputs.length; i++) {
            if (inputs[i] >= FIELD_ORDER) return false;
        }
        address keyHolder = _keyHolder;
        // Memory from the free pointer on, in words: 0..23 the input of the pairing, 24..25 the running sum, 26..28 a
        // point and its scalar, 29.. the key. Assembly, because the precompiles take and give words in memory.
        assembly ("memory-safe") {
            let pairs := mload(0x40)
            let sum := add(pairs, 0x300)
            let term := add(pairs, 0x340)
            let key := add(pairs, 0x3a0)
            extcodecopy(keyHolder, key, 1, shl(5, add(FIXED_KEY_WORDS, shl(1, add(inputs.length, 1)))))

            accepted := 1
            let inputPoint := add(key, shl(5, FIXED_KEY_WORDS))
            mcopy(sum, inputPoint, 0x40)
            for { let i := 0 } lt(i, inputs.length) { i := add(i, 1) } {
                inputPoint := add(inputPoint, 0x40)
                mcopy(term, inputPoint, 0x40)
                mstore(add(term, 0x40), calldataload(add(inputs.offset, shl(5, i))))
                accepted := and(accepted, staticcall(gas(), 7, term, 0x60, term, 0x40))
                accepted := and(accepted, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
            }

            // (−A, B); the point at infinity is (0, 0) and its own negative
            calldatacopy(pairs, proof, 0xc0)
            mstore(add(pairs, 0x20), mod(sub(BASE_FIELD_ORDER, mload(add(pairs, 0x20))), BASE_FIELD_ORDER))
            // (α, β)
            mcopy(add(pairs, 0xc0), key, 0xc0)
            // (sum, γ)
            mcopy(add(pairs, 0x180), sum, 0x40)
            mcopy(add(pairs, 0x1c0), add(key, 0xc0), 0x80)
            // (C, δ)
            calldatacopy(add(pairs, 0x240), add(proof, 0xc0), 0x40)
            mcopy(add(pairs, 0x280), add(key, 0x140), 0x80)
            // The precompile answers 1 or 0, or fails on a point outside its group.
            accepted := and(accepted, staticcall(gas(), 8, pairs, 0x300, sum, 0x20))
            accepted := and(accepted, mload(sum))
        }
    }

    /// @dev Creates a contract with this code. The creation code in front copies what follows it, from byte 10 on,
    /// and returns it.
    function _store(bytes memory code) private returns (address holder) {
        bytes memory creation = abi.encodePacked(hex"61", uint16(code.length), hex"80600a5f395ff3", code);
        assembly ("memory-safe") {
            holder := create(0, add(creation, 0x20), mload(creation))
        }
        if (holder == address(0)) revert KeyNotStored();
    }
}
