pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "cells.circom";

// What a task pays out, and how it is divided: docs/LEDGER.md, section 3, "Split".

bus Payout() {
    signal isAboveDrawn;    // the total is above what was drawn before
    // All three are units below 2^64, and their sum is what is paid.
    signal party;
    signal model;
    signal treasury;
}

// floor(units * rate / 10000). Inputs: units below 2^64; rate at most 10000 unless units is 0. So the quotient is at most
// units, and no product comes near p. Cost 93.
template Cut() {
    signal input units;
    signal input rate;
    signal output out;

    signal product <== units * rate;
    // A division, which no constraint can compute: pinned by the identity and the two ranges below it.
    signal remainder <-- product % RATE_BASIS();
    out <-- product \ RATE_BASIS();
    out * RATE_BASIS() + remainder === product;
    signal outBits[64] <== Num2Bits(64)(out);
    // remainder < 10000: it has 14 bits, and so has what is left of them above 10000.
    signal remainderBits[14] <== Num2Bits(14)(remainder);
    signal shiftedBits[14] <== Num2Bits(14)(remainder + (1 << 14) - RATE_BASIS());
}

// Pays a voucher up to its total, or out all that is left of the reward. What goes to the worker is divided by the rates
// of the terms, what goes back to the requester is not. Without a task nothing is due, so that no word that means
// something else reaches a division; and with one, the rates are those that postTask has fixed: together at most 10000.
//   voucherTotal    64 bits
//   isOnRealTask    money, head and terms are those of a task; then drawn <= reward
//   isWorkerPaid    bit, 0 without a task
// Cost 255.
template PayOut() {
    signal input isVoucher;
    signal input voucherTotal;
    signal input isOnRealTask;
    signal input isWorkerPaid;
    input Money() money;
    input Head() head;
    input Terms() terms;
    output Payout() payout;

    signal total <== money.reward + isVoucher * (voucherTotal - money.reward);
    payout.isAboveDrawn <== LessThan(64)([head.drawn, total]);
    signal isDue <== isOnRealTask * payout.isAboveDrawn;
    signal due <== isDue * (total - head.drawn);
    signal divided <== isWorkerPaid * due;
    payout.treasury <== Cut()(divided, terms.treasuryRate);
    // Without a model the task's share is 0, and so is this.
    payout.model <== Cut()(divided, terms.share);
    payout.party <== due - payout.treasury - payout.model;
}
