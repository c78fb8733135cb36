// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BridgedNrx} from "./BridgedNrx.sol";
import {ClaimableWithdrawals} from "./ClaimableWithdrawals.sol";
import {IBridgedNrx} from "./interfaces/IBridgedNrx.sol";
import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {INeuraMirror} from "./interfaces/INeuraMirror.sol";
import {Batch} from "./interfaces/IProvenRoots.sol";
import {BatchSignature} from "./libraries/BatchSignature.sol";
import {Deposits} from "./libraries/Deposits.sol";
import {Withdrawals} from "./libraries/Withdrawals.sol";
import {LedgerParameters, ProvenRoots} from "./ProvenRoots.sol";

/// @title The proven roots of a ledger whose home is another chain, and the ledger's money on this one.
contract NeuraMirror is INeuraMirror, ProvenRoots, ClaimableWithdrawals {
    using Withdrawals for Withdrawals.Ledger;

    /// @inheritdoc INeuraMirror
    uint8 public immutable mirrorNumber;
    /// @inheritdoc INeuraMirror
    uint256 public immutable homeChainId;
    /// @inheritdoc INeuraMirror
    address public immutable homeContract;
    /// @inheritdoc INeuraMirror
    IBridgedNrx public immutable bridgedToken;
    /// @inheritdoc INeuraMirror
    uint64 public returnCount;

    /// @param homeChainId_ with homeContract_: the home that streams and signatures name
    constructor(
        uint256 homeChainId_,
        address homeContract_,
        uint8 mirrorNumber_,
        IGroth16Verifier batchVerifier_,
        IGroth16Verifier membershipVerifier_,
        address operator_,
        LedgerParameters memory ledger
    ) ProvenRoots(homeChainId_, homeContract_, batchVerifier_, membershipVerifier_, operator_, ledger) {
        if (mirrorNumber_ == 0) revert WrongMirrorNumber();
        mirrorNumber = mirrorNumber_;
        homeChainId = homeChainId_;
        homeContract = homeContract_;
        bridgedToken = new BridgedNrx();
    }

    /// @inheritdoc INeuraMirror
    function submitBatch(Batch calldata batch, bytes32 laneDataHash, bytes calldata signature) external {
        // No check against this chain's clock: home decides the time, and the clocks of two chains differ.
        uint256[] memory words = _open(batch, laneDataHash);
        (bytes32 streamHash, uint256[] memory inputs) = _bind(batch, words);
        _requireOperatorsSignature(BatchSignature.FINAL_BATCH_TYPEHASH, batch.number, streamHash, signature);
        _withdrawals.recordMirror(words, batch, mirrorNumber);
        _accept(batch, inputs, laneDataHash, 0);
    }

    /// @inheritdoc INeuraMirror
    function returnHome(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) external {
        // What home demands of a deposit, or it could not bring this return home, nor those behind it.
        Deposits.requireAccount(l1Address, pubX, pubY);
        uint256 amountUnits = Deposits.unitsOf(amountWei);
        uint64 index = returnCount;
        returnCount = index + 1;
        emit ReturnQueued(index, amountUnits, l1Address, pubX, pubY);
        bridgedToken.burn(msg.sender, amountWei);
    }

    function _pay(address recipient, uint256 amountWei) internal override {
        bridgedToken.mint(recipient, amountWei);
    }
}
