// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title NRX, the money of NeuraChain: ERC-20 with EIP-2612 permits, 18 decimals, fixed supply.
interface INrxToken {
    event Transfer(address indexed from, address indexed to, uint256 amountWei);
    event Approval(address indexed owner, address indexed spender, uint256 amountWei);

    error InsufficientBalance(address owner, uint256 balanceWei, uint256 neededWei);
    error InsufficientAllowance(address owner, address spender, uint256 allowanceWei, uint256 neededWei);
    /// @notice Tokens cannot be sent to the zero address; the supply is fixed.
    error ZeroRecipient();
    /// @notice Sign a new permit: this one was valid until `deadline`.
    error PermitExpired(uint256 deadline, uint256 time);
    /// @notice The permit was signed by another key, or over other values or another nonce.
    error WrongPermitSigner(address expected, address actual);

    function name() external view returns (string memory);

    function symbol() external view returns (string memory);

    function decimals() external view returns (uint8);

    function totalSupply() external view returns (uint256);

    function balanceOf(address owner) external view returns (uint256);

    function allowance(address owner, address spender) external view returns (uint256);

    function transfer(address to, uint256 amountWei) external returns (bool);

    function approve(address spender, uint256 amountWei) external returns (bool);

    function transferFrom(address from, address to, uint256 amountWei) external returns (bool);

    /// @notice Sets an allowance by the owner's signature (EIP-2612); anyone may send it.
    function permit(
        address owner,
        address spender,
        uint256 amountWei,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    function nonces(address owner) external view returns (uint256);

    function DOMAIN_SEPARATOR() external view returns (bytes32);
}
