pragma circom 2.2.0;

include "../situation.circom";

function openAccountCode() { return 4; }
//                                   sender object fee amount param w1 w2 w3
function openAccountParts() { return [1,     1,     1,  1,     0,    1, 1, 1]; }

// Creates an account for a triple, with an amount. Cost 0.
template OpenAccount() {
    input Situation() s;
    output Effect() effect;

    effect.faults <== s.w1IsZero + (1 - s.w1IsAddress) + (1 - s.w2w3IsValidKey);
    effect.isPlaced <== s.objectIsFresh;
    effect.debit <== s.op.amount;
    effect.senderCredit <== 0;
    effect.object <== [TAG_ACCOUNT() + s.op.amount * BALANCE_UNIT(), s.op.w1, s.op.w2, s.op.w3];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
