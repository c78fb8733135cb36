pragma circom 2.2.0;

include "../situation.circom";

function registerModelCode() { return 6; }
//                                     sender object fee amount param w1 w2 w3
function registerModelParts() { return [1,     1,     1,  1,     1,    0, 0, 1]; }

// Registers a model: its price (amount), its owner's share of rewards (param), its manifest (w3). Cost 0.
template RegisterModel() {
    input Situation() s;
    output Effect() effect;

    // A new model is active: the status is not the author's to set.
    effect.faults <== (1 - s.shareFits) + s.op.status;
    effect.isPlaced <== s.objectIsFresh;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object[0] <== TAG_MODEL() + MODEL_ACTIVE() * STATUS_UNIT() + s.op.share * SHARE_UNIT()
        + s.op.sender * OWNER_UNIT() + s.op.amount * PRICE_UNIT();
    effect.object[1] <== s.op.sender + s.nonce * (1 << 24);
    effect.object[2] <== 0;
    effect.object[3] <== s.op.w3;
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
