// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchHistory} from "./IBatchHistory.sol";
import {IDeposits} from "./IDeposits.sol";
import {IEscape} from "./IEscape.sol";
import {INrxToken} from "./INrxToken.sol";
import {IOperationQueue} from "./IOperationQueue.sol";
import {IOperatorBond} from "./IOperatorBond.sol";
import {Batch, IProvenRoots} from "./IProvenRoots.sol";
import {IWithdrawals} from "./IWithdrawals.sol";

/// @notice What the home contract promises (docs/SETTLEMENT.md section 1). Delays in seconds.
/// @param inclusionDelay how long a queued operation may wait
/// @param entryInterval between the deadlines of neighbouring entries
/// @param freezeDelay past a deadline, after which anyone may freeze
/// @param bondDelay between asking for the operator's bond and getting it, and as long to take it
/// @param maxTimeLag how far a batch's time may lie behind the chain's
/// @param feeStepWei base of the queue's fee
/// @param mirrorCount mirrors are numbered 1 … mirrorCount
/// @param recovery where the contract lane's funds go after a freeze
struct Terms {
    uint32 inclusionDelay;
    uint32 entryInterval;
    uint32 freezeDelay;
    uint32 bondDelay;
    uint32 maxTimeLag;
    uint64 feeStepWei;
    uint8 mirrorCount;
    address recovery;
}

/// @title The home contract: holds the money, queues operations, accepts proven batches and pays withdrawals.
/// @notice Its token must be NRX or equal to it: transfers return true or fail, move exactly the amount, and change
/// balances in no other way. A token that returns nothing is not supported; one that returns false makes the call
/// fail.
interface INeuraRollup is
    IProvenRoots,
    IBatchHistory,
    IOperationQueue,
    IDeposits,
    IWithdrawals,
    IEscape,
    IOperatorBond
{
    /// @notice Batch `number` came without the operator's signature.
    /// @param earnedWei the pot's part for its entries, paid to the sender
    event PermissionlessBatchAccepted(uint64 indexed number, address indexed sender, uint256 earnedWei);
    /// @notice The batch sends `amountUnits` to a mirror; `outUnits` are out there now.
    event SentToMirror(uint64 indexed batch, uint8 indexed mirror, uint256 amountUnits, uint256 outUnits);
    /// @notice Return `index` of a mirror came home as entry `queueIndex` of the queue; `outUnits` are out there now.
    event ReturnBroughtHome(
        uint8 indexed mirror,
        uint64 indexed index,
        uint64 queueIndex,
        uint256 amountUnits,
        uint256 outUnits
    );

    /// @notice inclusionDelay, entryInterval, freezeDelay, maxTimeLag and recovery must not be 0.
    error WrongTerms(Terms terms);
    /// @notice Send batches in a transaction to this contract, from an account without code: its calldata is what a
    /// rebuild reads.
    error NotSentDirectly(address origin, address sender);
    /// @notice A batch's time cannot lie in the future of this chain.
    error TimeInFuture(uint40 chainTime, uint40 actual);
    /// @notice A batch's time lies too far back: who could hold it back would decide which deadlines have passed. Make
    /// the batch again with a later time.
    error TimeTooOld(uint40 earliest, uint40 actual);
    /// @notice A batch needs the operator's signature unless the operator's privilege is suspended.
    error PrivilegeNotSuspended();
    /// @notice A batch that the operator neither signed nor sent has no contract-lane data.
    error LaneDataNotEmpty(uint256 length);
    /// @notice A batch that the operator neither signed nor sent has no contract-lane block: its block hash is 0.
    error LaneBlockNotEmpty(bytes32 blockHash);
    error TokenTransferFailed();
    /// @notice Mirrors are numbered from 1 to `mirrorCount`.
    error UnknownMirror(uint8 mirror, uint8 mirrorCount);
    /// @notice Returns come home in the order of their indices.
    error WrongReturnIndex(uint64 expected, uint64 actual);
    /// @notice More would come home than is out on the mirror.
    error ReturnExceedsOut(uint256 outUnits, uint256 amountUnits);

    function token() external view returns (INrxToken);

    function terms() external view returns (Terms memory);

    /// @notice Whether batches are accepted without the operator's signature: the first waiting entry is overdue, or
    /// the operator was deposed.
    function isPrivilegeSuspended() external view returns (bool);

    /// @notice Units that batches have sent to a mirror and that have not come home.
    function outOnMirrorUnits(uint8 mirror) external view returns (uint256);

    /// @notice Index of the return that the mirror's queueReturn takes next.
    function nextReturn(uint8 mirror) external view returns (uint64);

    /// @notice Accepts the next batch. Anyone may send one that the operator signed; one without signature is accepted
    /// while the operator's privilege is suspended. What the batch earns is credited to the operator if it is signed,
    /// else paid to the sender.
    /// @param laneData the batch's contract-lane data, published here and bound by its hash
    /// @param signature 65 bytes r, s, v, or empty
    function submitBatch(Batch calldata batch, bytes calldata laneData, bytes calldata signature) external;

    /// @notice Queues a deposit from the caller's tokens to the ledger account (pubX, pubY, l1Address), created if it
    /// does not exist.
    /// @param l1Address the account's address for ever: deposits that cannot be placed are refunded to it
    function deposit(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) external payable;

    /// @notice The same with a permit. A permit that fails is ignored: somebody may have sent it before, and the
    /// allowance decides.
    function depositWithPermit(
        uint256 amountWei,
        address l1Address,
        uint256 pubX,
        uint256 pubY,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external payable;

    /// @notice Queues a deposit to `recipient` in the contract lane.
    function depositToEvm(uint256 amountWei, address recipient) external payable;

    /// @notice Brings a return of a mirror home: queues a deposit that brings no tokens. Only the operator.
    function queueReturn(
        uint8 mirror,
        uint64 index,
        uint256 amountUnits,
        address l1Address,
        uint256 pubX,
        uint256 pubY
    ) external payable;
}
