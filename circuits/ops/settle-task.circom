pragma circom 2.2.0;

include "../situation.circom";

function settleTaskCode() { return 12; }
//                                  sender object fee amount param w1 w2 w3
function settleTaskParts() { return [1,     1,     1,  0,     1,    0, 0, 1]; }

// The verifier's verdict: param is 1 to accept, 0 to reject. The party is the worker or the requester. Cost 3.
template SettleTask() {
    input Situation() s;
    output Effect() effect;

    signal isVerifier <== Equals()(s.terms.verifier, s.op.sender);
    var accept = s.paramIsOne;
    signal bondBack <== accept * s.money.bond;

    effect.faults <== (1 - s.objectIsTask) + (1 - s.phaseIsSubmitted) + (1 - isVerifier) + (1 - s.isInTime)
        + (1 - s.w3IsObjects) + (1 - s.paramIsZero - s.paramIsOne) + (1 - s.partyIsAccount) + s.modelIsMissing;
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== s.money.verifierFee;
    effect.object[0] <== (PHASE_REJECTED() - PHASE_SUBMITTED() + accept * (PHASE_ACCEPTED() - PHASE_REJECTED()))
        * PHASE_UNIT();
    effect.object[1] <== 0;
    effect.object[2] <== 0;
    effect.object[3] <== 0;
    effect.partyCredit <== s.payout.party + bondBack;
    effect.modelRevenue <== s.payout.model;
    effect.treasury <== s.payout.treasury + s.money.bond - bondBack;
}
