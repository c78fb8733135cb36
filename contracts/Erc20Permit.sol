// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INrxToken} from "./interfaces/INrxToken.sol";

/// @title What NRX and bridged NRX have in common: ERC-20 with EIP-2612 permits.
abstract contract Erc20Permit is INrxToken {
    uint8 public constant decimals = 18;

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    mapping(address owner => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    mapping(address owner => uint256) public nonces;

    function transfer(address to, uint256 amountWei) external returns (bool) {
        _transfer(msg.sender, to, amountWei);
        return true;
    }

    function approve(address spender, uint256 amountWei) external returns (bool) {
        _approve(msg.sender, spender, amountWei);
        return true;
    }

    function transferFrom(address from, address to, uint256 amountWei) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        // The largest allowance is unlimited and is not used up, as wallets expect of ERC-20.
        if (allowed != type(uint256).max) {
            if (allowed < amountWei) revert InsufficientAllowance(from, msg.sender, allowed, amountWei);
            allowance[from][msg.sender] = allowed - amountWei;
        }
        _transfer(from, to, amountWei);
        return true;
    }

    /// @inheritdoc INrxToken
    function permit(
        address owner,
        address spender,
        uint256 amountWei,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        if (block.timestamp > deadline) revert PermitExpired(deadline, block.timestamp);
        uint256 nonce = nonces[owner]++;
        bytes32 message = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, amountWei, nonce, deadline));
        address signer = ecrecover(keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR(), message)), v, r, s);
        // ecrecover answers 0 to a malformed signature.
        if (signer == address(0) || signer != owner) revert WrongPermitSigner(owner, signer);
        _approve(owner, spender, amountWei);
    }

    /// @notice EIP-712 domain; computed each time, so that it stays right if the chain's id changes in a fork.
    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, _nameHash(), keccak256("1"), block.chainid, address(this))
        );
    }

    /// @dev keccak256 of the token's name.
    function _nameHash() internal pure virtual returns (bytes32);

    function _approve(address owner, address spender, uint256 amountWei) private {
        allowance[owner][spender] = amountWei;
        emit Approval(owner, spender, amountWei);
    }

    function _transfer(address from, address to, uint256 amountWei) private {
        if (to == address(0)) revert ZeroRecipient();
        uint256 balance = balanceOf[from];
        if (balance < amountWei) revert InsufficientBalance(from, balance, amountWei);
        unchecked {
            // No overflow: the balances together are the supply.
            balanceOf[from] = balance - amountWei;
            balanceOf[to] += amountWei;
        }
        emit Transfer(from, to, amountWei);
    }
}
