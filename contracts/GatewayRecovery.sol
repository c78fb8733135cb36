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
    uint40 public finalizableAt;
    /// @inheritdoc IGatewayRecovery
    uint64 public rounds;
    /// @inheritdoc IGatewayRecovery
    mapping(uint64 round => bytes32) public finalRootOf;
    mapping(uint64 round => mapping(uint256 word => uint256)) private _claimed;

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
        if (root == 0) revert ZeroParameter();
        proposedRoot = root;
        finalizableAt = uint40(block.timestamp + timelock);
        emit PayoutsProposed(root, finalizableAt);
    }

    /// @inheritdoc IGatewayRecovery
    function finalize() external returns (uint64 round) {
        bytes32 root = proposedRoot;
        if (root == 0) revert NothingProposed();
        if (block.timestamp < finalizableAt) revert TimelockRunning(finalizableAt, block.timestamp);
        round = rounds + 1;
        rounds = round;
        finalRootOf[round] = root;
        proposedRoot = 0;
        finalizableAt = 0;
        emit PayoutsFinalized(round, root);
    }

    /// @inheritdoc IGatewayRecovery
    function claim(uint64 round, uint256 index, address recipient, uint256 amountWei, bytes32[] calldata proof)
        external
    {
        bytes32 root = finalRootOf[round];
        if (root == 0) revert NotFinal(round);
        if (isClaimed(round, index)) revert AlreadyClaimed(round, index);
        bytes32 node = keccak256(bytes.concat(keccak256(abi.encode(index, recipient, amountWei))));
        for (uint256 i = 0; i < proof.length; i++) node = _parentOf(node, proof[i]);
        if (node != root) revert WrongPayoutProof(root, node);
        _claimed[round][index >> 8] |= 1 << (index & 0xff);
        emit PayoutClaimed(round, index, recipient, amountWei);
        if (!token.transfer(recipient, amountWei)) revert TokenTransferFailed();
    }

    /// @inheritdoc IGatewayRecovery
    function isClaimed(uint64 round, uint256 index) public view returns (bool) {
        return (_claimed[round][index >> 8] >> (index & 0xff)) & 1 == 1;
    }

    function _parentOf(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(abi.encodePacked(a, b)) : keccak256(abi.encodePacked(b, a));
    }
}
