// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

// w0 is kind(8)@0, sender(24)@8, object(24)@32, fee(48)@56, amount(64)@104, param(24)@168.

/// @title Layout of an operation's first word, w0 (docs/LEDGER.md section 3).
library Operations {
    uint256 internal constant WORDS_PER_OP = 4;
    uint256 internal constant BYTES_PER_OP = 32 * WORDS_PER_OP;

    uint256 internal constant DEPOSIT = 1;
    uint256 internal constant DEPOSIT_TO_EVM = 2;
    uint256 internal constant OPEN_ACCOUNT = 4;
    uint256 internal constant WITHDRAW = 5;
    uint256 internal constant REGISTER_MODEL = 6;
    uint256 internal constant POST_TASK = 9;

    /// @dev The account that holds the funds of the contract lane.
    uint256 internal constant GATEWAY = 3;
    /// @dev The chain of a withdrawal that leaves at home.
    uint256 internal constant HOME = 0;

    uint256 internal constant AMOUNT_LIMIT_UNITS = 1 << 64;

    uint256 private constant OBJECT_OFFSET = 32;
    uint256 private constant OBJECT_MASK = 0xffffff << OBJECT_OFFSET;
    uint256 private constant AMOUNT_OFFSET = 104;
    uint256 private constant PARAM_OFFSET = 168;
    /// @dev Bit k is set when kind k lets the sequencer choose the object.
    uint256 private constant CREATING_KINDS = 1 << DEPOSIT | 1 << OPEN_ACCOUNT | 1 << REGISTER_MODEL | 1 << POST_TASK;

    function kindOf(uint256 w0) internal pure returns (uint256) {
        return w0 & 0xff;
    }

    function amountUnitsOf(uint256 w0) internal pure returns (uint256) {
        return (w0 >> AMOUNT_OFFSET) & (AMOUNT_LIMIT_UNITS - 1);
    }

    /// @return The chain of a withdraw operation, the low 8 bits of its param.
    function chainOf(uint256 w0) internal pure returns (uint256) {
        return (w0 >> PARAM_OFFSET) & 0xff;
    }

    /// @return w0 as its author wrote it: without the object that the sequencer chose for a creating kind.
    function authoredHead(uint256 w0) internal pure returns (uint256) {
        return (CREATING_KINDS >> kindOf(w0)) & 1 == 1 ? w0 & ~OBJECT_MASK : w0;
    }

    function depositHead(uint256 amountUnits) internal pure returns (uint256) {
        return DEPOSIT | amountUnits << AMOUNT_OFFSET;
    }

    function depositToEvmHead(uint256 amountUnits) internal pure returns (uint256) {
        return DEPOSIT_TO_EVM | GATEWAY << OBJECT_OFFSET | amountUnits << AMOUNT_OFFSET;
    }
}
