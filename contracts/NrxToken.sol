// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Erc20Permit} from "./Erc20Permit.sol";

/// @title NRX. Its whole supply is created once.
contract NrxToken is Erc20Permit {
    string public constant name = "NeuraChain";
    string public constant symbol = "NRX";
    uint256 public constant totalSupply = 1e9 * 1e18;

    /// @param holder gets the whole supply; named, because a deterministic deployment is sent by a factory
    constructor(address holder) {
        if (holder == address(0)) revert ZeroRecipient();
        balanceOf[holder] = totalSupply;
        emit Transfer(address(0), holder, totalSupply);
    }

    function _nameHash() internal pure override returns (bytes32) {
        return keccak256(bytes(name));
    }
}
