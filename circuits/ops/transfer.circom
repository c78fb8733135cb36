pragma circom 2.2.0;

include "../situation.circom";

function transferCode() { return 3; }
//                                sender object fee amount param w1 w2 w3
function transferParts() { return [1,     1,     1,  1,     0,    1, 0, 0]; }

// Sender to account. To the gateway, w1 is the recipient in the contract lane. Cost 1.
template Transfer() {
    input Situation() s;
    output Effect() effect;

    signal lacksRecipient <== s.objectIsGateway * s.w1IsZero;
    effect.faults <== s.amountIsZero + (1 - s.objectIsAccount) + (1 - s.w1IsAddress) + lacksRecipient;
    effect.isPlaced <== 0;
    effect.debit <== s.op.amount;
    effect.senderCredit <== 0;
    effect.object <== [s.op.amount * BALANCE_UNIT(), 0, 0, 0];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
