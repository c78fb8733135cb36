pragma circom 2.2.0;

include "../situation.circom";

function withdrawCode() { return 5; }
//                                sender object fee amount param w1 w2 w3
function withdrawParts() { return [1,     0,     1,  1,     1,    1, 0, 0]; }

// Leaves to a recipient on a chain: 0 is home, other numbers are mirrors. Cost 0.
template Withdraw() {
    input Situation() s;
    output Effect() effect;

    effect.faults <== s.amountIsZero + (s.op.param - s.op.chain) + s.w1IsZero + (1 - s.w1IsAddress);
    effect.isPlaced <== 0;
    effect.debit <== s.op.amount;
    effect.senderCredit <== 0;
    effect.object <== [0, 0, 0, 0];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
