// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title What batches pay on this chain: recorded with the batch, claimed later by anyone for the recipient.
interface IWithdrawals {
    /// @notice The batch pays `count` withdrawals on this chain; `hash` is the keccak256 of their words.
    event WithdrawalsRecorded(uint64 indexed batch, bytes32 hash, uint256 count);
    event WithdrawalClaimed(uint64 indexed batch, uint256 index, address indexed recipient, uint256 amountWei);

    /// @notice The entries are not those of the batch: pass all its withdrawals on this chain in order.
    error WrongWithdrawals(bytes32 expected, bytes32 actual);
    /// @notice The batch has only `count` withdrawals on this chain.
    error UnknownWithdrawal(uint256 index, uint256 count);
    error AlreadyClaimed(uint64 batch, uint256 index);

    /// @notice Pays withdrawal `index` of a batch to its recipient, once. Anyone may call.
    /// @param entries all withdrawals of the batch on this chain in order, the recipient in the low 160 bits, the
    /// amount in units in the 64 bits above
    function claimWithdrawal(uint64 batch, uint256[] calldata entries, uint256 index) external;

    /// @notice keccak256 of the withdrawal words of a batch on this chain, 0 if it has none.
    function withdrawalsHashOf(uint64 batch) external view returns (bytes32);

    /// @notice Whether withdrawal `index` of `batch` has been paid.
    function isClaimed(uint64 batch, uint256 index) external view returns (bool);
}
