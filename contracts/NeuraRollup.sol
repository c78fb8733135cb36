// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {INeuraRollup} from "./interfaces/INeuraRollup.sol";
import {INrxToken} from "./interfaces/INrxToken.sol";
import {Batch} from "./interfaces/IProvenRoots.sol";
import {BabyJubJub} from "./libraries/BabyJubJub.sol";
import {BatchStream} from "./libraries/BatchStream.sol";
import {OperationQueue} from "./libraries/OperationQueue.sol";
import {Operations} from "./libraries/Operations.sol";
import {Withdrawals} from "./libraries/Withdrawals.sol";
import {LedgerParameters, ProvenRoots} from "./ProvenRoots.sol";

/// @title The home of the ledger: its money, its queue and its proven roots.
contract NeuraRollup is INeuraRollup, ProvenRoots {
    using OperationQueue for OperationQueue.Queue;
    using Withdrawals for Withdrawals.Ledger;

    /// @dev Wei of the 18-decimal token in one unit of the ledger.
    uint256 private constant WEI_PER_UNIT = 1e9;

    /// @inheritdoc INeuraRollup
    INrxToken public immutable token;

    OperationQueue.Queue private _queue;
    Withdrawals.Ledger private _withdrawals;

    constructor(
        INrxToken token_,
        IGroth16Verifier batchVerifier_,
        IGroth16Verifier membershipVerifier_,
        address operator_,
        LedgerParameters memory ledger
    )
        ProvenRoots(
            BatchStream.domainOf(block.chainid, address(this)), batchVerifier_, membershipVerifier_, operator_, ledger
        )
    {
        token = token_;
    }

    /// @inheritdoc INeuraRollup
    function submitBatch(Batch calldata batch, bytes calldata laneData) external {
        bytes32 laneDataHash = keccak256(laneData);
        uint256[] memory words = _open(batch, laneDataHash);
        if (batch.time > block.timestamp) revert TimeInFuture(uint40(block.timestamp), batch.time);
        _queue.consume(words, batch);
        _withdrawals.record(words, batch);
        _accept(batch, words, laneDataHash);
    }

    /// @inheritdoc INeuraRollup
    function deposit(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) external {
        _deposit(amountWei, l1Address, pubX, pubY);
    }

    /// @inheritdoc INeuraRollup
    function depositWithPermit(
        uint256 amountWei,
        address l1Address,
        uint256 pubX,
        uint256 pubY,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        try token.permit(msg.sender, address(this), amountWei, deadline, v, r, s) {} catch {}
        _deposit(amountWei, l1Address, pubX, pubY);
    }

    /// @inheritdoc INeuraRollup
    function depositToEvm(uint256 amountWei, address recipient) external {
        if (recipient == address(0)) revert ZeroAddress();
        uint256 amountUnits = _unitsOf(amountWei);
        _queue.push([Operations.depositToEvmHead(amountUnits), uint160(recipient), 0, 0]);
        _pull(amountWei);
    }

    /// @inheritdoc INeuraRollup
    function claimWithdrawal(uint64 batch, uint256[] calldata entries, uint256 index) external {
        (address recipient, uint256 amountUnits) = _withdrawals.take(batch, entries, index);
        uint256 amountWei = amountUnits * WEI_PER_UNIT;
        emit WithdrawalClaimed(batch, index, recipient, amountWei);
        if (!token.transfer(recipient, amountWei)) revert TokenTransferFailed();
    }

    /// @inheritdoc INeuraRollup
    function queueHead() external view returns (uint64) {
        return _queue.head;
    }

    /// @inheritdoc INeuraRollup
    function queueTail() external view returns (uint64) {
        return _queue.tail;
    }

    /// @inheritdoc INeuraRollup
    function queueEntry(uint64 index) external view returns (bytes32) {
        return _queue.entries[index];
    }

    /// @inheritdoc INeuraRollup
    function withdrawalsHashOf(uint64 batch) external view returns (bytes32) {
        return _withdrawals.hashOf[batch];
    }

    /// @inheritdoc INeuraRollup
    function isClaimed(uint64 batch, uint256 index) external view returns (bool) {
        return _withdrawals.isClaimed(batch, index);
    }

    function _deposit(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) private {
        if (l1Address == address(0)) revert ZeroAddress();
        if (!BabyJubJub.isValidKey(pubX, pubY)) revert InvalidKey(pubX, pubY);
        uint256 amountUnits = _unitsOf(amountWei);
        _queue.push([Operations.depositHead(amountUnits), uint160(l1Address), pubX, pubY]);
        _pull(amountWei);
    }

    function _unitsOf(uint256 amountWei) private pure returns (uint256 amountUnits) {
        if (amountWei == 0) revert ZeroAmount();
        if (amountWei % WEI_PER_UNIT != 0) revert AmountNotInUnits(amountWei);
        amountUnits = amountWei / WEI_PER_UNIT;
        if (amountUnits >= Operations.AMOUNT_LIMIT_UNITS) revert AmountTooLarge(amountWei);
    }

    function _pull(uint256 amountWei) private {
        if (!token.transferFrom(msg.sender, address(this), amountWei)) revert TokenTransferFailed();
    }
}
