// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The stream hashes of all accepted batches, as one hash (docs/SETTLEMENT.md section 2).
/// @notice h(0) is the genesis root and h(n) = keccak256(h(n−1) ‖ stream hash of batch n). Who shows what a batch was
/// brings the stream hashes from it up to the newest batch, 512 gas each for calldata and about 150 to hash them (1,280 in a
/// long list, EIP-7623): they follow from the calldata of the batches. That grows with the batches since, and so do what
/// the operator would pay to make them (more than 300,000 each). Who watches mirrors reports at once; whoever comes later
/// marks the newest batch, and proves the way back in as many calls as it takes.
interface IBatchHistory {
    /// @notice h(number) can be referred to from now on.
    event HistoryKnown(uint64 indexed number, bytes32 history);

    /// @notice Stream hashes of batches 1 to `newest` can be shown, at least one.
    error WrongHistoryRange(uint64 number, uint256 count, uint64 newest);
    /// @notice Stream hashes must lead to the newest batch, or to one whose history is known: mark the newest, or prove
    /// that one.
    error HistoryNotKnown(uint64 last);
    /// @notice These are not the stream hashes that lead to batch `last`.
    error WrongHistory(uint64 last, bytes32 expected, bytes32 actual);

    /// @notice h of the newest batch.
    function historyHash() external view returns (bytes32);

    /// @notice h(number), if somebody has marked or proven it; else 0.
    function knownHistory(uint64 number) external view returns (bytes32);

    /// @notice Keeps h of the newest batch, so that what is shown with it stays right when the next batch comes. Anyone
    /// may call.
    function markHistory() external;

    /// @notice Keeps h(number − 1), shown by the stream hashes of the batches from `number` on, up to the newest one or one
    /// whose history is known. Anyone may call.
    function proveHistory(uint64 number, bytes32 historyBefore, bytes32[] calldata streamHashes) external;
}
