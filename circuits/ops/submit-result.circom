pragma circom 2.2.0;

include "../situation.circom";

function submitResultCode() { return 11; }
//                                    sender object fee amount param w1 w2 w3
function submitResultParts() { return [1,     1,     1,  0,     0,    0, 0, 1]; }

// Commits the worker's result; the verifier's window starts. Cost 2.
template SubmitResult() {
    input Situation() s;
    output Effect() effect;

    signal isWorker <== Equals()(s.objectHead.worker, s.op.sender);

    effect.faults <== (1 - s.objectIsTask) + (1 - s.phaseIsClaimed) + (1 - isWorker) + (1 - s.isInTime);
    effect.isPlaced <== 0;
    effect.debit <== 0;
    effect.senderCredit <== 0;
    // Before, submittedAt is 0.
    effect.object[0] <== (PHASE_SUBMITTED() - PHASE_CLAIMED()) * PHASE_UNIT() + s.timeSeconds * SUBMITTED_AT_UNIT();
    effect.object[1] <== 0;
    effect.object[2] <== 0;
    effect.object[3] <== s.content - s.object.f[3];
    effect.partyCredit <== 0;
    effect.modelRevenue <== 0;
    effect.treasury <== 0;
}
