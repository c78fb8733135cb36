// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The ledger as contracts read it: a precompile at 0x4e5258.
interface INeuraLedger {
    /// @return The ledger's root as of this block.
    function ledgerRoot() external view returns (uint256);

    /// @param id Cell of an account, a model or a task.
    /// @return Its four fields (docs/LEDGER.md section 2); all 0 if the cell is empty.
    function getCell(uint256 id) external view returns (uint256[4] memory);
}
