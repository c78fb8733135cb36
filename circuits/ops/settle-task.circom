pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "../situation.circom";

function settleTaskCode() { return 12; }
//                                  sender object fee amount param w1 w2 w3
function settleTaskParts() { return [1,     1,     1,  0,     1,    0, 0, 1]; }

// floor(units * rate / 10000). Inputs: units below 2^64, rate below 2^16; so the quotient is below 2^67 even where the
// words that they were read from mean something else, and no product comes near p. Cost 96.
template Cut() {
    signal input units;
    signal input rate;
    signal output out;

    signal product <== units * rate;
    // A division, which no constraint can compute: pinned by the identity and the two ranges below it.
    signal remainder <-- product % RATE_BASIS();
    out <-- product \ RATE_BASIS();
    out * RATE_BASIS() + remainder === product;
    signal outBits[67] <== Num2Bits(67)(out);
    // remainder < 10000: it has 14 bits, and so has what is left of them above 10000.
    signal remainderBits[14] <== Num2Bits(14)(remainder);
    signal shiftedBits[14] <== Num2Bits(14)(remainder + (1 << 14) - RATE_BASIS());
}

// The verifier's verdict: param is 1 to accept, 0 to reject. The party is the worker or the requester. Cost 250.
template SettleTask() {
    input Situation() s;
    output Effect() effect;

    signal isSubmitted <== Equals()(s.objectHead.phase, PHASE_SUBMITTED());
    signal isVerifier <== Equals()(s.terms.verifier, s.op.sender);
    signal isInWindow <== LessThan(41)([s.timeSeconds, s.objectHead.submittedAt + s.terms.window]);
    signal treasuryCut <== Cut()(s.money.reward, s.terms.treasuryRate);
    signal modelCut <== Cut()(s.money.reward, s.terms.share);
    var accept = s.paramIsOne;

    effect.faults <== (1 - s.objectIsTask) + (1 - isSubmitted) + (1 - isVerifier) + (1 - isInWindow)
        + (1 - s.w3IsObjects) + (1 - s.paramIsZero - s.paramIsOne) + (1 - s.partyIsAccount) + s.modelIsMissing;
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== s.money.verifierFee;
    effect.object[0] <== (PHASE_REJECTED() - PHASE_SUBMITTED() + accept * (PHASE_ACCEPTED() - PHASE_REJECTED()))
        * PHASE_UNIT();
    effect.object[1] <== 0;
    effect.object[2] <== 0;
    effect.object[3] <== 0;
    effect.partyCredit <== s.money.reward + accept * (s.money.bond - treasuryCut - modelCut);
    // Without a model the task's share is 0, and so is this.
    effect.modelRevenue <== accept * modelCut;
    effect.treasury <== s.money.bond + accept * (treasuryCut - s.money.bond);
}
