pragma circom 2.2.0;

include "../situation.circom";

function depositToEvmCode() { return 2; }
//                                    sender object fee amount param w1 w2 w3
function depositToEvmParts() { return [0,     1,     0,  1,     0,    1, 0, 0]; }

// Credits the gateway; the contract lane credits the recipient. Cost 0.
template DepositToEvm() {
    input Situation() s;
    output Effect() effect;

    effect.faults <== (1 - s.objectIsGateway) + s.amountIsZero + s.w1IsZero + (1 - s.w1IsAddress);
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object <== [s.op.amount * BALANCE_UNIT(), 0, 0, 0];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
