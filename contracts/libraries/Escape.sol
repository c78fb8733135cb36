// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IEscape} from "../interfaces/IEscape.sol";

// Layouts of docs/LEDGER.md section 2.
// account: f0 tag(8)@0, nonce(32)@8, balance(64)@40; f1 l1Address
// model: f0 tag(8)@0, owner(24)@32; f2 revenue
// task: f0 tag(8)@0, phase(8)@8, worker(24)@16, drawn(64)@80; f1 requester(24)@0, model(24)@80, flags(8)@112,
// treasuryRate(16)@120, share(16)@136; f2 reward(64)@0, bond(64)@64, verifierFee(64)@128

/// @title What the cells of a frozen ledger owe to its accounts (docs/SETTLEMENT.md section 5).
library Escape {
    uint256 private constant ACCOUNT = 1;
    uint256 private constant MODEL = 2;
    uint256 private constant TASK = 3;

    uint256 private constant OPEN = 1;
    uint256 private constant CLAIMED = 2;
    uint256 private constant SUBMITTED = 3;
    uint256 private constant SILENCE_ACCEPTS = 1;

    uint24 private constant TREASURY = 2;
    uint256 private constant RATE_BASIS = 10_000;

    /// @param opened bit id % 256 of word id / 256: the cell has been opened
    /// @param creditedUnits what an account has not been paid, or what waits for a model's cell to be opened
    /// @param recipientOf l1Address of an opened account
    /// @param ownerOf account of an opened model's owner
    struct State {
        mapping(uint256 word => uint256) opened;
        mapping(uint24 id => uint256) creditedUnits;
        mapping(uint24 id => address) recipientOf;
        mapping(uint24 id => uint24) ownerOf;
    }

    /// @notice Marks a cell as opened and credits what it holds. The fields must be shown to be the cell's.
    function open(State storage self, uint24 id, uint256[4] calldata fields) internal {
        if (isOpened(self, id)) revert IEscape.AlreadyOpened(id);
        self.opened[id >> 8] |= 1 << (id & 0xff);
        uint256 tag = uint8(fields[0]);
        emit IEscape.CellOpened(id, tag);
        if (tag == ACCOUNT) {
            self.recipientOf[id] = address(uint160(fields[1]));
            _credit(self, id, id, uint64(fields[0] >> 40));
        } else if (tag == MODEL) {
            uint256 earlier = self.creditedUnits[id];
            delete self.creditedUnits[id];
            uint24 owner = uint24(fields[0] >> 32);
            self.ownerOf[id] = owner;
            _credit(self, owner, id, uint64(fields[2]) + earlier);
        } else if (tag == TASK) {
            _openTask(self, id, fields);
        } else {
            revert IEscape.EmptyCell(id);
        }
    }

    /// @notice Takes what is credited to an opened account.
    function take(State storage self, uint24 id) internal returns (address recipient, uint256 amountUnits) {
        recipient = self.recipientOf[id];
        if (recipient == address(0)) revert IEscape.AccountNotOpened(id);
        amountUnits = self.creditedUnits[id];
        if (amountUnits == 0) revert IEscape.NothingCredited(id);
        delete self.creditedUnits[id];
    }

    function isOpened(State storage self, uint24 id) internal view returns (bool) {
        return (self.opened[id >> 8] >> (id & 0xff)) & 1 == 1;
    }

    /// @dev As expireTask would end it, but for a claimed task, whose worker was stopped by the freeze and gets the bond
    /// back.
    function _openTask(State storage self, uint24 id, uint256[4] calldata fields) private {
        uint256 phase = uint8(fields[0] >> 8);
        if (phase > SUBMITTED) return;
        uint24 requester = uint24(fields[1]);
        uint256 left = uint64(fields[2]) - uint64(fields[0] >> 80);
        uint256 bond = uint64(fields[2] >> 64);
        uint256 verifierFee = uint64(fields[2] >> 128);
        bool isAccepted = phase == SUBMITTED && uint8(fields[1] >> 112) == SILENCE_ACCEPTS;
        if (isAccepted) {
            _creditAccepted(self, id, fields, left, bond + verifierFee);
            return;
        }
        _credit(self, requester, id, left + verifierFee);
        if (phase == CLAIMED) _credit(self, uint24(fields[0] >> 16), id, bond);
        if (phase == SUBMITTED) _credit(self, TREASURY, id, bond);
    }

    /// @dev The split of docs/LEDGER.md section 3.
    /// @param workersOwn what the worker gets besides its part
    function _creditAccepted(
        State storage self,
        uint24 id,
        uint256[4] calldata fields,
        uint256 left,
        uint256 workersOwn
    ) private {
        uint256 terms = fields[1];
        uint256 treasuryUnits = left * uint16(terms >> 120) / RATE_BASIS;
        uint256 modelUnits = left * uint16(terms >> 136) / RATE_BASIS;
        _credit(self, uint24(fields[0] >> 16), id, left - treasuryUnits - modelUnits + workersOwn);
        _credit(self, TREASURY, id, treasuryUnits);
        uint24 model = uint24(terms >> 80);
        uint24 owner = self.ownerOf[model];
        _credit(self, owner == 0 ? model : owner, id, modelUnits);
    }

    function _credit(State storage self, uint24 to, uint24 from, uint256 amountUnits) private {
        if (amountUnits == 0) return;
        self.creditedUnits[to] += amountUnits;
        emit IEscape.CellCredited(to, from, amountUnits);
    }
}
