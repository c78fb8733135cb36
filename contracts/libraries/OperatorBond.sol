// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IOperatorBond} from "../interfaces/IOperatorBond.sol";

/// @title The operator's bond (docs/SETTLEMENT.md section 6).
library OperatorBond {
    /// @param amountWei the whole bond; NRX in wei stays below 2^90
    /// @param requestedWei the part that the operator has asked for
    /// @param availableAt when that part can be taken; 0 if nothing was asked for
    struct Bond {
        uint96 amountWei;
        uint96 requestedWei;
        uint40 availableAt;
    }

    function post(Bond storage self, uint256 amountWei) internal {
        uint96 bondWei = self.amountWei + uint96(amountWei);
        self.amountWei = bondWei;
        emit IOperatorBond.BondPosted(msg.sender, amountWei, bondWei);
    }

    /// @dev Of what is there now: what is posted later must be asked for again, so that one request does not free the
    /// bond for ever.
    function request(Bond storage self, uint256 bondDelay) internal {
        self.requestedWei = self.amountWei;
        self.availableAt = uint40(block.timestamp + bondDelay);
        emit IOperatorBond.BondRequested(self.requestedWei, self.availableAt);
    }

    /// @dev A request ends after bondDelay, so that none is kept for the moment before a fraud.
    function take(Bond storage self, uint256 bondDelay) internal returns (uint256 amountWei) {
        Bond memory bond = self;
        if (bond.availableAt == 0) revert IOperatorBond.BondNotRequested();
        uint40 availableUntil = uint40(bond.availableAt + bondDelay);
        if (block.timestamp < bond.availableAt || block.timestamp > availableUntil) {
            revert IOperatorBond.BondNotAvailable(bond.availableAt, availableUntil, block.timestamp);
        }
        amountWei = bond.requestedWei;
        self.amountWei = bond.amountWei - bond.requestedWei;
        self.requestedWei = 0;
        self.availableAt = 0;
        emit IOperatorBond.BondTaken(amountWei);
    }

    /// @notice Empties the bond of an operator who loses it.
    function forfeit(Bond storage self, uint64 number) internal returns (uint256 rewardWei, uint256 recoveredWei) {
        uint256 amountWei = self.amountWei;
        rewardWei = amountWei / 2;
        recoveredWei = amountWei - rewardWei;
        self.amountWei = 0;
        self.requestedWei = 0;
        self.availableAt = 0;
        emit IOperatorBond.OperatorDeposed(msg.sender, number, rewardWei, recoveredWei);
    }
}
