// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IWithdrawals} from "./interfaces/IWithdrawals.sol";
import {Deposits} from "./libraries/Deposits.sol";
import {Withdrawals} from "./libraries/Withdrawals.sol";

/// @title Pays what batches owe on this chain; the same at home and on mirrors, but for the token.
abstract contract ClaimableWithdrawals is IWithdrawals {
    using Withdrawals for Withdrawals.Ledger;

    Withdrawals.Ledger internal _withdrawals;

    /// @inheritdoc IWithdrawals
    function claimWithdrawal(uint64 batch, uint256[] calldata entries, uint256 index) external {
        (address recipient, uint256 amountUnits) = _withdrawals.take(batch, entries, index);
        uint256 amountWei = amountUnits * Deposits.WEI_PER_UNIT;
        emit WithdrawalClaimed(batch, index, recipient, amountWei);
        _pay(recipient, amountWei);
    }

    /// @inheritdoc IWithdrawals
    function withdrawalsHashOf(uint64 batch) external view returns (bytes32) {
        return _withdrawals.hashOf[batch];
    }

    /// @inheritdoc IWithdrawals
    function isClaimed(uint64 batch, uint256 index) external view returns (bool) {
        return _withdrawals.isClaimed(batch, index);
    }

    /// @dev Gives tokens of this contract. Called last, when nothing is left to be changed.
    function _pay(address recipient, uint256 amountWei) internal virtual;
}
