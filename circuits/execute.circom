pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";
include "authorize.circom";
include "cells.circom";
include "payout.circom";
include "situation.circom";
include "slots.circom";
include "unpack.circom";
include "ops/index.circom";

// Phase D. One op on the register file: docs/LEDGER.md, section 3.

// 0 if every part that the op does not use is 0, else a positive integer below 2^65. Cost 8.
//   namesTask   1 for a queued op on a task, which carries the task's terms and money in w1 and w2
template UnusedParts() {
    input Op() op;
    input Kind() kind;
    signal input namesTask;
    signal input w1IsZero;
    signal input w2IsZero;
    signal input w3IsZero;
    signal output faults;

    // The parts of w0 are small integers: their sum is 0 only if they are.
    signal narrow[5];
    narrow[0] <== (1 - kind.uses[PART_SENDER()]) * op.sender;
    narrow[1] <== (1 - kind.uses[PART_OBJECT()]) * op.object;
    narrow[2] <== (1 - kind.uses[PART_FEE()]) * op.fee;
    narrow[3] <== (1 - kind.uses[PART_AMOUNT()]) * op.amount;
    narrow[4] <== (1 - kind.uses[PART_PARAM()]) * op.param;
    // The other words may be any field elements, so only bits about them are added.
    signal w1 <== (1 - kind.uses[PART_W1()] - namesTask) * (1 - w1IsZero);
    signal w2 <== (1 - kind.uses[PART_W2()] - namesTask) * (1 - w2IsZero);
    signal w3 <== (1 - kind.uses[PART_W3()]) * (1 - w3IsZero);
    faults <== narrow[0] + narrow[1] + narrow[2] + narrow[3] + narrow[4] + w1 + w2 + w3;
}

