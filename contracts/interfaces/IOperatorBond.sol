// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title What the operator loses by telling a mirror of a batch that home has not accepted (docs/SETTLEMENT.md section 6).
interface IOperatorBond {
    event BondPosted(address indexed from, uint256 amountWei, uint256 bondWei);
    event BondRequested(uint256 amountWei, uint40 availableAt);
    event BondTaken(uint256 amountWei);
    /// @notice The operator signed a batch as final that is not, or two of one number. Batches need no signature from now on.
    event OperatorDeposed(address indexed reporter, uint64 number, uint256 rewardWei, uint256 recoveredWei);

    /// @notice Only the operator may do this.
    error NotOperator(address expected, address actual);
    /// @notice The operator was deposed: its signature and its bond have no meaning any more.
    error OperatorIsDeposed();
    /// @notice Two signatures of one batch, or one of the batch that home accepted, prove nothing.
    error SameBatch(bytes32 streamHash);
    /// @notice Home has not accepted a batch of this number yet: report again when it has, or when it is frozen.
    error NotDecidedYet(uint64 newest, uint64 number);
    /// @notice Nothing was asked for.
    error BondNotRequested();
    /// @notice The bond can be taken from `availableAt` to `availableUntil`, seconds since 1970; else ask for it again.
    error BondNotAvailable(uint40 availableAt, uint40 availableUntil, uint256 chainTime);

    /// @notice Adds the caller's NRX to the operator's bond.
    function postBond(uint256 amountWei) external;

    /// @notice Asks for the bond as it is now. Only the operator. What is posted later stays; asking again starts the
    /// delay again.
    function requestBond() external;

    /// @notice Pays what was asked for to the operator, from bondDelay after it asked and for as long. Only the operator.
    function takeBond() external;

    /// @notice Deposes the operator, shown by its signatures of two different batches of one number as final. Half of
    /// the bond goes to the caller, half to the recovery contract.
    /// @param streamHashA keccak256 of the batch's stream and commitment, as it was signed
    function reportEquivocation(
        uint64 number,
        bytes32 streamHashA,
        bytes calldata signatureA,
        bytes32 streamHashB,
        bytes calldata signatureB
    ) external;

    /// @notice Deposes the operator, shown by its signature of a batch as final of which home has accepted another, or,
    /// frozen, none.
    /// @param historyBefore h(number − 1), with streamHashes as for {IBatchHistory-proveHistory}: they show which batch
    /// home has accepted. Neither is read for a number that home has not reached, nor for number 0
    /// @param streamHashes of the accepted batches, the first of them of batch `number`
    function reportFalseBatch(
        uint64 number,
        bytes32 streamHash,
        bytes calldata signature,
        bytes32 historyBefore,
        bytes32[] calldata streamHashes
    ) external;

    function bondWei() external view returns (uint256);

    /// @notice What takeBond pays, and from when; 0 and 0 if nothing was asked for.
    function requestedBond() external view returns (uint256 amountWei, uint40 availableAt);

    function isDeposed() external view returns (bool);
}
