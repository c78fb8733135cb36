// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Erc20Permit} from "./Erc20Permit.sol";
import {IBridgedNrx} from "./interfaces/IBridgedNrx.sol";

/// @title NRX on a mirror's chain. Its creator is the mirror.
contract BridgedNrx is Erc20Permit, IBridgedNrx {
    string public constant name = "Bridged NeuraChain";
    string public constant symbol = "bNRX";
    address public immutable mirror = msg.sender;
    uint256 public totalSupply;

    modifier onlyMirror() {
        if (msg.sender != mirror) revert NotMirror(mirror, msg.sender);
        _;
    }

    /// @inheritdoc IBridgedNrx
    function mint(address to, uint256 amountWei) external onlyMirror {
        if (to == address(0)) revert ZeroRecipient();
        totalSupply += amountWei;
        balanceOf[to] += amountWei;
        emit Transfer(address(0), to, amountWei);
    }

    /// @inheritdoc IBridgedNrx
    function burn(address from, uint256 amountWei) external onlyMirror {
        uint256 balance = balanceOf[from];
        if (balance < amountWei) revert InsufficientBalance(from, balance, amountWei);
        balanceOf[from] = balance - amountWei;
        totalSupply -= amountWei;
        emit Transfer(from, address(0), amountWei);
    }

    function _nameHash() internal pure override returns (bytes32) {
        return keccak256(bytes(name));
    }
}
