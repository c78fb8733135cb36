// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ClaimableWithdrawals} from "./ClaimableWithdrawals.sol";
import {FixedTerms} from "./FixedTerms.sol";
import {IBatchHistory} from "./interfaces/IBatchHistory.sol";
import {CellOpening, IEscape} from "./interfaces/IEscape.sol";
import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {INeuraRollup, Terms} from "./interfaces/INeuraRollup.sol";
import {INrxToken} from "./interfaces/INrxToken.sol";
import {IOperationQueue, QueueState} from "./interfaces/IOperationQueue.sol";
import {IOperatorBond} from "./interfaces/IOperatorBond.sol";
import {Batch} from "./interfaces/IProvenRoots.sol";
import {BatchHistory} from "./libraries/BatchHistory.sol";
import {BatchSignature} from "./libraries/BatchSignature.sol";
import {Deposits} from "./libraries/Deposits.sol";
import {Escape} from "./libraries/Escape.sol";
import {MirrorAccounts} from "./libraries/MirrorAccounts.sol";
import {OperationQueue} from "./libraries/OperationQueue.sol";
import {Operations} from "./libraries/Operations.sol";
import {OperatorBond} from "./libraries/OperatorBond.sol";
import {Withdrawals} from "./libraries/Withdrawals.sol";
import {LedgerParameters, ProvenRoots} from "./ProvenRoots.sol";

