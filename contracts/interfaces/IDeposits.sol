// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title What home and mirrors demand of money that goes to the ledger, so that it can always be placed there.
interface IDeposits {
    error ZeroAmount();
    /// @notice Amounts are whole units of 1e9 wei.
    error AmountNotInUnits(uint256 amountWei);
    /// @notice Amounts are below 2^64 units.
    error AmountTooLarge(uint256 amountWei);
    error ZeroAddress();
    /// @notice The key is off the curve, not reduced, or of small order.
    error InvalidKey(uint256 pubX, uint256 pubY);
}
