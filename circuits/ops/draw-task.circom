pragma circom 2.2.0;

include "../situation.circom";

function drawTaskCode() { return 13; }
//                                sender object fee amount param w1 w2 w3
function drawTaskParts() { return [1,     1,     1,  1,     0,    0, 0, 1]; }

// Pays the worker, who is the party, up to the cumulative amount of the requester's voucher, and commits the root of the
// receipts (w3). The fee comes out of the payout, which phase execute makes sure is worth it, and the sender stays as it
// is: so anyone may send a voucher, and no one twice. Cost 2.
template DrawTask() {
    input Situation() s;
    output Effect() effect;

    signal isRequester <== Equals()(s.terms.requester, s.op.sender);

    effect.faults <== (1 - s.objectIsTask) + (1 - s.phaseIsClaimed) + (1 - isRequester) + (1 - s.payout.isAboveDrawn)
        + s.rewardIsTooSmall + (1 - s.partyIsAccount) + s.modelIsMissing;
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object[0] <== (s.op.amount - s.objectHead.drawn) * DRAWN_UNIT();
    effect.object[1] <== 0;
    effect.object[2] <== 0;
    effect.object[3] <== s.content - s.object.f[3];
    effect.partyCredit <== s.payout.party - s.op.fee;
    effect.modelRevenue <== s.payout.model;
    effect.treasury <== s.payout.treasury;
}
