pragma circom 2.2.0;

include "../situation.circom";
include "claim-revenue.circom";
include "claim-task.circom";
include "deposit-to-evm.circom";
include "deposit.circom";
include "draw-task.circom";
include "expire-task.circom";
include "noop.circom";
include "open-account.circom";
include "post-task.circom";
include "register-model.circom";
include "settle-task.circom";
include "submit-result.circom";
include "transfer.circom";
include "update-model.circom";
include "withdraw.circom";

// Every executable kind. A kind that is missing here is invalid. To add one: its file beside this one, its include, its
// line in the two tables and in Rules, and the sets below that it belongs to.
function KINDS() { return 15; }
function kindCode(i) {
    var codes[15] = [
        noopCode(), depositCode(), depositToEvmCode(), transferCode(), openAccountCode(), withdrawCode(),
        registerModelCode(), updateModelCode(), claimRevenueCode(), postTaskCode(), claimTaskCode(), submitResultCode(),
        settleTaskCode(), drawTaskCode(), expireTaskCode()
    ];
    return codes[i];
}
function kindPart(i, part) {
    var parts[15][8] = [
        noopParts(), depositParts(), depositToEvmParts(), transferParts(), openAccountParts(), withdrawParts(),
        registerModelParts(), updateModelParts(), claimRevenueParts(), postTaskParts(), claimTaskParts(),
        submitResultParts(), settleTaskParts(), drawTaskParts(), expireTaskParts()
    ];
    return parts[i][part];
}

// Kinds that come from the queue only.
function isDepositCode(code) {
    return code == depositCode() || code == depositToEvmCode();
}
// Kinds whose object is a cell that the sequencer chooses.
function isCreatingCode(code) {
    return code == depositCode() || code == openAccountCode() || code == registerModelCode() || code == postTaskCode();
}
// Kinds that work on an existing task.
function isOnTaskCode(code) {
    return code == claimTaskCode() || code == submitResultCode() || code == settleTaskCode()
        || code == drawTaskCode() || code == expireTaskCode();
}

// Which kind an op has. Everything here is a bit; for an unknown kind all are 0. Cost 30.
bus Kind() {
    signal is[15];
    signal isKnown;
    signal isNoop;
    signal isDeposit;
    signal isCreating;
    signal isTransfer;
    signal isPostTask;
    signal isClaimTask;
    signal isSettleTask;
    signal isDrawTask;      // the op is a voucher
    signal isExpireTask;
    signal isOnTask;
    signal uses[8];         // parts it may set
}

template DecodeKind() {
    signal input code;
    output Kind() kind;

    var known = 0;
    var deposits = 0;
    var creating = 0;
    var onTask = 0;
    var uses[8] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (var i = 0; i < KINDS(); i++) {
        var kindsCode = kindCode(i);
        kind.is[i] <== Equals()(code, kindsCode);
        known += kind.is[i];
        for (var part = 0; part < 8; part++) {
            if (kindPart(i, part) == 1) uses[part] += kind.is[i];
        }
        if (kindsCode == noopCode()) kind.isNoop <== kind.is[i];
        if (kindsCode == transferCode()) kind.isTransfer <== kind.is[i];
        if (kindsCode == postTaskCode()) kind.isPostTask <== kind.is[i];
        if (kindsCode == claimTaskCode()) kind.isClaimTask <== kind.is[i];
        if (kindsCode == settleTaskCode()) kind.isSettleTask <== kind.is[i];
        if (kindsCode == drawTaskCode()) kind.isDrawTask <== kind.is[i];
        if (kindsCode == expireTaskCode()) kind.isExpireTask <== kind.is[i];
        if (isDepositCode(kindsCode)) deposits += kind.is[i];
        if (isCreatingCode(kindsCode)) creating += kind.is[i];
        if (isOnTaskCode(kindsCode)) onTask += kind.is[i];
    }
    kind.isKnown <== known;
    kind.isDeposit <== deposits;
    kind.isCreating <== creating;
    kind.isOnTask <== onTask;
    kind.uses <== uses;
}

// The effect of the op's kind. Cost about 100.
template Rules() {
    input Situation() s;
    input Kind() kind;
    output Effect() effect;

    Effect() of[15];
    of[0] <== Noop()(s);
    of[1] <== Deposit()(s);
    of[2] <== DepositToEvm()(s);
    of[3] <== Transfer()(s);
    of[4] <== OpenAccount()(s);
    of[5] <== Withdraw()(s);
    of[6] <== RegisterModel()(s);
    of[7] <== UpdateModel()(s);
    of[8] <== ClaimRevenue()(s);
    of[9] <== PostTask()(s);
    of[10] <== ClaimTask()(s);
    of[11] <== SubmitResult()(s);
    of[12] <== SettleTask()(s);
    of[13] <== DrawTask()(s);
    of[14] <== ExpireTask()(s);

    signal chosen[15][11];
    var sums[11] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for (var i = 0; i < KINDS(); i++) {
        chosen[i] <== Choose()(kind.is[i], of[i]);
        for (var j = 0; j < 11; j++) sums[j] += chosen[i][j];
    }
    effect.faults <== sums[0];
    effect.isPlaced <== sums[1];
    effect.debit <== sums[2];
    effect.senderCredit <== sums[3];
    effect.partyCredit <== sums[4];
    effect.modelRevenue <== sums[5];
    effect.treasury <== sums[6];
    effect.object <== [sums[7], sums[8], sums[9], sums[10]];
}

// An effect's signals, or zeros. Cost 1 for each that is not 0 anyway.
template Choose() {
    signal input is;
    input Effect() effect;
    signal output out[11];

    out[0] <== is * effect.faults;
    out[1] <== is * effect.isPlaced;
    out[2] <== is * effect.debit;
    out[3] <== is * effect.senderCredit;
    out[4] <== is * effect.partyCredit;
    out[5] <== is * effect.modelRevenue;
    out[6] <== is * effect.treasury;
    for (var i = 0; i < 4; i++) out[7 + i] <== is * effect.object[i];
}
