// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INrxToken} from "./INrxToken.sol";

/// @title Pays what belonged to the contract lane of a frozen ledger (docs/SETTLEMENT.md section 5).
/// @notice Payouts are the leaves of a Merkle tree: leaf = keccak256(keccak256(abi.encode(index, recipient, amountWei))),
/// node = keccak256 of its two children in increasing order. A leaf is hashed twice, so that no node is a leaf. There can
/// be several rounds of payouts, since money may come more than once; what is final stays final.
interface IGatewayRecovery {
    /// @notice The guardian proposes these payouts; anyone may finalize them from `finalizableAt` on.
    event PayoutsProposed(bytes32 indexed root, uint40 finalizableAt);
    event PayoutsFinalized(uint64 indexed round, bytes32 indexed root);
    event PayoutClaimed(uint64 indexed round, uint256 indexed index, address indexed recipient, uint256 amountWei);

    error NotGuardian(address expected, address actual);
    error ZeroAddress();
    /// @notice A root cannot be zero, nor a time lock.
    error ZeroParameter();
    error NothingProposed();
    /// @notice The newest proposal can be made final from `finalizableAt` on, seconds since 1970.
    error TimelockRunning(uint40 finalizableAt, uint256 chainTime);
    /// @notice There are no payouts of this round.
    error NotFinal(uint64 round);
    error AlreadyClaimed(uint64 round, uint256 index);
    /// @notice This payout is not in the tree.
    error WrongPayoutProof(bytes32 expectedRoot, bytes32 actualRoot);
    error TokenTransferFailed();

    function token() external view returns (INrxToken);

    /// @notice Who proposes payouts: the ledger's governor.
    function guardian() external view returns (address);

    /// @notice Seconds between a proposal and the moment when it can be made final.
    function timelock() external view returns (uint32);

    /// @notice The newest proposal, 0 if there is none.
    function proposedRoot() external view returns (bytes32);

    /// @notice When the newest proposal can be made final, 0 if there is none.
    function finalizableAt() external view returns (uint40);

    /// @notice Rounds that are final; the first is 1.
    function rounds() external view returns (uint64);

    /// @notice The final payouts of a round, 0 if there are none.
    function finalRootOf(uint64 round) external view returns (bytes32);

    function isClaimed(uint64 round, uint256 index) external view returns (bool);

    /// @notice Proposes payouts in place of those proposed before, and starts the time again. Only the guardian.
    function propose(bytes32 root) external;

    /// @notice Makes the newest proposal final, as the next round. Anyone may call.
    function finalize() external returns (uint64 round);

    /// @notice Pays a payout of a round to its recipient, once. Anyone may call.
    function claim(uint64 round, uint256 index, address recipient, uint256 amountWei, bytes32[] calldata proof)
        external;
}
