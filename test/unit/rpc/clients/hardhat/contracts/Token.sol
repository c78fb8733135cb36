// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.24;

/// What the client scripts deploy: a token with every kind of failure that a library decodes.
contract Token {
    event Transfer(address indexed from, address indexed to, uint256 value);

    error InsufficientBalance(address owner, uint256 have, uint256 need);

    string public constant name = "Script token";
    string public constant symbol = "SCR";
    uint8 public constant decimals = 18;
    mapping(address owner => uint256) public balanceOf;

    constructor(uint256 supply) {
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function transfer(address to, uint256 value) external returns (bool) {
        require(to != address(0), "transfer to the zero address");
        uint256 have = balanceOf[msg.sender];
        if (have < value) revert InsufficientBalance(msg.sender, have, value);
        balanceOf[msg.sender] = have - value;
        balanceOf[to] += value;
        emit Transfer(msg.sender, to, value);
        return true;
    }

    function quotient(uint256 dividend, uint256 divisor) external pure returns (uint256) {
        return dividend / divisor;
    }
}
