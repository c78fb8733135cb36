// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INeuraGateway} from "../INeuraGateway.sol";
import {INeuraLedger} from "../INeuraLedger.sol";

/// @title A contract as the verifier of tasks: a result counts when two of three members have judged it alike.
/// @notice The fees that it earns pay for its verdicts; what is over stays here.
contract CommitteeVerifier {
    INeuraGateway public constant GATEWAY = INeuraGateway(0x000000000000000000000000000000004e525847);
    INeuraLedger public constant LEDGER = INeuraLedger(0x00000000000000000000000000000000004e5258);
    uint256 private constant SETTLE_TASK = 12;
    uint256 private constant SUBMITTED = 3;

    address[3] public members;
    /// @dev A verdict on another content is another verdict.
    mapping(uint256 request => mapping(uint256 content => mapping(bool accept => address))) private _firstVote;

    error NotMember(address actual);
    error AlreadyVoted(address member);
    error NotSubmitted(uint256 request);
    error WrongContent(uint256 expected, uint256 actual);

    constructor(address[3] memory members_) payable {
        members = members_;
    }

    /// @notice Judges the result of that content. The second equal vote settles the task.
    /// @param content What the member has looked at: blocks that are taken back are made again with the same votes, on a ledger where the
    /// request may name another task, or the task hold another result.
    function vote(uint256 request, bool accept, uint256 content) external returns (uint256 settlement) {
        if (msg.sender != members[0] && msg.sender != members[1] && msg.sender != members[2]) {
            revert NotMember(msg.sender);
        }
        (uint24 task,, uint256 terms,,) = GATEWAY.taskOf(request);
        uint256[4] memory cell = LEDGER.getCell(task);
        if (cell[1] != terms || (cell[0] >> 8) & 0xff != SUBMITTED) revert NotSubmitted(request);
        if (cell[3] != content) revert WrongContent(cell[3], content);
        address first = _firstVote[request][content][accept];
        if (first == msg.sender) revert AlreadyVoted(msg.sender);
        if (first == address(0)) {
            _firstVote[request][content][accept] = msg.sender;
            return 0;
        }
        return GATEWAY.settleTask{value: GATEWAY.feeWei(SETTLE_TASK)}(request, accept, content);
    }
}
