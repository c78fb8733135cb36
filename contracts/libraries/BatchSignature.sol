// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IProvenRoots} from "../interfaces/IProvenRoots.sol";

/// @title The operator's signatures of a batch (EIP-712): one that home accepts it by, and one that says that home has
/// accepted it for good, for the mirrors.
library BatchSignature {
    uint256 private constant SIGNATURE_BYTES = 65;
    /// @dev Half of the order of secp256k1, the largest canonical s (EIP-2).
    uint256 private constant LARGEST_S = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant BATCH_TYPEHASH = keccak256("Batch(uint64 number,bytes32 streamHash)");
    bytes32 internal constant FINAL_BATCH_TYPEHASH = keccak256("FinalBatch(uint64 number,bytes32 streamHash)");

    function domainSeparatorOf(uint256 homeChainId, address homeContract) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("NeuraChain"), keccak256("1"), homeChainId, homeContract)
        );
    }

    /// @notice Reverts unless `operator` signed this batch.
    /// @param typehash BATCH_TYPEHASH or FINAL_BATCH_TYPEHASH
    /// @param streamHash keccak256 of the batch's stream and commitment
    function check(
        bytes calldata signature,
        bytes32 domainSeparator,
        bytes32 typehash,
        uint64 number,
        bytes32 streamHash,
        address operator
    ) internal pure {
        if (signature.length != SIGNATURE_BYTES) {
            revert IProvenRoots.WrongSignatureLength(SIGNATURE_BYTES, signature.length);
        }
        bytes32 s = bytes32(signature[32:64]);
        if (uint256(s) > LARGEST_S) revert IProvenRoots.SignatureNotCanonical(s);
        bytes32 message = keccak256(abi.encode(typehash, number, streamHash));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domainSeparator, message));
        address signer = ecrecover(digest, uint8(signature[64]), bytes32(signature[0:32]), s);
        // ecrecover answers 0 to a malformed signature.
        if (signer == address(0) || signer != operator) revert IProvenRoots.NotSignedByOperator(operator, signer);
    }
}
