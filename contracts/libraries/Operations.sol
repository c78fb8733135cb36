// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IOperationQueue} from "../interfaces/IOperationQueue.sol";
import {FIELD_ORDER} from "./Field.sol";

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

    /// @dev Of a batch's word about a priority operation: caller(160)@0, queuedAt(40)@160.
    uint256 internal constant PRIORITY_BITS = 200;

    /// @dev The account that holds the funds of the contract lane.
    uint256 internal constant GATEWAY = 3;
    /// @dev The chain of a withdrawal that leaves at home.
    uint256 internal constant HOME = 0;

    uint256 internal constant AMOUNT_LIMIT_UNITS = 1 << 64;

    uint256 private constant W0_LIMIT = 1 << 192;
    uint256 private constant W1_LIMIT = 1 << 224;
    /// @dev Of w2 of postTask, which holds three amounts.
    uint256 private constant MONEY_LIMIT = 1 << 192;

    uint256 private constant OBJECT_OFFSET = 32;
    uint256 internal constant OBJECT_MASK = 0xffffff << OBJECT_OFFSET;
    uint256 private constant FEE_OFFSET = 56;
    uint256 private constant FEE_MASK = 0xffffffffffff;
    uint256 private constant AMOUNT_OFFSET = 104;
    uint256 private constant PARAM_OFFSET = 168;
    /// @dev Bit k is set when kind k lets the sequencer choose the object.
    uint256 internal constant CREATING_KINDS = 1 << DEPOSIT | 1 << OPEN_ACCOUNT | 1 << REGISTER_MODEL | 1 << POST_TASK;

    /// @notice Reverts if no batch could hold the operation (docs/LEDGER.md section 7), or if it is a deposit. Everything
    /// else can be included, if only as a no-op.
    function requireQueueable(uint256[4] calldata words) internal pure {
        uint256 w0 = words[0];
        _requireBelow(0, W0_LIMIT, w0);
        _requireBelow(1, W1_LIMIT, words[1]);
        _requireBelow(2, kindOf(w0) == POST_TASK ? MONEY_LIMIT : FIELD_ORDER, words[2]);
        _requireBelow(3, FIELD_ORDER, words[3]);
        uint256 kind = kindOf(w0);
        if (isDeposit(kind)) revert IOperationQueue.DepositWithoutTokens(kind);
        uint256 feeUnits = (w0 >> FEE_OFFSET) & FEE_MASK;
        if (feeUnits != 0) revert IOperationQueue.QueuedFeeNotZero(feeUnits);
        if (authoredHead(w0) != w0) {
            revert IOperationQueue.QueuedObjectNotZero((w0 & OBJECT_MASK) >> OBJECT_OFFSET);
        }
    }

    function isDeposit(uint256 kind) internal pure returns (bool) {
        return kind == DEPOSIT || kind == DEPOSIT_TO_EVM;
    }

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

    function _requireBelow(uint256 index, uint256 limit, uint256 actual) private pure {
        if (actual >= limit) revert IOperationQueue.QueuedWordTooLarge(index, limit, actual);
    }
}
