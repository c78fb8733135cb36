// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEscape} from "../interfaces/IEscape.sol";
import {INeuraRollup} from "../interfaces/INeuraRollup.sol";

/// @title What home has sent to each mirror and not got back (docs/SETTLEMENT.md section 6).
library MirrorAccounts {
    /// @dev In every account from the start, so that no batch pays for a slot that was empty.
    uint128 private constant OPENED = 1 << 127;

    /// @param accounts of mirror i − 1, two to a slot, those of mirrors 1 and 2 in one: outUnits(64)@0, nextReturn(63)@64,
    /// and OPENED
    struct Book {
        uint128[257] accounts;
    }

    function open(Book storage self, uint8 mirrorCount) internal {
        for (uint256 mirror = 1; mirror <= mirrorCount; mirror++) _set(self, uint8(mirror), 0, 0);
    }

    /// @param outUnits by number of the mirror; may be empty
    function send(Book storage self, uint64 batch, uint256[] memory outUnits) internal {
        for (uint256 mirror = 1; mirror < outUnits.length; mirror++) {
            if (outUnits[mirror] == 0) continue;
            (uint256 total, uint64 nextReturn) = accountOf(self, uint8(mirror));
            total += outUnits[mirror];
            _set(self, uint8(mirror), total, nextReturn);
            emit INeuraRollup.SentToMirror(batch, uint8(mirror), outUnits[mirror], total);
        }
    }

    /// @return outUnits what is still out there
    function bringHome(Book storage self, uint8 mirror, uint64 index, uint256 amountUnits)
        internal
        returns (uint256 outUnits)
    {
        uint64 nextReturn;
        (outUnits, nextReturn) = accountOf(self, mirror);
        if (index != nextReturn) revert INeuraRollup.WrongReturnIndex(nextReturn, index);
        if (amountUnits > outUnits) revert INeuraRollup.ReturnExceedsOut(outUnits, amountUnits);
        outUnits -= amountUnits;
        _set(self, mirror, outUnits, nextReturn + 1);
    }

    /// @notice Takes what is out on all mirrors.
    function release(Book storage self, uint8 mirrorCount) internal returns (uint256 amountUnits) {
        for (uint256 mirror = 1; mirror <= mirrorCount; mirror++) {
            (uint256 outUnits, uint64 nextReturn) = accountOf(self, uint8(mirror));
            amountUnits += outUnits;
            _set(self, uint8(mirror), 0, nextReturn);
        }
        if (amountUnits == 0) revert IEscape.NothingOutOnMirrors();
        emit IEscape.MirrorsReleased(amountUnits);
    }

    /// @param mirror from 1
    /// @return outUnits what is out there
    /// @return nextReturn index of the return that comes home next
    function accountOf(Book storage self, uint8 mirror) internal view returns (uint256 outUnits, uint64 nextReturn) {
        uint128 account = self.accounts[uint256(mirror) + 1];
        return (uint64(account), uint64((account & ~OPENED) >> 64));
    }

    function _set(Book storage self, uint8 mirror, uint256 outUnits, uint64 nextReturn) private {
        // A proof has shown that the ledger held them: all units together are less than 2^60.
        assert(outUnits <= type(uint64).max && nextReturn < 1 << 63);
        self.accounts[uint256(mirror) + 1] = OPENED | uint128(nextReturn) << 64 | uint128(outUnits);
    }
}
