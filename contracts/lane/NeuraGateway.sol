// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FIELD_ORDER} from "../libraries/Field.sol";
import {INeuraGateway} from "./INeuraGateway.sol";
import {INeuraLedger} from "./INeuraLedger.sol";
import {ITaskObserver} from "./ITaskObserver.sol";

/// @title The way from the contract lane to the ledger: code of a fixed address from genesis on, without a constructor.
/// @dev It keeps the value of pending requests and pays nobody: the block that executes a request takes the value out of this
/// account, in its first transaction, and calls `record` in its second one. So no call of a stranger stands between a request
/// and its money.
contract NeuraGateway is INeuraGateway {
    struct Counters {
        uint64 requests;
        uint64 done;
        uint64 callbacks;
        uint64 called;
    }

    struct Request {
        address author;
        uint8 kind;
        Status status;
        uint8 phase;
        uint24 task;
        uint32 callbackGas;
        address verifierContract;
        bytes32 failure;
        uint256 terms;
        uint256 result;
        uint256 content;
    }

    address private constant SYSTEM = 0xffffFFFfFFffffffffffffffFfFFFfffFFFfFFfE;
    INeuraLedger private constant LEDGER = INeuraLedger(0x00000000000000000000000000000000004e5258);

    uint256 private constant WEI_PER_UNIT = 1e9;
    /// @dev A cell costs as much as a hundred operations: filling the tree has to cost real money.
    uint256 private constant FLAT_FEES_PER_CELL = 100;
    uint256 private constant CALLBACK_UNITS_PER_GAS = 1;
    uint256 private constant MAX_CALLBACK_GAS = 1_000_000;
    /// @dev What `record` itself needs around a callback.
    uint256 private constant GAS_AROUND_CALLBACK = 60_000;
    uint256 private constant MAX_PENDING = 1_024;

    uint256 private constant GATEWAY = 3;
    uint256 private constant ACCOUNT_TAG = 1;
    uint256 private constant MODEL_TAG = 2;
    uint8 private constant OPEN_PHASE = 1;

    uint256 private constant TRANSFER = 3;
    uint256 private constant OPEN_ACCOUNT = 4;
    uint256 private constant WITHDRAW = 5;
    uint256 private constant POST_TASK = 9;
    uint256 private constant SETTLE_TASK = 12;
    uint256 private constant EXPIRE_TASK = 14;

    /// @dev Slot 0: the block builder reads it.
    Counters private _counters;
    /// @dev Slot 1: the block builder reads it.
    uint48 private _flatFeeUnits;
    mapping(uint256 id => Request) private _requests;
    mapping(uint256 place => uint256 id) private _callbacks;

    /// @inheritdoc INeuraGateway
    function withdrawToAccount(
        uint24 account,
        address l1Address,
        uint256 pubX,
        uint256 pubY,
        uint64 amountUnits,
        uint160 memo
    ) external payable returns (uint256 id) {
        if (amountUnits == 0) revert ZeroAmount();
        if (_requireAccount(account, l1Address, pubX) != pubY || account == GATEWAY) revert OtherCell(account);
        return _request(TRANSFER, account, amountUnits, 0, [uint256(memo), 0, 0], 0, amountUnits, 0, address(0));
    }

    /// @inheritdoc INeuraGateway
    function openAccount(address l1Address, uint256 pubX, uint256 pubY, uint64 amountUnits)
        external
        payable
        returns (uint256 id)
    {
        if (l1Address == address(0)) revert ZeroAddress();
        _requireInField(pubX);
        _requireInField(pubY);
        uint256[3] memory words = [uint256(uint160(l1Address)), pubX, pubY];
        return _request(OPEN_ACCOUNT, 0, amountUnits, 0, words, 0, amountUnits, 0, address(0));
    }

    /// @inheritdoc INeuraGateway
    function withdrawToL1(address recipient, uint8 chain, uint64 amountUnits) external payable returns (uint256 id) {
        if (amountUnits == 0) revert ZeroAmount();
        if (recipient == address(0)) revert ZeroAddress();
        uint256[3] memory words = [uint256(uint160(recipient)), 0, 0];
        return _request(WITHDRAW, 0, amountUnits, chain, words, 0, amountUnits, 0, address(0));
    }

    /// @inheritdoc INeuraGateway
    function postTask(
        TaskTerms calldata terms,
        NamedModel calldata model,
        NamedVerifier calldata verifier,
        uint32 callbackGas
    ) external payable returns (uint256 id) {
        if (callbackGas > MAX_CALLBACK_GAS) revert CallbackGasTooHigh(MAX_CALLBACK_GAS, callbackGas);
        _requireInField(terms.input);
        _requireModel(model);
        uint256 verifierCell = _verifierCell(verifier);
        uint256 packed = verifierCell << 56 | uint256(model.id) << 80 | uint256(terms.kind) << 104
            | uint256(terms.flags) << 112 | uint256(model.share) << 136 | uint256(terms.deadline) << 152
            | uint256(terms.window) << 192;
        uint256 money = uint256(terms.rewardUnits) | uint256(terms.bondUnits) << 64
            | uint256(terms.verifierFeeUnits) << 128;
        return _request(
            POST_TASK,
            0,
            0,
            0,
            [packed, money, terms.input],
            model.manifest,
            uint256(terms.rewardUnits) + terms.verifierFeeUnits,
            callbackGas,
            verifier.verifierContract
        );
    }

    /// @inheritdoc INeuraGateway
    function settleTask(uint256 request, bool accept, uint256 content) external payable returns (uint256 id) {
        Request storage posted = _openTask(request);
        if (msg.sender != posted.verifierContract) revert NotVerifier(posted.verifierContract, msg.sender);
        _requireInField(content);
        uint256[3] memory words = [0, 0, content];
        return _request(SETTLE_TASK, posted.task, 0, accept ? 1 : 0, words, posted.terms, 0, 0, address(0));
    }

    /// @inheritdoc INeuraGateway
    function expireTask(uint256 request) external payable returns (uint256 id) {
        Request storage posted = _openTask(request);
        uint256[3] memory words;
        return _request(EXPIRE_TASK, posted.task, 0, 0, words, posted.terms, 0, 0, address(0));
    }

    /// @inheritdoc INeuraGateway
    function record(
        Outcome[] calldata outcomes,
        Closure[] calldata closures,
        uint48 flatFeeUnits,
        uint256 callbackGasLimit
    ) external {
        if (msg.sender != SYSTEM) revert NotSystem(msg.sender);
        if (flatFeeUnits != _flatFeeUnits) {
            _flatFeeUnits = flatFeeUnits;
            emit FeeChanged(flatFeeUnits);
        }
        for (uint256 i = 0; i < outcomes.length; i++) _conclude(outcomes[i]);
        for (uint256 i = 0; i < closures.length; i++) _close(closures[i]);
        _callBack(callbackGasLimit);
    }

    /// @inheritdoc INeuraGateway
    function feeWei(uint256 kind) external view returns (uint256) {
        return _feeUnits(kind) * WEI_PER_UNIT;
    }

    /// @inheritdoc INeuraGateway
    function taskWei(uint64 rewardUnits, uint64 verifierFeeUnits, uint32 callbackGas) external view returns (uint256) {
        return (
            uint256(rewardUnits) + verifierFeeUnits + callbackGas * CALLBACK_UNITS_PER_GAS + _feeUnits(POST_TASK)
        ) * WEI_PER_UNIT;
    }

    /// @inheritdoc INeuraGateway
    function outcomeOf(uint256 id) external view returns (Status status, bytes32 failure) {
        return (_requests[id].status, _requests[id].failure);
    }

    /// @inheritdoc INeuraGateway
    function taskOf(uint256 request)
        external
        view
        returns (uint24 task, uint8 phase, uint256 terms, uint256 result, uint256 content)
    {
        Request storage posted = _requests[request];
        return (posted.task, posted.phase, posted.terms, posted.result, posted.content);
    }

    /// @inheritdoc INeuraGateway
    function requestOf(uint256 id) external view returns (address author, uint8 kind, address verifierContract) {
        return (_requests[id].author, _requests[id].kind, _requests[id].verifierContract);
    }

    /// @inheritdoc INeuraGateway
    function counters() external view returns (uint64 requests, uint64 done, uint64 callbacks, uint64 called) {
        Counters storage all = _counters;
        return (all.requests, all.done, all.callbacks, all.called);
    }

    /// @param lockedUnits What the operation takes from cell 3, besides its fee.
    function _request(
        uint256 kind,
        uint256 object,
        uint256 amountUnits,
        uint256 param,
        uint256[3] memory rest,
        uint256 guard,
        uint256 lockedUnits,
        uint32 callbackGas,
        address verifierContract
    ) private returns (uint256 id) {
        uint256 feeUnits = _feeUnits(kind);
        uint256 callbackUnits = callbackGas * CALLBACK_UNITS_PER_GAS;
        uint256 valueUnits = lockedUnits + feeUnits + callbackUnits;
        if (valueUnits >= 1 << 64) revert ValueOutOfRange(1 << 64, valueUnits);
        if (msg.value != valueUnits * WEI_PER_UNIT) revert WrongValue(valueUnits * WEI_PER_UNIT, msg.value);
        Counters storage all = _counters;
        if (all.requests - all.done >= MAX_PENDING) revert TooManyPending(MAX_PENDING);
        all.requests += 1;
        id = all.requests;

        Request storage made = _requests[id];
        made.author = msg.sender;
        made.kind = uint8(kind);
        made.status = Status.Pending;
        made.callbackGas = callbackGas;
        if (verifierContract != address(0)) made.verifierContract = verifierContract;
        uint256 head = kind | GATEWAY << 8 | object << 32 | feeUnits << 56 | amountUnits << 104 | param << 168;
        emit Requested(
            id,
            msg.sender,
            [head, rest[0], rest[1], rest[2]],
            guard,
            uint64(valueUnits),
            uint64(callbackUnits),
            verifierContract
        );
    }

    function _conclude(Outcome calldata outcome) private {
        uint64 next = _counters.done + 1;
        if (outcome.id != next || next > _counters.requests) revert OutcomeOutOfOrder(next, outcome.id);
        _counters.done = next;
        Request storage made = _requests[next];
        if (outcome.failure != 0) {
            made.status = Status.Failed;
            made.failure = outcome.failure;
            emit RequestFailed(next, outcome.failure, outcome.refundUnits);
            _oweCallback(next);
            return;
        }
        made.status = Status.Executed;
        if (made.kind == POST_TASK) {
            made.task = outcome.task;
            made.terms = outcome.terms;
            made.phase = OPEN_PHASE;
        }
        emit RequestExecuted(next, outcome.task);
    }

    function _close(Closure calldata closure) private {
        Request storage posted = _requests[closure.id];
        if (posted.phase != OPEN_PHASE) revert CloseOfUnknownTask(closure.id);
        posted.phase = closure.phase;
        posted.result = closure.result;
        posted.content = closure.content;
        emit TaskClosed(
            closure.id, posted.task, closure.phase, closure.result, closure.content, closure.refundUnits
        );
        _oweCallback(closure.id);
    }

    function _oweCallback(uint256 id) private {
        if (_requests[id].callbackGas == 0) return;
        _callbacks[_counters.callbacks] = id;
        _counters.callbacks += 1;
    }

    /// @dev A callee may make requests, so the counters are read anew each time, and each callback counts as made before it is.
    function _callBack(uint256 gasLimit) private {
        while (_counters.called < _counters.callbacks) {
            uint256 place = _counters.called;
            uint256 id = _callbacks[place];
            uint256 callbackGas = _requests[id].callbackGas;
            if (callbackGas > gasLimit || gasleft() < callbackGas + callbackGas / 32 + GAS_AROUND_CALLBACK) return;
            gasLimit -= callbackGas;
            _counters.called += 1;
            delete _callbacks[place];
            emit CallbackMade(id, _tell(id, callbackGas));
        }
    }

    /// @dev In assembly, so that what the callee returns is not copied.
    function _tell(uint256 id, uint256 callbackGas) private returns (bool succeeded) {
        Request storage posted = _requests[id];
        bytes memory data = abi.encodeCall(
            ITaskObserver.onTaskClosed, (id, posted.task, posted.phase, posted.result, posted.content)
        );
        address author = posted.author;
        assembly ("memory-safe") {
            succeeded := call(callbackGas, author, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }

    function _openTask(uint256 request) private view returns (Request storage posted) {
        posted = _requests[request];
        if (posted.phase != OPEN_PHASE) revert NoOpenTask(request);
    }

    function _feeUnits(uint256 kind) private view returns (uint256) {
        uint256 flatFeeUnits = _flatFeeUnits;
        return kind == OPEN_ACCOUNT ? FLAT_FEES_PER_CELL * flatFeeUnits : flatFeeUnits;
    }

    function _requireInField(uint256 value) private pure {
        if (value >= FIELD_ORDER) revert NotInField(value);
    }

    function _requireAccount(uint256 id, address l1Address, uint256 pubX) private view returns (uint256 pubY) {
        uint256[4] memory cell = LEDGER.getCell(id);
        if (cell[0] & 0xff != ACCOUNT_TAG || cell[1] != uint160(l1Address) || cell[2] != pubX) revert OtherCell(id);
        return cell[3];
    }

    /// @dev Share and manifest may change until the request is executed: then it fails.
    function _requireModel(NamedModel calldata model) private view {
        if (model.id == 0) {
            if (model.share != 0 || model.serial != 0 || model.manifest != 0) revert OtherCell(0);
            return;
        }
        uint256[4] memory cell = LEDGER.getCell(model.id);
        if (cell[0] & 0xff != MODEL_TAG || cell[1] != model.serial) revert OtherCell(model.id);
    }

    function _verifierCell(NamedVerifier calldata verifier) private view returns (uint256) {
        if (verifier.verifierContract == address(0)) {
            _requireAccount(verifier.account, verifier.l1Address, verifier.pubX);
            if (verifier.account == GATEWAY) revert OtherCell(GATEWAY);
            return verifier.account;
        }
        if (verifier.account != 0 || verifier.l1Address != address(0) || verifier.pubX != 0) {
            revert OtherCell(verifier.account);
        }
        return GATEWAY;
    }
}
