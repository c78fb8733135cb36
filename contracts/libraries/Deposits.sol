// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IDeposits} from "../interfaces/IDeposits.sol";
import {BabyJubJub} from "./BabyJubJub.sol";
import {Operations} from "./Operations.sol";

/// @title Amounts and accounts of deposits.
library Deposits {
    /// @dev Wei of the 18-decimal token in one unit of the ledger.
    uint256 internal constant WEI_PER_UNIT = 1e9;

    function unitsOf(uint256 amountWei) internal pure returns (uint256 amountUnits) {
        if (amountWei == 0) revert IDeposits.ZeroAmount();
        if (amountWei % WEI_PER_UNIT != 0) revert IDeposits.AmountNotInUnits(amountWei);
        amountUnits = amountWei / WEI_PER_UNIT;
        if (amountUnits >= Operations.AMOUNT_LIMIT_UNITS) revert IDeposits.AmountTooLarge(amountWei);
    }

    function requireAccount(address l1Address, uint256 pubX, uint256 pubY) internal pure {
        if (l1Address == address(0)) revert IDeposits.ZeroAddress();
        if (!BabyJubJub.isValidKey(pubX, pubY)) revert IDeposits.InvalidKey(pubX, pubY);
    }

    /// @return The words of a deposit to an account.
    function words(uint256 amountUnits, address l1Address, uint256 pubX, uint256 pubY)
        internal
        pure
        returns (uint256[4] memory)
    {
        return [Operations.depositHead(amountUnits), uint160(l1Address), pubX, pubY];
    }
}
