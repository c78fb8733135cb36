pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "authorize.circom";
include "cells.circom";
include "situation.circom";
include "slots.circom";
include "unpack.circom";
include "ops/index.circom";

// Phase D. One op on the register file: docs/LEDGER.md, section 3.

// 1 if every part that the kind does not use is 0. Cost 14.
template UnusedPartsAreZero() {
    input Op() op;
    input Kind() kind;
    signal output out;

    // The narrow parts together: a sum of integers below 2^64 cannot wrap to 0.
    signal narrow[5];
    narrow[0] <== (1 - kind.uses[PART_SENDER()]) * op.sender;
    narrow[1] <== (1 - kind.uses[PART_OBJECT()]) * op.object;
    narrow[2] <== (1 - kind.uses[PART_FEE()]) * op.fee;
    narrow[3] <== (1 - kind.uses[PART_AMOUNT()]) * op.amount;
    narrow[4] <== (1 - kind.uses[PART_PARAM()]) * op.param;
    signal narrowIsZero <== IsZero()(narrow[0] + narrow[1] + narrow[2] + narrow[3] + narrow[4]);
    signal w1 <== (1 - kind.uses[PART_W1()]) * op.w1;
    signal w1IsZero <== IsZero()(w1);
    signal w2 <== (1 - kind.uses[PART_W2()]) * op.w2;
    signal w2IsZero <== IsZero()(w2);
    signal w3 <== (1 - kind.uses[PART_W3()]) * op.w3;
    signal w3IsZero <== IsZero()(w3);
    out <== IsZero()(4 - narrowIsZero - w1IsZero - w2IsZero - w3IsZero);
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
// Cost about 1,880 + 23 * K.
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
    s.nonce <== senderHead.nonce;

    // Slot B, the object.
    signal objectId <== kind.uses[PART_OBJECT()] * op.object;
    signal objectIsUsed <== IsSlotUsed(levels)(objectId);
    signal selectObject[K] <== SelectRow(K)(objectId, objectIsUsed, rowIds);
    for (var i = 0; i < 4; i++) s.object.f[i] <== ReadField(K, i)(selectObject, rows);
    s.objectHead <== SplitHead()(s.object.f[0]);
    s.objectIsAccount <== Equals()(s.objectHead.tag, TAG_ACCOUNT());
    s.objectIsTask <== Equals()(s.objectHead.tag, TAG_TASK());
    s.objectIsGateway <== Equals()(op.object, GATEWAY());

    // One split serves w1 and the terms of a task, another w2 of postTask and the money of a task. In an op on a task,
    // w1 and w2 must be 0 anyway, and w1 of every other op must have 224 bits, w2 of postTask 192.
    signal isOnRealTask <== kind.isOnTask * s.objectIsTask;
    signal termsWord <== op.w1 + isOnRealTask * (s.object.f[1] - op.w1);
    s.terms <== SplitTerms()(termsWord);
    signal postedMoney <== kind.isPostTask * op.w2;
    signal taskMoney <== isOnRealTask * s.object.f[2];
    s.money <== SplitMoney()(postedMoney + taskMoney);

    s.amountIsZero <== IsZero()(op.amount);
    s.paramIsZero <== IsZero()(op.param);
    s.paramIsOne <== Equals()(op.param, 1);

    // Slot C, the party: the verifier of a new task, or who is paid by a verdict.
    signal isSettling <== kind.isSettleTask * s.objectIsTask;
    signal isAccepting <== isSettling * s.paramIsOne;
    signal verifierId <== kind.isPostTask * s.terms.verifier;
    signal workerId <== isAccepting * s.objectHead.worker;
    signal requesterId <== (isSettling - isAccepting) * s.terms.requester;
    signal partyId <== verifierId + workerId + requesterId;
    signal partyIsUsed <== IsSlotUsed(levels)(partyId);
    signal selectParty[K] <== SelectRow(K)(partyId, partyIsUsed, rowIds);
    signal partyHeadWord <== ReadField(K, 0)(selectParty, rows);
    signal partyIdentity <== ReadField(K, 1)(selectParty, rows);
    Head() partyHead <== SplitHead()(partyHeadWord);
    s.partyIsAccount <== Equals()(partyHead.tag, TAG_ACCOUNT());

    // Slot D, the model of a task that is posted or accepted.
    signal modelId <== (kind.isPostTask + isAccepting) * s.terms.model;
    signal modelIsUsed <== IsSlotUsed(levels)(modelId);
    signal selectModel[K] <== SelectRow(K)(modelId, modelIsUsed, rowIds);
    signal modelHeadWord <== ReadField(K, 0)(selectModel, rows);
    signal modelIdentity <== ReadField(K, 1)(selectModel, rows);
    s.modelHead <== SplitHead()(modelHeadWord);
    s.modelIsModel <== Equals()(s.modelHead.tag, TAG_MODEL());
    s.modelIsMissing <== modelIsUsed * (1 - s.modelIsModel);

    // Facts that several rules share.
    s.w1IsZero <== IsZero()(op.w1);
    s.w1IsAddress <== IsZero()(s.terms.beyondAddress);
    s.w1IsObjects <== Equals()(op.w1, s.object.f[1]);
    s.w2IsObjects <== Equals()(op.w2, s.object.f[2]);
    s.w3IsObjects <== Equals()(op.w3, s.object.f[3]);
    s.w2w3IsValidKey <== IsValidKey()(op.w2, op.w3);
    s.isBeforeDeadline <== LessThan(40)([header.timeSeconds, s.terms.deadline]);
    signal treeIsFull <== Equals()(cellCount, 1 << (3 * levels));
    signal objectIsNext <== Equals()(op.object, cellCount);
    s.objectIsFresh <== objectIsNext * (1 - treeIsFull);

    Effect() effect <== Rules()(s, kind);

    // Judgement. Every fault is a bit or a small count, so the sum is 0 exactly if there is none.
    signal unusedPartsAreZero <== UnusedPartsAreZero()(op, kind);
    signal nonceIsLast <== Equals()(senderHead.nonce, (1 << 32) - 1);
    signal isUncovered <== LessThan(66)([senderHead.balance, effect.debit + op.fee]);
    signal callerIsSender <== Equals()(op.caller, sender.f[1]);
    signal isQueuedSend <== op.isPriority * kind.uses[PART_SENDER()];
    signal wrongCaller <== isQueuedSend * (1 - callerIsSender);
    signal wrongSender <== kind.uses[PART_SENDER()] * (1 - senderIsAccount);
    signal notQueued <== kind.isDeposit * (1 - op.isPriority);
    signal isMisplaced <== kind.isCreating - effect.isPlaced;
    isValid <== IsZero()(
        (1 - kind.isKnown) + (1 - unusedPartsAreZero) + wrongSender + nonceIsLast + isUncovered + wrongCaller
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
    signal senderDelta <== isValid * (NONCE_UNIT() + (effect.senderCredit - effect.debit - op.fee) * BALANCE_UNIT());
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
    statement.nonce <== senderHead.nonce;
    statement.w1 <== op.w1;
    statement.w2 <== op.w2;
    statement.w3 <== op.w3;
    statement.sender <== sender.f[1];
    statement.object <== (1 - kind.isCreating) * s.object.f[1];
    statement.objectMoney <== taskMoney;
    statement.party <== partyIdentity;
    statement.model <== modelIdentity;
    statement.keyX <== sender.f[2];
    statement.keyY <== sender.f[3];
}
