pragma circom 2.2.0;

include "../situation.circom";

function noopCode() { return 0; }
//                            sender object fee amount param w1 w2 w3
function noopParts() { return [0,     0,     0,  0,     0,    0, 0, 0]; }

// Padding. Cost 0.
template Noop() {
    input Situation() s;
    output Effect() effect;

    effect.faults <== 0;
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object <== [0, 0, 0, 0];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
