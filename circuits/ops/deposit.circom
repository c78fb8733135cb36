pragma circom 2.2.0;

include "../situation.circom";

function depositCode() { return 1; }
//                               sender object fee amount param w1 w2 w3
function depositParts() { return [0,     1,     0,  1,     0,    1, 1, 1]; }

// Credits the account (pubX, pubY, l1Address), or creates it. The whole triple must match: with the key alone, whoever
// deposits first to a key would own its exit. Cost 6.
template Deposit() {
    input Situation() s;
    output Effect() effect;

    signal mismatches <== (1 - s.objectIsAccount) + s.objectIsGateway
        + (1 - s.w1IsObjects) + (1 - s.w2IsObjects) + (1 - s.w3IsObjects);
    signal matches <== IsZero()(mismatches);

    effect.faults <== s.amountIsZero + s.w1IsZero + (1 - s.w1IsAddress) + (1 - s.w2w3IsValidKey);
    // Not both: a fresh cell is empty and matches nothing.
    effect.isPlaced <== s.objectIsFresh + matches;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object[0] <== s.objectIsFresh * TAG_ACCOUNT() + s.op.amount * BALANCE_UNIT();
    effect.object[1] <== s.objectIsFresh * s.op.w1;
    effect.object[2] <== s.objectIsFresh * s.op.w2;
    effect.object[3] <== s.objectIsFresh * s.op.w3;
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