// Reads the slots, judges the op, and changes the register file. All reads come before all changes, and changes add up:
// so an op may name one account in several slots.
//   cellCount      at most 8^levels
//   rowIds[K]      distinct; rowIds of unused rows are 8^levels or more
//   rows[K]        the register file before the op
//   isValid        the op's validity bit
//   rowsAfter[K]   the register file after it
//   statement      what the author signed, for phase authorize
//   fee, cut       units for the operator and for the treasury
// Cost about 1,950 + 24 * K.
template Execute(levels, K) {
    input Header() header;
    input Op() op;
    signal input cellCount;
    signal input rowIds[K];
    input Cell() rows[K];
    output Cell() rowsAfter[K];
    output Statement() statement;
    signal output isValid;
    signal output fee;
    signal output cut;
    signal output cellCountAfter;

    Kind() kind <== DecodeKind()(op.kind);
    Situation() s;
    s.op <== op;
    s.timeSeconds <== header.timeSeconds;

    // Slot A, the sender.
    signal senderId <== kind.uses[PART_SENDER()] * op.sender;
    signal senderIsUsed <== IsSlotUsed(levels)(senderId);
    signal selectSender[K] <== SelectRow(K)(senderId, senderIsUsed, rowIds);
    Cell() sender;
    for (var i = 0; i < 4; i++) sender.f[i] <== ReadField(K, i)(selectSender, rows);
    Head() senderHead <== SplitHead()(sender.f[0]);
    signal senderIsAccount <== Equals()(senderHead.tag, TAG_ACCOUNT());
    // A voucher uses no nonce: it is signed with 0, and the sender's stays.
    s.nonce <== (1 - kind.isDrawTask) * senderHead.nonce;

    // Slot B, the object.
    signal objectId <== kind.uses[PART_OBJECT()] * op.object;
    signal objectIsUsed <== IsSlotUsed(levels)(objectId);
    signal selectObject[K] <== SelectRow(K)(objectId, objectIsUsed, rowIds);
    for (var i = 0; i < 4; i++) s.object.f[i] <== ReadField(K, i)(selectObject, rows);
    s.objectHead <== SplitHead()(s.object.f[0]);
    s.objectIsAccount <== Equals()(s.objectHead.tag, TAG_ACCOUNT());
    s.objectIsModel <== Equals()(s.objectHead.tag, TAG_MODEL());
    s.objectIsTask <== Equals()(s.objectHead.tag, TAG_TASK());
    s.objectIsGateway <== Equals()(op.object, GATEWAY());
    s.objectIsSenders <== Equals()(s.objectHead.owner, op.sender);
    s.phaseIsOpen <== Equals()(s.objectHead.phase, PHASE_OPEN());
    s.phaseIsClaimed <== Equals()(s.objectHead.phase, PHASE_CLAIMED());
    s.phaseIsSubmitted <== Equals()(s.objectHead.phase, PHASE_SUBMITTED());

    // One split serves w1 and the terms of a task, another w2 of postTask and the money of a task. In an op on a task,
    // w1 and w2 are 0 or the task's anyway, and w1 of every other op must have 224 bits, w2 of postTask 192.
    signal isOnRealTask <== kind.isOnTask * s.objectIsTask;
    signal termsWord <== op.w1 + isOnRealTask * (s.object.f[1] - op.w1);
    s.terms <== SplitTerms()(termsWord);
    signal postedMoney <== kind.isPostTask * op.w2;
    signal taskMoney <== isOnRealTask * s.object.f[2];
    s.money <== SplitMoney()(postedMoney + taskMoney);

    s.amountIsZero <== IsZero()(op.amount);
    s.paramIsZero <== IsZero()(op.param);
    s.paramIsOne <== Equals()(op.param, 1);

    // Slot C, the party: the verifier of a new or a claimed task, or who is paid, which is the worker or the requester.
    signal isOnSubmitted <== isOnRealTask * s.phaseIsSubmitted;
    s.isPaidOnSilence <== isOnSubmitted * s.terms.silenceAccepts;
    signal isAccepted <== kind.isSettleTask * s.paramIsOne;
    signal isSilent <== kind.isExpireTask * s.isPaidOnSilence;
    signal isPayout <== isOnRealTask * (kind.isSettleTask + kind.isDrawTask + kind.isExpireTask);
    signal isWorkerPaid <== isOnRealTask * (isAccepted + kind.isDrawTask + isSilent);
    signal isClaim <== kind.isClaimTask * s.objectIsTask;
    signal verifierId <== (kind.isPostTask + isClaim) * s.terms.verifier;
    signal workerId <== isWorkerPaid * s.objectHead.worker;
    signal requesterId <== (isPayout - isWorkerPaid) * s.terms.requester;
    signal partyId <== verifierId + workerId + requesterId;
    signal partyIsUsed <== IsSlotUsed(levels)(partyId);
    signal selectParty[K] <== SelectRow(K)(partyId, partyIsUsed, rowIds);
    signal partyHeadWord <== ReadField(K, 0)(selectParty, rows);
    signal partyIdentity <== ReadField(K, 1)(selectParty, rows);
    signal partyKey <== ReadField(K, 2)(selectParty, rows);
    Head() partyHead <== SplitHead()(partyHeadWord);
    s.partyIsAccount <== Equals()(partyHead.tag, TAG_ACCOUNT());

    // Slot D, the model of a task that is posted, or whose worker is paid.
    signal modelId <== (kind.isPostTask + isWorkerPaid) * s.terms.model;
    signal modelIsUsed <== IsSlotUsed(levels)(modelId);
    signal selectModel[K] <== SelectRow(K)(modelId, modelIsUsed, rowIds);
    signal modelHeadWord <== ReadField(K, 0)(selectModel, rows);
    signal modelIdentity <== ReadField(K, 1)(selectModel, rows);
    signal modelManifest <== ReadField(K, 3)(selectModel, rows);
    s.modelHead <== SplitHead()(modelHeadWord);
    s.modelIsModel <== Equals()(s.modelHead.tag, TAG_MODEL());
    s.modelIsMissing <== modelIsUsed * (1 - s.modelIsModel);

    // Facts that several rules share.
    s.w1IsZero <== IsZero()(op.w1);
    s.w2IsZero <== IsZero()(op.w2);
    s.w3IsZero <== IsZero()(op.w3);
    s.w1IsAddress <== IsZero()(s.terms.beyondAddress);
    s.w1IsObjects <== Equals()(op.w1, s.object.f[1]);
    s.w2IsObjects <== Equals()(op.w2, s.object.f[2]);
    s.w3IsObjects <== Equals()(op.w3, s.object.f[3]);
    s.w2w3IsValidKey <== IsValidKey()(op.w2, op.w3);
    s.shareFits <== LessThan(16)([op.share, RATE_BASIS() - TREASURY_RATE() + 1]);
    s.content <== Poseidon(2)([s.object.f[3], op.w3]);
    // Both ends are below 2^41, and so is what is chosen of them.
    signal endsAt <== s.terms.deadline
        + isOnSubmitted * (s.objectHead.submittedAt + s.terms.window - s.terms.deadline);
    s.isInTime <== LessThan(41)([header.timeSeconds, endsAt]);
    // The price or the amount, each of 64 bits.
    signal asked <== op.amount + kind.isPostTask * (s.modelHead.price - op.amount);
    s.rewardIsTooSmall <== LessThan(64)([s.money.reward, asked]);
    s.payout <== PayOut()(
        kind.isDrawTask, op.amount, isOnRealTask, isWorkerPaid, s.money, s.objectHead, s.terms
    );
    signal treeIsFull <== Equals()(cellCount, 1 << (3 * levels));
    signal objectIsNext <== Equals()(op.object, cellCount);
    s.objectIsFresh <== objectIsNext * (1 - treeIsFull);

    Effect() effect <== Rules()(s, kind);

    // Judgement. Every fault is a bit or an integer below 2^65, so the sum is 0 exactly if there is none.
    // Since it was queued, the cell may have been given to another task.
    signal namesTask <== op.isPriority * kind.isOnTask;
    signal wrongTask <== namesTask * (2 - s.w1IsObjects - s.w2IsObjects);
    signal unusedParts <== UnusedParts()(op, kind, namesTask, s.w1IsZero, s.w2IsZero, s.w3IsZero);
    signal nonceIsLast <== Equals()(s.nonce, (1 << 32) - 1);
    // Its fee is all that a voucher costs, and the payout bears it: a hundredth of it at most, as its worker did not sign.
    signal covering <== senderHead.balance + kind.isDrawTask * (s.payout.party - senderHead.balance);
    signal owed <== effect.debit + op.fee + kind.isDrawTask * op.fee * (LEAST_PAYOUT_PER_FEE() - 1);
    signal isUncovered <== LessThan(66)([covering, owed]);
    signal callerIsSender <== Equals()(op.caller, sender.f[1]);
    signal isQueuedSend <== op.isPriority * kind.uses[PART_SENDER()];
    signal wrongCaller <== isQueuedSend * (1 - callerIsSender);
    signal wrongSender <== kind.uses[PART_SENDER()] * (1 - senderIsAccount);
    signal notQueued <== kind.isDeposit * (1 - op.isPriority);
    signal isMisplaced <== kind.isCreating - effect.isPlaced;
    isValid <== IsZero()(
        (1 - kind.isKnown) + unusedParts + wrongTask + wrongSender + nonceIsLast + isUncovered + wrongCaller
        + notQueued + isMisplaced + effect.faults
    );

    // Only the queue may be wrong.
    (1 - op.isPriority) * (1 - isValid) === 0;
    // The sequencer cannot make a priority op fail by naming a bad cell.
    isMisplaced * (1 - treeIsFull) === 0;
    // A never-used cell is empty: all of it must come from the op.
    signal takesFresh <== kind.isCreating * s.objectIsFresh;
    takesFresh * s.object.f[0] === 0;

    cellCountAfter <== cellCount + isValid * takesFresh;
    fee <== isValid * op.fee;
    cut <== isValid * effect.treasury;

    // Changes: differences, applied together.
    signal changesSender <== isValid * (1 - kind.isDrawTask);
    signal senderDelta <== changesSender
        * (NONCE_UNIT() + (effect.senderCredit - effect.debit - op.fee) * BALANCE_UNIT());
    signal objectDelta[4];
    for (var i = 0; i < 4; i++) objectDelta[i] <== isValid * effect.object[i];
    signal partyDelta <== isValid * effect.partyCredit * BALANCE_UNIT();
    signal modelDelta <== isValid * effect.modelRevenue;
    signal toSender[K];
    signal toObject[K][4];
    signal toParty[K];
    signal toModel[K];
    for (var k = 0; k < K; k++) {
        toSender[k] <== selectSender[k] * senderDelta;
        for (var i = 0; i < 4; i++) toObject[k][i] <== selectObject[k] * objectDelta[i];
        toParty[k] <== selectParty[k] * partyDelta;
        toModel[k] <== selectModel[k] * modelDelta;
        rowsAfter[k].f[0] <== rows[k].f[0] + toSender[k] + toObject[k][0] + toParty[k];
        rowsAfter[k].f[1] <== rows[k].f[1] + toObject[k][1];
        rowsAfter[k].f[2] <== rows[k].f[2] + toObject[k][2] + toModel[k];
        rowsAfter[k].f[3] <== rows[k].f[3] + toObject[k][3];
    }

    // What must have been signed. Identities of slots that are not used read as 0.
    signal signedObjectId <== (1 - kind.isCreating) * op.object;
    statement.isSigned <== (1 - op.isPriority) * (1 - kind.isNoop);
    statement.domain <== header.domain;
    statement.headWithoutFee <== op.w0 - op.fee * (1 << 56) + (signedObjectId - op.object) * (1 << 32);
    statement.fee <== op.fee;
    statement.timeSeconds <== header.timeSeconds;
    statement.nonce <== s.nonce;
    statement.w1 <== op.w1;
    statement.w2 <== op.w2;
    statement.w3 <== op.w3;
    statement.sender <== sender.f[1];
    statement.object <== (1 - kind.isCreating) * s.object.f[1];
    // Anyone may open an account with somebody's address, and an owner may change a model's manifest: so key and manifest
    // are named too.
    signal recipientKey <== kind.isTransfer * s.object.f[2];
    signal postedManifest <== kind.isPostTask * modelManifest;
    statement.detail <== taskMoney + recipientKey + postedManifest;
    statement.party <== partyIdentity;
    statement.partyKey <== partyKey;
    statement.model <== modelIdentity;
    statement.keyX <== sender.f[2];
    statement.keyY <== sender.f[3];
}
