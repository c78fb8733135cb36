// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEscape} from "../interfaces/IEscape.sol";
import {INeuraRollup} from "../interfaces/INeuraRollup.sol";

/// @title What home has sent to each mirror and not got back (docs/SETTLEMENT.md section 6).
library MirrorAccounts {
    /// @param outUnits what is out there
    /// @param nextReturn index of the return that comes home next
    struct Account {
        uint128 outUnits;
        uint64 nextReturn;
    }

    /// @param ofMirror by number, from 1
    struct Book {
        mapping(uint8 mirror => Account) ofMirror;
    }

    /// @param outUnits by number of the mirror; may be empty
    function send(Book storage self, uint64 batch, uint256[] memory outUnits) internal {
        for (uint256 i = 1; i < outUnits.length; i++) {
            if (outUnits[i] == 0) continue;
            uint8 mirror = uint8(i);
            Account storage account = self.ofMirror[mirror];
            uint128 total = account.outUnits + uint128(outUnits[i]);
            account.outUnits = total;
            emit INeuraRollup.SentToMirror(batch, mirror, outUnits[i], total);
        }
    }

    /// @return outUnits what is still out there
    function bringHome(Book storage self, uint8 mirror, uint64 index, uint256 amountUnits)
        internal
        returns (uint256 outUnits)
    {
        Account memory account = self.ofMirror[mirror];
        if (index != account.nextReturn) revert INeuraRollup.WrongReturnIndex(account.nextReturn, index);
        if (amountUnits > account.outUnits) revert INeuraRollup.ReturnExceedsOut(account.outUnits, amountUnits);
        account.outUnits -= uint128(amountUnits);
        account.nextReturn += 1;
        self.ofMirror[mirror] = account;
        return account.outUnits;
    }

    /// @notice Takes what is out on all mirrors.
    function release(Book storage self, uint8 mirrorCount) internal returns (uint256 amountUnits) {
        for (uint256 i = 1; i <= mirrorCount; i++) {
            Account storage account = self.ofMirror[uint8(i)];
            amountUnits += account.outUnits;
            account.outUnits = 0;
        }
        if (amountUnits == 0) revert IEscape.NothingOutOnMirrors();
        emit IEscape.MirrorsReleased(amountUnits);
    }
}
