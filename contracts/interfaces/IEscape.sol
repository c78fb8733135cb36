// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @notice A cell, its four fields, and the membership proof that it holds them under the newest root.
struct CellOpening {
    uint24 id;
    uint256[4] fields;
    uint256[8] proof;
}

/// @title How everything leaves a frozen ledger without its operator (docs/SETTLEMENT.md section 5).
interface IEscape {
    /// @notice The newest root is the last word from now on.
    /// @param by gets the queue's pot
    event Frozen(address indexed by, uint64 indexed batch, uint256 root, uint256 potWei);
    /// @param tag 1 account, 2 model, 3 task
    event CellOpened(uint24 indexed id, uint256 tag);
    /// @notice The cell `from` credits an account, or a model that has not been opened yet.
    event CellCredited(uint24 indexed id, uint24 indexed from, uint256 amountUnits);
    event AccountPaid(uint24 indexed id, address indexed recipient, uint256 amountUnits);
    event DepositRefunded(uint64 indexed index, address indexed recipient, uint256 amountUnits);
    /// @notice What was out on mirrors was paid to `recovery`.
    event MirrorsReleased(uint256 amountUnits);

    /// @notice The first waiting entry is not overdue for long enough: anyone may freeze after `freezableAfter`,
    /// seconds since 1970; 0 if no entry waits.
    error NotFreezable(uint256 freezableAfter, uint256 chainTime);
    /// @notice Only possible in a frozen ledger.
    error NotFrozen();
    /// @notice Each cell is opened once.
    error AlreadyOpened(uint24 id);
    /// @notice The cell is not shown to hold these fields under the newest root: proof or fields are wrong, or the call
    /// had too little gas.
    error InvalidMembershipProof(uint24 id);
    /// @notice There is nothing in this cell.
    error EmptyCell(uint24 id);
    /// @notice The account is not known yet: open its cell first. Models and tasks pay through accounts.
    error AccountNotOpened(uint24 id);
    /// @notice Nothing is credited to this account, or it was paid.
    error NothingCredited(uint24 id);
    /// @notice The entry does not wait: it was consumed or refunded, or never queued.
    error EntryNotWaiting(uint64 index);
    /// @notice Only deposits brought tokens.
    error NotADeposit(uint256 kind);
    /// @notice Nothing is out on mirrors, or it was released.
    error NothingOutOnMirrors();

    /// @notice Ends the ledger when the first waiting entry has been overdue for longer than freezeDelay. Final. The
    /// queue's pot goes to the caller.
    function freeze() external;

    /// @notice Opens a cell once and credits what it holds to accounts. Anyone may call.
    function openCell(uint24 id, uint256[4] calldata fields, uint256[8] calldata proof) external;

    /// @notice Opens cells; those that are open already are skipped, so that nobody can make the call fail by being
    /// faster with one of them.
    function openMany(CellOpening[] calldata openings) external;

    /// @notice Pays what is credited to an opened account to its l1Address; the gateway's to the recovery contract.
    /// Can be called again after further cells have credited the account.
    function payAccount(uint24 id) external;

    /// @notice Gives a deposit that waits in the queue back, once: to the l1Address it names, or of a deposit to the
    /// contract lane to its caller.
    function refundDeposit(uint64 index, uint256[4] calldata words, address caller, uint40 queuedAt) external;

    /// @notice Pays what is out on mirrors to the recovery contract, in a frozen ledger or after the operator was
    /// deposed: nobody can bring it home any more. Can be called again when more has gone out.
    function releaseMirrors() external;

    function isFrozen() external view returns (bool);

    function isOpened(uint24 id) external view returns (bool);

    /// @notice What an account can be paid now; of a model, what waits for its cell to be opened.
    function creditedUnits(uint24 id) external view returns (uint256);
}
