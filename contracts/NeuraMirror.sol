// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {INeuraMirror} from "./interfaces/INeuraMirror.sol";
import {Batch} from "./interfaces/IProvenRoots.sol";
import {LedgerParameters, ProvenRoots} from "./ProvenRoots.sol";

/// @title The proven roots of a ledger whose home is another chain.
contract NeuraMirror is INeuraMirror, ProvenRoots {
    /// @param homeDomain domain of the home contract, which the streams contain
    constructor(
        uint256 homeDomain,
        IGroth16Verifier batchVerifier_,
        IGroth16Verifier membershipVerifier_,
        address operator_,
        LedgerParameters memory ledger
    ) ProvenRoots(homeDomain, batchVerifier_, membershipVerifier_, operator_, ledger) {}

    /// @inheritdoc INeuraMirror
    function submitBatch(Batch calldata batch, bytes32 laneDataHash) external {
        // No check against this chain's clock: home decides the time, and the clocks of two chains differ.
        uint256[] memory words = _open(batch, laneDataHash);
        _accept(batch, words, laneDataHash);
    }
}
