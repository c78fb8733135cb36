pragma circom 2.2.0;

include "../situation.circom";

function registerModelCode() { return 6; }
//                                     sender object fee amount param w1 w2 w3
function registerModelParts() { return [1,     1,     1,  1,     1,    0, 0, 1]; }

// Registers a model: its price (amount), its owner's share of rewards (param), its manifest (w3). The object is slot D in
// the document and slot B here, where all cells are created: the ids and the effect are the same. Cost 25.
template RegisterModel() {
    input Situation() s;
    output Effect() effect;

    // As 24 bits, so that a status set above the share's 16 bits is too large as well.
    signal shareFits <== LessThan(24)([s.op.param, RATE_BASIS() - TREASURY_RATE() + 1]);

    effect.faults <== 1 - shareFits;
    effect.isPlaced <== s.objectIsFresh;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object[0] <== TAG_MODEL() + MODEL_ACTIVE() * (1 << 8) + s.op.param * (1 << 16)
        + s.op.sender * (1 << 32) + s.op.amount * (1 << 56);
    effect.object[1] <== s.op.sender + s.nonce * (1 << 24);
    effect.object[2] <== 0;
    effect.object[3] <== s.op.w3;
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
