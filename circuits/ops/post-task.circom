pragma circom 2.2.0;

include "../situation.circom";

function postTaskCode() { return 9; }
//                                sender object fee amount param w1 w2 w3
function postTaskParts() { return [1,     1,     1,  0,     0,    1, 1, 1]; }

// Locks reward and verifier fee, and opens a task in a fresh cell or in that of a closed task. Requester, serial and the
// treasury's rate are the ledger's to fill in. Cost 14.
template PostTask() {
    input Situation() s;
    output Effect() effect;

    // Non-negative and far below p, so the sum is 0 only if every one of them is.
    signal preset <== s.terms.requester + s.terms.nonce + s.terms.treasuryRate
        + s.terms.unknownKindBits + s.terms.unknownFlagBits;
    signal nothingPreset <== IsZero()(preset);
    signal kindIsZero <== IsZero()(s.terms.kind);
    signal windowIsZero <== IsZero()(s.terms.window);
    // Without a model, slot D is not used and its share reads as 0.
    signal shareIsModels <== Equals()(s.terms.share, s.modelHead.modelShare);

    signal modelIsNone <== IsZero()(s.terms.model);
    signal modelIsActive <== Equals()(s.modelHead.status, MODEL_ACTIVE());
    signal modelFaults <== (1 - modelIsNone) * ((1 - s.modelIsModel) + (1 - modelIsActive) + s.rewardIsTooSmall);

    // A closed task; a fresh cell is empty, so not both.
    signal isReusable <== s.objectIsTask * s.objectHead.isClosed;

    effect.faults <== (1 - s.partyIsAccount) + (1 - nothingPreset) + kindIsZero + windowIsZero
        + (1 - s.isInTime) + (1 - shareIsModels) + modelFaults;
    effect.isPlaced <== s.objectIsFresh + isReusable;
    effect.debit <== s.money.reward + s.money.verifierFee;
    effect.senderCredit <== 0;
    effect.object[0] <== TAG_TASK() + PHASE_OPEN() * PHASE_UNIT() - s.object.f[0];
    effect.object[1] <== s.op.w1 + s.op.sender + s.nonce * (1 << 24) + TREASURY_RATE() * (1 << 120) - s.object.f[1];
    effect.object[2] <== s.op.w2 - s.object.f[2];
    effect.object[3] <== s.op.w3 - s.object.f[3];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
