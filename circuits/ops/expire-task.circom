pragma circom 2.2.0;

include "../situation.circom";

function expireTaskCode() { return 14; }
//                                  sender object fee amount param w1 w2 w3
function expireTaskParts() { return [1,     1,     1,  0,     0,    0, 0, 0]; }

// Ends a task that nobody has ended in time. The party is the worker, if the verifier's silence counts as acceptance, else
// the requester; the unearned verifier fee is its too. A bond that was locked goes to the worker or is lost. Cost 2.
template ExpireTask() {
    input Situation() s;
    output Effect() effect;

    signal bondBack <== s.isPaidOnSilence * s.money.bond;
    signal bondLost <== (1 - s.phaseIsOpen) * (s.money.bond - bondBack);

    effect.faults <== (1 - s.objectIsTask) + s.objectHead.isClosed + s.isInTime + (1 - s.partyIsAccount)
        + s.modelIsMissing;
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object[0] <== (PHASE_REFUNDED() - s.objectHead.phase
        + s.isPaidOnSilence * (PHASE_PAID_ON_SILENCE() - PHASE_REFUNDED())) * PHASE_UNIT();
    effect.object[1] <== 0;
    effect.object[2] <== 0;
    effect.object[3] <== 0;
    effect.partyCredit <== s.payout.party + s.money.verifierFee + bondBack;
    effect.modelRevenue <== s.payout.model;
    effect.treasury <== s.payout.treasury + bondLost;
}