/// @title The home of the ledger: its money, its queue and its proven roots.
/// @dev Every function changes the state before it moves tokens or coins, so that a call from within a transfer finds a
/// state in which the transfer has happened.
contract NeuraRollup is FixedTerms, ProvenRoots, ClaimableWithdrawals {
    using BatchHistory for BatchHistory.History;
    using Escape for Escape.State;
    using MirrorAccounts for MirrorAccounts.Book;
    using OperationQueue for OperationQueue.Queue;
    using OperatorBond for OperatorBond.Bond;
    using Withdrawals for Withdrawals.Ledger;

    uint24 private constant GATEWAY = uint24(Operations.GATEWAY);

    /// @inheritdoc INeuraRollup
    INrxToken public immutable token;

    OperationQueue.Queue private _queue;
    OperatorBond.Bond private _bond;
    MirrorAccounts.Book private _mirrors;
    Escape.State private _escape;
    BatchHistory.History private _history;
    /// @dev Of others than the operator, or from a freeze.
    mapping(address earner => uint256) private _earningsWei;

    constructor(
        INrxToken token_,
        IGroth16Verifier batchVerifier_,
        IGroth16Verifier membershipVerifier_,
        address operator_,
        LedgerParameters memory ledger,
        Terms memory terms_
    )
        ProvenRoots(block.chainid, address(this), batchVerifier_, membershipVerifier_, operator_, ledger)
        FixedTerms(terms_)
    {
        token = token_;
        _history.newest = bytes32(ledger.genesisRoot);
        _mirrors.open(terms_.mirrorCount);
    }

    // Batches

    /// @inheritdoc INeuraRollup
    function submitBatch(Batch calldata batch, bytes calldata laneData, bytes calldata signature) external {
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert NotSentDirectly(tx.origin, msg.sender);
        _queue.requireOpen();
        bytes32 laneDataHash = keccak256(laneData);
        uint256[] memory words = _open(batch, laneDataHash);
        _requireRecent(batch.time);
        (bytes32 streamHash, uint256[] memory inputs) = _bind(batch, words);
        bool isSigned = signature.length != 0;
        if (isSigned) {
            _requireNotDeposed();
            _requireOperatorsSignature(BatchSignature.BATCH_TYPEHASH, batch.number, streamHash, signature);
        } else {
            _requireSuspended(batch.blockHash, laneData.length);
        }
        uint256 earnedWei = _queue.consume(words, batch, isSigned);
        _mirrors.send(batch.number, _withdrawals.recordHome(words, batch, _mirrorCount));
        _history.append(streamHash);
        _accept(batch, inputs, laneDataHash, isSigned ? earnedWei : 0);
        if (!isSigned) _paySender(batch.number, earnedWei);
        else if (earnedWei != 0) emit EarningsCredited(operator, earnedWei);
    }

    /// @dev Whether a batch may come without the operator's signature.
    function _requireSuspended(bytes32 blockHash, uint256 laneDataLength) private view {
        bool isDeposed_ = isDeposed();
        if (!isDeposed_ && !_queue.isOverdue()) revert PrivilegeNotSuspended();
        // The operator's transaction is as good as its signature for what only the operator may publish.
        if (!isDeposed_ && msg.sender == operator) return;
        if (laneDataLength != 0) revert LaneDataNotEmpty(laneDataLength);
        if (blockHash != 0) revert LaneBlockNotEmpty(blockHash);
    }

    /// @dev Sends the coins at once: the sender has no code, and a new slot for what it has earned would cost more.
    function _paySender(uint64 number, uint256 earnedWei) private {
        emit PermissionlessBatchAccepted(number, msg.sender, earnedWei);
        if (earnedWei == 0) return;
        (bool isSent,) = msg.sender.call{value: earnedWei}("");
        if (!isSent) _credit(msg.sender, earnedWei);
    }

    /// @inheritdoc IBatchHistory
    function markHistory() external {
        (uint64 number,) = _newest();
        _history.setKnown(number, _history.newest);
    }

    /// @inheritdoc IBatchHistory
    function proveHistory(uint64 number, bytes32 historyBefore, bytes32[] calldata streamHashes) external {
        _requireHistory(number, historyBefore, streamHashes);
        _history.setKnown(number - 1, historyBefore);
    }

    // The queue

    /// @inheritdoc IOperationQueue
    function enqueue(uint256[4] calldata words) external payable {
        Operations.requireQueueable(words);
        (, uint256 excessWei) = _push(words);
        _sendCoins(msg.sender, excessWei);
    }

    /// @inheritdoc INeuraRollup
    function deposit(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) external payable {
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
    ) external payable {
        try token.permit(msg.sender, address(this), amountWei, deadline, v, r, s) {} catch {}
        _deposit(amountWei, l1Address, pubX, pubY);
    }

    /// @inheritdoc INeuraRollup
    function depositToEvm(uint256 amountWei, address recipient) external payable {
        if (recipient == address(0)) revert ZeroAddress();
        uint256 amountUnits = Deposits.unitsOf(amountWei);
        (, uint256 excessWei) = _push([Operations.depositToEvmHead(amountUnits), uint160(recipient), 0, 0]);
        _pull(amountWei);
        _sendCoins(msg.sender, excessWei);
    }

    /// @inheritdoc INeuraRollup
    function queueReturn(
        uint8 mirror,
        uint64 index,
        uint256 amountUnits,
        address l1Address,
        uint256 pubX,
        uint256 pubY
    ) external payable {
        _requireOperator();
        _requireNotDeposed();
        if (mirror == 0 || mirror > _mirrorCount) revert UnknownMirror(mirror, _mirrorCount);
        Deposits.requireAccount(l1Address, pubX, pubY);
        if (amountUnits == 0) revert ZeroAmount();
        uint256 outUnits = _mirrors.bringHome(mirror, index, amountUnits);
        (uint64 queueIndex, uint256 excessWei) = _push(Deposits.words(amountUnits, l1Address, pubX, pubY));
        emit ReturnBroughtHome(mirror, index, queueIndex, amountUnits, outUnits);
        _sendCoins(msg.sender, excessWei);
    }

    /// @inheritdoc IOperationQueue
    function collectEarnings() external {
        uint256 amountWei = earningsWei(msg.sender);
        if (amountWei == 0) revert NoEarnings(msg.sender);
        delete _earningsWei[msg.sender];
        if (msg.sender == operator) _latest.operatorsWei = 0;
        emit EarningsCollected(msg.sender, amountWei);
        _sendCoins(msg.sender, amountWei);
    }

    // Escape

    /// @inheritdoc IEscape
    function freeze() external {
        uint256 potWei = _queue.close(_freezeDelay);
        _credit(msg.sender, potWei);
        (uint64 number, uint256 root) = _newest();
        emit Frozen(msg.sender, number, root, potWei);
    }

    /// @inheritdoc IEscape
    function openCell(uint24 id, uint256[4] calldata fields, uint256[8] calldata proof) external {
        _requireFrozen();
        (, uint256 root) = _newest();
        _openCell(root, id, fields, proof);
    }

    /// @inheritdoc IEscape
    function openMany(CellOpening[] calldata openings) external {
        _requireFrozen();
        (, uint256 root) = _newest();
        for (uint256 i = 0; i < openings.length; i++) {
            CellOpening calldata opening = openings[i];
            if (_escape.isOpened(opening.id)) continue;
            _openCell(root, opening.id, opening.fields, opening.proof);
        }
    }

    /// @inheritdoc IEscape
    function payAccount(uint24 id) external {
        (address recipient, uint256 amountUnits) = _escape.take(id);
        if (id == GATEWAY) recipient = _recovery;
        emit AccountPaid(id, recipient, amountUnits);
        _pay(recipient, amountUnits * Deposits.WEI_PER_UNIT);
    }

    /// @inheritdoc IEscape
    function refundDeposit(uint64 index, uint256[4] calldata words, address caller, uint40 queuedAt) external {
        _requireFrozen();
        _queue.remove(index, words, caller, queuedAt);
        uint256 kind = Operations.kindOf(words[0]);
        if (!Operations.isDeposit(kind)) revert NotADeposit(kind);
        address recipient = kind == Operations.DEPOSIT ? address(uint160(words[1])) : caller;
        uint256 amountUnits = Operations.amountUnitsOf(words[0]);
        emit DepositRefunded(index, recipient, amountUnits);
        _pay(recipient, amountUnits * Deposits.WEI_PER_UNIT);
    }

    /// @inheritdoc IEscape
    function releaseMirrors() external {
        if (!isDeposed()) _requireFrozen();
        _pay(_recovery, _mirrors.release(_mirrorCount) * Deposits.WEI_PER_UNIT);
    }

    // The operator's bond

    /// @inheritdoc IOperatorBond
    function postBond(uint256 amountWei) external {
        if (amountWei == 0) revert ZeroAmount();
        if (amountWei > type(uint96).max) revert AmountTooLarge(amountWei);
        _queue.requireOpen();
        _requireNotDeposed();
        _bond.post(amountWei);
        _pull(amountWei);
    }

    /// @inheritdoc IOperatorBond
    function requestBond() external {
        _requireOperator();
        _requireNotDeposed();
        _bond.request(_bondDelay);
    }

    /// @inheritdoc IOperatorBond
    function takeBond() external {
        _requireOperator();
        _pay(operator, _bond.take(_bondDelay));
    }

    /// @inheritdoc IOperatorBond
    function reportEquivocation(
        uint64 number,
        bytes32 streamHashA,
        bytes calldata signatureA,
        bytes32 streamHashB,
        bytes calldata signatureB
    ) external {
        _requireNotDeposed();
        if (streamHashA == streamHashB) revert SameBatch(streamHashA);
        _requireOperatorsSignature(BatchSignature.FINAL_BATCH_TYPEHASH, number, streamHashA, signatureA);
        _requireOperatorsSignature(BatchSignature.FINAL_BATCH_TYPEHASH, number, streamHashB, signatureB);
        _depose(number);
    }

    /// @inheritdoc IOperatorBond
    function reportFalseBatch(
        uint64 number,
        bytes32 streamHash,
        bytes calldata signature,
        bytes32 historyBefore,
        bytes32[] calldata streamHashes
    ) external {
        _requireNotDeposed();
        (uint64 newest,) = _newest();
        if (number > newest) {
            if (!isFrozen()) revert NotDecidedYet(newest, number);
        } else if (number != 0) {
            _requireHistory(number, historyBefore, streamHashes);
            if (streamHash == streamHashes[0]) revert SameBatch(streamHash);
        }
        _requireOperatorsSignature(BatchSignature.FINAL_BATCH_TYPEHASH, number, streamHash, signature);
        _depose(number);
    }

    // Views

    /// @inheritdoc IBatchHistory
    function historyHash() external view returns (bytes32) {
        return _history.newest;
    }

    /// @inheritdoc IBatchHistory
    function knownHistory(uint64 number) external view returns (bytes32) {
        return _history.known[number];
    }

    /// @inheritdoc INeuraRollup
    function isPrivilegeSuspended() external view returns (bool) {
        return isDeposed() || _queue.isOverdue();
    }

    /// @inheritdoc INeuraRollup
    function outOnMirrorUnits(uint8 mirror) external view returns (uint256) {
        (uint256 outUnits,) = _mirrors.accountOf(mirror);
        return outUnits;
    }

    /// @inheritdoc INeuraRollup
    function nextReturn(uint8 mirror) external view returns (uint64) {
        (, uint64 next) = _mirrors.accountOf(mirror);
        return next;
    }

    /// @inheritdoc IOperationQueue
    function queueFeeWei() external view returns (uint256) {
        return _queue.feeWei(_feeStepWei);
    }

    /// @inheritdoc IOperationQueue
    function earningsWei(address earner) public view returns (uint256) {
        return _earningsWei[earner] + (earner == operator ? _latest.operatorsWei : 0);
    }

    /// @inheritdoc IOperationQueue
    function queueState() external view returns (QueueState memory) {
        OperationQueue.Cursor memory cursor = _queue.cursor;
        return QueueState(cursor.head, cursor.tail, cursor.newestDeadline, cursor.potWei);
    }

    /// @inheritdoc IOperationQueue
    function queueHead() external view returns (uint64) {
        return _queue.cursor.head;
    }

    /// @inheritdoc IOperationQueue
    function queueTail() external view returns (uint64) {
        return _queue.cursor.tail;
    }

    /// @inheritdoc IOperationQueue
    function queueEntry(uint64 index) external view returns (bytes32) {
        return bytes32(_queue.entries[index]);
    }

    /// @inheritdoc IOperationQueue
    function deadlineOf(uint64 index) external view returns (uint40) {
        return _queue.deadlineOf(index);
    }

    /// @inheritdoc IEscape
    function isFrozen() public view returns (bool) {
        return _queue.cursor.isClosed;
    }

    /// @inheritdoc IEscape
    function isOpened(uint24 id) external view returns (bool) {
        return _escape.isOpened(id);
    }

    /// @inheritdoc IEscape
    function creditedUnits(uint24 id) external view returns (uint256) {
        return _escape.creditedUnits[id];
    }

    /// @inheritdoc IOperatorBond
    function bondWei() external view returns (uint256) {
        return _bond.amountWei;
    }

    /// @inheritdoc IOperatorBond
    function requestedBond() external view returns (uint256 amountWei, uint40 availableAt) {
        return (_bond.requestedWei, _bond.availableAt);
    }

    /// @inheritdoc IOperatorBond
    function isDeposed() public view returns (bool) {
        return _queue.cursor.isOpenToAll;
    }

    /// @dev The time may wait for a proof, but not for deadlines to pass.
    function _requireRecent(uint40 time) private view {
        if (time > block.timestamp) revert TimeInFuture(uint40(block.timestamp), time);
        if (uint256(time) + _maxTimeLag < block.timestamp) {
            revert TimeTooOld(uint40(block.timestamp - _maxTimeLag), time);
        }
    }

    function _deposit(uint256 amountWei, address l1Address, uint256 pubX, uint256 pubY) private {
        Deposits.requireAccount(l1Address, pubX, pubY);
        uint256 amountUnits = Deposits.unitsOf(amountWei);
        (, uint256 excessWei) = _push(Deposits.words(amountUnits, l1Address, pubX, pubY));
        _pull(amountWei);
        _sendCoins(msg.sender, excessWei);
    }

    function _push(uint256[4] memory words) private returns (uint64 index, uint256 excessWei) {
        return _queue.push(words, _inclusionDelay, _entryInterval, _feeStepWei);
    }

    function _openCell(uint256 root, uint24 id, uint256[4] calldata fields, uint256[8] calldata proof) private {
        _escape.open(id, fields);
        if (!_isMember(root, id, fields, proof)) revert InvalidMembershipProof(id);
    }

    function _depose(uint64 number) private {
        _queue.cursor.isOpenToAll = true;
        (uint256 rewardWei, uint256 recoveredWei) = _bond.forfeit(number);
        _pay(msg.sender, rewardWei);
        _pay(_recovery, recoveredWei);
    }

    function _credit(address earner, uint256 amountWei) private {
        if (amountWei == 0) return;
        _earningsWei[earner] += amountWei;
        emit EarningsCredited(earner, amountWei);
    }

    function _requireHistory(uint64 number, bytes32 historyBefore, bytes32[] calldata streamHashes) private view {
        (uint64 newest,) = _newest();
        _history.requireBatches(number, historyBefore, streamHashes, newest);
    }

    function _requireFrozen() private view {
        if (!isFrozen()) revert NotFrozen();
    }

    function _requireOperator() private view {
        if (msg.sender != operator) revert NotOperator(operator, msg.sender);
    }

    function _requireNotDeposed() private view {
        if (isDeposed()) revert OperatorIsDeposed();
    }

    function _pull(uint256 amountWei) private {
        if (!token.transferFrom(msg.sender, address(this), amountWei)) revert TokenTransferFailed();
    }

    function _pay(address recipient, uint256 amountWei) internal override {
        if (amountWei == 0) return;
        if (!token.transfer(recipient, amountWei)) revert TokenTransferFailed();
    }

    function _sendCoins(address recipient, uint256 amountWei) private {
        if (amountWei == 0) return;
        (bool isSent,) = recipient.call{value: amountWei}("");
        if (!isSent) revert CoinTransferFailed(recipient, amountWei);
    }
}
