// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {INeuraGateway} from "../INeuraGateway.sol";
import {ITaskObserver} from "../ITaskObserver.sol";

/// @title A board whose messages an AI model reviews before they are shown: an app that asks for an inference and uses the answer.
/// @dev Each message pays for its own review. What comes back of a review that never took place belongs to the message's author,
/// who fetches it: a payment in the callback would let an author that refuses it block nothing but itself, but cost gas that the
/// board has paid for.
contract ReviewedBoard is ITaskObserver {
    enum State {
        None,
        InReview,
        Shown,
        Hidden,
        NotReviewed
    }

    struct Message {
        address author;
        State state;
        bytes32 textHash;
    }

    INeuraGateway public constant GATEWAY = INeuraGateway(0x000000000000000000000000000000004e525847);
    /// @notice The answer of the model for a text that may be shown.
    uint256 public constant FIT = 1;
    uint32 private constant CALLBACK_GAS = 150_000;
    uint256 private constant WEI_PER_UNIT = 1e9;
    uint8 private constant ACCEPTED = 4;
    uint8 private constant PAID_ON_SILENCE = 7;

    uint64 public immutable reviewUnits;
    uint64 public immutable verifierFeeUnits;
    INeuraGateway.NamedVerifier private _verifier;

    mapping(uint256 request => Message) public messages;
    mapping(address author => uint256) public refundWei;

    event Posted(uint256 indexed request, address indexed author, bytes32 textHash);
    event Reviewed(uint256 indexed request, State state);

    error NotGateway(address actual);
    error NothingToRefund();
    error RefundFailed();

    constructor(uint64 reviewUnits_, uint64 verifierFeeUnits_, INeuraGateway.NamedVerifier memory verifier) {
        reviewUnits = reviewUnits_;
        verifierFeeUnits = verifierFeeUnits_;
        _verifier = verifier;
    }

    /// @notice What a message costs now, in wei.
    function priceWei() public view returns (uint256) {
        return GATEWAY.taskWei(reviewUnits, verifierFeeUnits, CALLBACK_GAS);
    }

    /// @param textHash Commits to the text, as the field element that workers look the text up by.
    function post(bytes32 textHash) external payable returns (uint256 request) {
        INeuraGateway.TaskTerms memory terms = INeuraGateway.TaskTerms({
            kind: 2,
            flags: 0,
            deadline: uint40(block.timestamp + 1 hours),
            window: 10 minutes,
            rewardUnits: reviewUnits,
            bondUnits: 0,
            verifierFeeUnits: verifierFeeUnits,
            input: uint256(textHash)
        });
        INeuraGateway.NamedModel memory anyModel;
        request = GATEWAY.postTask{value: msg.value}(terms, anyModel, _verifier, CALLBACK_GAS);
        messages[request] = Message(msg.sender, State.InReview, textHash);
        emit Posted(request, msg.sender, textHash);
    }

    /// @inheritdoc ITaskObserver
    function onTaskClosed(uint256 request, uint24, uint8 phase, uint256 result, uint256) external {
        if (msg.sender != address(GATEWAY)) revert NotGateway(msg.sender);
        Message storage message = messages[request];
        if (phase == ACCEPTED || phase == PAID_ON_SILENCE) {
            message.state = result == FIT ? State.Shown : State.Hidden;
        } else {
            message.state = State.NotReviewed;
            // The reward is back here. The verifier's fee is too, unless the verifier has earned it by rejecting.
            uint256 units = phase == 5 ? reviewUnits : uint256(reviewUnits) + verifierFeeUnits;
            refundWei[message.author] += units * WEI_PER_UNIT;
        }
        emit Reviewed(request, message.state);
    }

    function refund() external {
        uint256 amountWei = refundWei[msg.sender];
        if (amountWei == 0) revert NothingToRefund();
        refundWei[msg.sender] = 0;
        (bool succeeded,) = msg.sender.call{value: amountWei}("");
        if (!succeeded) revert RefundFailed();
    }
}
