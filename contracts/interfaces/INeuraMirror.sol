// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Batch, IProvenRoots} from "./IProvenRoots.sol";

/// @title Keeps the proven roots on a chain that is not the home chain, so that contracts there can read the ledger.
/// @notice The proof shows that a root follows from its predecessor and the batch's operations. That the priority
/// operations were really queued, and that home accepted the same batch, only home can check: for these a mirror
/// relies on the operator.
interface INeuraMirror is IProvenRoots {
    /// @notice Accepts the next batch. Only the operator.
    /// @param laneDataHash keccak256 of the batch's contract-lane data, which home has in full
    function submitBatch(Batch calldata batch, bytes32 laneDataHash) external;
}
