pragma circom 2.2.0;

include "../situation.circom";

function updateModelCode() { return 7; }
//                                   sender object fee amount param w1 w2 w3
function updateModelParts() { return [1,     1,     1,  1,     1,    0, 0, 1]; }

// New price (amount), share and status (param), and manifest (w3) of a model that is not retired. The owner sets all of
// them, but what the governor froze stays frozen; the governor freezes and unfreezes, and names nothing else. Cost 18.
template UpdateModel() {
    input Situation() s;
    output Effect() effect;

    signal isRetired <== Equals()(s.objectHead.status, MODEL_RETIRED());
    signal isFrozenByGovernor <== Equals()(s.objectHead.status, MODEL_FROZEN_BY_GOVERNOR());
    signal toActive <== Equals()(s.op.status, MODEL_ACTIVE());
    signal toFrozenByOwner <== Equals()(s.op.status, MODEL_FROZEN_BY_OWNER());
    signal toFrozenByGovernor <== Equals()(s.op.status, MODEL_FROZEN_BY_GOVERNOR());
    signal toRetired <== Equals()(s.op.status, MODEL_RETIRED());

    var freely = toActive + toFrozenByOwner + toRetired;
    signal ownerMaySet <== freely + isFrozenByGovernor * (toFrozenByGovernor - freely);

    signal isGovernor <== Equals()(s.op.sender, GOVERNOR());
    signal governorFaults <== (1 - isGovernor) + (1 - toActive - toFrozenByGovernor) + (1 - s.amountIsZero)
        + s.op.share + (1 - s.w3IsZero);
    signal authorFaults <== governorFaults + s.objectIsSenders * (1 - ownerMaySet - governorFaults);

    effect.faults <== (1 - s.objectIsModel) + isRetired + (1 - s.shareFits) + authorFaults;
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    effect.object[0] <== (s.op.status - s.objectHead.status) * STATUS_UNIT() + s.objectIsSenders
        * ((s.op.share - s.objectHead.modelShare) * SHARE_UNIT() + (s.op.amount - s.objectHead.price) * PRICE_UNIT());
    effect.object[1] <== 0;
    effect.object[2] <== 0;
    effect.object[3] <== s.objectIsSenders * (s.op.w3 - s.object.f[3]);
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
