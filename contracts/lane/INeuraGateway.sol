// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The way from the contract lane to the ledger.
/// @notice A request is made by an ordinary transaction or by a contract, is executed by the next block as an operation of the
/// ledger's gateway account (cell 3), and has its outcome in that block. Units are 1e-9 NRX, 1e9 wei.
interface INeuraGateway {
    /// @param Pending The next blocks will execute it.
    /// @param Executed The ledger has executed it.
    /// @param Failed The ledger has refused it, for the reason in `outcomeOf`; what was paid was given back, except the flat fee
    /// and the price of a callback.
    enum Status {
        None,
        Pending,
        Executed,
        Failed
    }

    /// @param kind 1 training, 2 inference, 3 validation.
    /// @param flags 1: the verifier's silence accepts the result; 0: it rejects it.
    /// @param deadline Second by which the result must be submitted.
    /// @param window Seconds that the verifier has.
    /// @param input Commits to what is to be done.
    struct TaskTerms {
        uint8 kind;
        uint8 flags;
        uint40 deadline;
        uint32 window;
        uint64 rewardUnits;
        uint64 bondUnits;
        uint64 verifierFeeUnits;
        uint256 input;
    }

    /// @param id Cell of the model; 0, and all else 0, for a task without a model.
    /// @param serial Who registered it, and with which nonce: f1 of its cell.
    struct NamedModel {
        uint24 id;
        uint16 share;
        uint256 serial;
        uint256 manifest;
    }

    /// @param account Cell of the verifier's account with its l1Address and pubX; all 0 if a contract verifies.
    /// @param verifierContract The contract that may settle the task with `settleTask` and earns the verifier's fee, or 0.
    struct NamedVerifier {
        uint24 account;
        address l1Address;
        uint256 pubX;
        address verifierContract;
    }

    /// @param id The next request that has no outcome.
    /// @param failure 0, or the ledger's code of refusal as text.
    /// @param task Cell of a posted task.
    /// @param terms f1 of the posted task: it tells the task from a later one in the same cell.
    /// @param refundUnits What its author got back.
    struct Outcome {
        uint64 id;
        bytes32 failure;
        uint24 task;
        uint256 terms;
        uint64 refundUnits;
    }

    /// @param id The request that posted the task.
    /// @param refundUnits What its author got back.
    struct Closure {
        uint64 id;
        uint8 phase;
        uint256 result;
        uint256 content;
        uint64 refundUnits;
    }

    event Requested(
        uint256 indexed id,
        address indexed author,
        uint256[4] words,
        uint256 guard,
        uint64 valueUnits,
        uint64 callbackUnits,
        address verifierContract
    );
    event RequestExecuted(uint256 indexed id, uint24 task);
    event RequestFailed(uint256 indexed id, bytes32 failure, uint64 refundUnits);
    event TaskClosed(
        uint256 indexed id, uint24 indexed task, uint8 phase, uint256 result, uint256 content, uint64 refundUnits
    );
    event CallbackMade(uint256 indexed id, bool succeeded);
    event FeeChanged(uint48 flatFeeUnits);

    error WrongValue(uint256 expectedWei, uint256 actualWei);
    error ZeroAmount();
    error ZeroAddress();
    error ValueOutOfRange(uint256 limit, uint256 actual);
    error NotInField(uint256 value);
    /// @notice The cell is not the account or model that was named.
    error OtherCell(uint256 id);
    error CallbackGasTooHigh(uint256 limit, uint256 actual);
    error TooManyPending(uint256 limit);
    /// @notice The request posted no task, or the task is closed.
    error NoOpenTask(uint256 request);
    error NotVerifier(address verifierContract, address actual);
    error NotSystem(address actual);
    error OutcomeOutOfOrder(uint256 expected, uint256 actual);
    error CloseOfUnknownTask(uint256 request);

    /// @notice Moves NRX to a ledger account, which is named by everything that identifies it.
    /// @param memo For the account's owner, 160 bits.
    function withdrawToAccount(
        uint24 account,
        address l1Address,
        uint256 pubX,
        uint256 pubY,
        uint64 amountUnits,
        uint160 memo
    ) external payable returns (uint256 id);

    /// @notice Opens a ledger account with an amount, which may be 0.
    function openAccount(address l1Address, uint256 pubX, uint256 pubY, uint64 amountUnits)
        external
        payable
        returns (uint256 id);

    /// @notice Withdraws to a chain: 0 is home, other numbers are mirrors.
    function withdrawToL1(address recipient, uint8 chain, uint64 amountUnits) external payable returns (uint256 id);

    /// @notice Posts a task. What comes back of its reward is credited to the caller, and if `callbackGas` is not 0, the caller
    /// is told of the task's end by `ITaskObserver.onTaskClosed`.
    function postTask(
        TaskTerms calldata terms,
        NamedModel calldata model,
        NamedVerifier calldata verifier,
        uint32 callbackGas
    ) external payable returns (uint256 id);

    /// @notice The verdict of the contract that the posting named as verifier.
    /// @param request The request that posted the task.
    /// @param content The task's content that is judged; another one is refused.
    function settleTask(uint256 request, bool accept, uint256 content) external payable returns (uint256 id);

    /// @notice Ends a task whose time is over, as its terms say. Anyone may call it.
    function expireTask(uint256 request) external payable returns (uint256 id);

    /// @return Wei to be sent with a request besides its amounts. `kind` is the ledger's code of the operation: 3 transfer,
    /// 4 openAccount, 5 withdraw, 9 postTask, 12 settleTask, 14 expireTask.
    function feeWei(uint256 kind) external view returns (uint256);

    /// @return Wei to be sent with `postTask`.
    function taskWei(uint64 rewardUnits, uint64 verifierFeeUnits, uint32 callbackGas) external view returns (uint256);

    function outcomeOf(uint256 id) external view returns (Status status, bytes32 failure);

    /// @return task Cell of the task, 0 as long as it is not posted.
    /// @return phase 1 from the posting to the end of the task (the cell tells more), then as in `ITaskObserver`.
    /// @return terms f1 of the task's cell.
    /// @return result What the worker submitted, once the task is closed.
    /// @return content The task's content, once it is closed.
    function taskOf(uint256 request)
        external
        view
        returns (uint24 task, uint8 phase, uint256 terms, uint256 result, uint256 content);

    /// @return author Who made the request.
    /// @return kind The ledger's code of the operation.
    function requestOf(uint256 id) external view returns (address author, uint8 kind, address verifierContract);

    /// @return requests Number of requests; ids count from 1.
    /// @return done Requests up to this id have an outcome.
    /// @return callbacks Number of callbacks that were owed.
    /// @return called Those of them that were made.
    function counters() external view returns (uint64 requests, uint64 done, uint64 callbacks, uint64 called);

    /// @notice By the block builder only, in the block that executed the requests: outcomes, ends of tasks, then callbacks
    /// as far as their gas fits.
    function record(
        Outcome[] calldata outcomes,
        Closure[] calldata closures,
        uint48 flatFeeUnits,
        uint256 callbackGasLimit
    ) external;
}
