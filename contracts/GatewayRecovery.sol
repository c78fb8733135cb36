// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGatewayRecovery} from "./interfaces/IGatewayRecovery.sol";
import {INrxToken} from "./interfaces/INrxToken.sol";

/// @title Pays what belonged to the contract lane of a frozen ledger, by payouts that the guardian proposes and that
/// everyone has the time lock to check.
contract GatewayRecovery is IGatewayRecovery {
    /// @inheritdoc IGatewayRecovery
    INrxToken public immutable token;
    /// @inheritdoc IGatewayRecovery
    address public immutable guardian;
    /// @inheritdoc IGatewayRecovery
    uint32 public immutable timelock;

    /// @inheritdoc IGatewayRecovery
    bytes32 public proposedRoot;
    /// @inheritdoc IGatewayRecovery
    bytes32 public finalRoot;
    /// @inheritdoc IGatewayRecovery
    uint40 public finalizableAt;
    mapping(uint256 word => uint256) private _claimed;

    constructor(INrxToken token_, address guardian_, uint32 timelock_) {
        if (guardian_ == address(0)) revert ZeroAddress();
        if (timelock_ == 0) revert ZeroParameter();
        token = token_;
        guardian = guardian_;
        timelock = timelock_;
    }

    /// @inheritdoc IGatewayRecovery
    function propose(bytes32 root) external {
        if (msg.sender != guardian) revert NotGuardian(guardian, msg.sender);
        if (finalRoot != 0) revert AlreadyFinal(finalRoot);
        if (root == 0) revert ZeroParameter();
        proposedRoot = root;
        finalizableAt = uint40(block.timestamp + timelock);
        emit PayoutsProposed(root, finalizableAt);
    }

    /// @inheritdoc IGatewayRecovery
    function finalize() external {
        if (finalRoot != 0) revert AlreadyFinal(finalRoot);
        if (proposedRoot == 0) revert NothingProposed();
        if (block.timestamp < finalizableAt) revert TimelockRunning(finalizableAt, block.timestamp);
        finalRoot = proposedRoot;
        emit PayoutsFinalized(finalRoot);
    }

    /// @inheritdoc IGatewayRecovery
    function claim(uint256 index, address recipient, uint256 amountWei, bytes32[] calldata proof) external {
        bytes32 root = finalRoot;
        if (root == 0) revert NotFinal();
        if (isClaimed(index)) revert AlreadyClaimed(index);
        bytes32 node = keccak256(bytes.concat(keccak256(abi.encode(index, recipient, amountWei))));
        for (uint256 i = 0; i < proof.length; i++) node = _parentOf(node, proof[i]);
        if (node != root) revert WrongPayoutProof(root, node);
        _claimed[index >> 8] |= 1 << (index & 0xff);
        emit PayoutClaimed(index, recipient, amountWei);
        if (!token.transfer(recipient, amountWei)) revert TokenTransferFailed();
    }

    /// @inheritdoc IGatewayRecovery
    function isClaimed(uint256 index) public view returns (bool) {
        return (_claimed[index >> 8] >> (index & 0xff)) & 1 == 1;
    }

    function _parentOf(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}
