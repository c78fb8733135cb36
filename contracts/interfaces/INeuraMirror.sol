// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBridgedNrx} from "./IBridgedNrx.sol";
import {IDeposits} from "./IDeposits.sol";
import {Batch, IProvenRoots} from "./IProvenRoots.sol";
import {IWithdrawals} from "./IWithdrawals.sol";

/// @title Keeps the proven roots on a chain that is not the home chain, so that contracts there can read the ledger,
/// and pays withdrawals to this chain in bridged NRX.
/// @notice The proof shows that a root follows from its predecessor and the batch's operations. That the priority
/// operations were really queued, and that home accepted the same batch, only home can check: for these a mirror
/// relies on the operator, who signs every batch.
interface INeuraMirror is IProvenRoots, IDeposits, IWithdrawals {
    /// @notice Bridged NRX was burned; the operator brings it home as a deposit to (pubX, pubY, l1Address).
    event ReturnQueued(uint64 index, uint256 amountUnits, address l1Address, uint256 pubX, uint256 pubY);

    /// @notice Mirrors are numbered from 1.
    error WrongMirrorNumber();

    /// @notice The chain of this number in withdraw operations.
    function mirrorNumber() external view returns (uint8);

    function homeChainId() external view returns (uint256);

    function homeContract() external view returns (address);

    function bridgedToken() external view returns (IBridgedNrx);

    /// @notice Index that the next return gets.
    function returnCount() external view returns (uint64);

    /// @notice Accepts the next batch. Anyone may send it, signed by the operator.
    /// @param laneDataHash keccak256 of the batch's contract-lane data, which home has in full. Its lowest byte is not
    /// bound
    /// @param signature 65 bytes r, s, v
    function submitBatch(Batch calldata batch, bytes32 laneDataHash, bytes calldata signature) external;

    /// @notice Burns the caller's bridged NRX and asks the operator to bring it home to the ledger account
    /// (pubX, pubY, l1Address), which is created if it does not exist.
    function returnHome(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) external;
}
