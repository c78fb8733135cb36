pragma circom 2.2.0;

include "../situation.circom";

function claimRevenueCode() { return 8; }
//                                    sender object fee amount param w1 w2 w3
function claimRevenueParts() { return [1,     1,     1,  0,     0,    0, 0, 0]; }

// A model's revenue goes to its owner. It is f2 of a model, a sum of cuts of locked units and so below 2^64 without a
// range check here; f2 of another cell is credited to nobody, as the op is invalid then. Cost 0.
template ClaimRevenue() {
    input Situation() s;
    output Effect() effect;

    effect.faults <== (1 - s.objectIsModel) + (1 - s.objectIsSenders);
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== s.object.f[2];
    effect.object[0] <== 0;
    effect.object[1] <== 0;
    effect.object[2] <== -s.object.f[2];
    effect.object[3] <== 0;
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
