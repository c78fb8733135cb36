// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INrxToken} from "./INrxToken.sol";

/// @title NRX on a mirror's chain: created by withdrawals to the mirror, burned by returns.
interface IBridgedNrx is INrxToken {
    /// @notice Only the mirror creates and burns.
    error NotMirror(address expected, address actual);

    /// @notice The contract that creates and burns.
    function mirror() external view returns (address);

    function mint(address to, uint256 amountWei) external;

    function burn(address from, uint256 amountWei) external;
}
