// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Groth16 verification on BN254 for one verification key.
interface IGroth16Verifier {
    /// @notice The key must be α (2 words), β, γ, δ (4 each) and inputCount + 1 points of 2 words.
    error WrongKeyLength(uint256 words);
    /// @notice Word `index` of the key is not a coordinate: not below the order of the base field.
    error KeyCoordinateOutOfRange(uint256 index, uint256 coordinate);
    /// @notice The contract that holds the key could not be created; deploy with more gas.
    error KeyNotStored();
    /// @notice The key belongs to a circuit with another number of public inputs.
    error WrongInputCount(uint256 expected, uint256 actual);

    /// @notice Public inputs that the key's circuit has.
    function inputCount() external view returns (uint256);

    /// @notice Whether `proof` holds for `inputs`; false also when a coordinate or an input is not reduced. False
    /// shows nothing about the statement: it may be that the call had too little gas.
    /// @param proof A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y: of an element of the extension, the imaginary part
    /// first (EIP-197)
    function verifyProof(uint256[8] calldata proof, uint256[] calldata inputs) external view returns (bool);
}
