// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title What a contract implements to be told of the end of a task that it posted through the gateway.
interface ITaskObserver {
    /// @notice Called once by the gateway, with the gas that was paid for at posting. If it reverts, or runs out of that gas,
    /// it is not called again: the gateway's `taskOf` still tells the same.
    /// @param request Id of the request that posted the task.
    /// @param task Cell of the task; 0 if it could not be posted.
    /// @param phase 4 accepted, 5 rejected, 6 refunded, 7 paid on silence (docs/LEDGER.md section 2), or 0: it could not be
    /// posted. What the poster gets back was credited to it before the call.
    /// @param result What the worker submitted; 0 if nothing was submitted.
    /// @param content The task's content: input and result hashed.
    function onTaskClosed(uint256 request, uint24 task, uint8 phase, uint256 result, uint256 content) external;
}
