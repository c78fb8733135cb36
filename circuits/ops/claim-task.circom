pragma circom 2.2.0;

include "../situation.circom";

function claimTaskCode() { return 10; }
//                                 sender object fee amount param w1 w2 w3
function claimTaskParts() { return [1,     1,     1,  0,     0,    0, 0, 1]; }

// Makes the sender the task's worker and locks the bond. The claim names the input in w3. Cost 0.
template ClaimTask() {
    input Situation() s;
    output Effect() effect;

    effect.faults <== (1 - s.objectIsTask) + (1 - s.phaseIsOpen) + (1 - s.isInTime) + (1 - s.w3IsObjects)
        + (1 - s.partyIsAccount);
    effect.isPlaced <== 0;
    effect.debit <== s.money.bond;
    effect.senderCredit <== 0;
    // An open task has no worker yet: the field is 0.
    effect.object <== [(PHASE_CLAIMED() - PHASE_OPEN()) * PHASE_UNIT() + s.op.sender * WORKER_UNIT(), 0, 0, 0];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
