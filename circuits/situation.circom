pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "cells.circom";
include "keys.circom";
include "payout.circom";
include "unpack.circom";

// What the rule of a kind may look at: the op, the time, the cells of its slots as they are before the op, and facts
// about them that several rules share. Names that start with is, or say so, are bits.
bus Situation() {
    Op() op;
    signal timeSeconds;
    signal nonce;               // the sender's; 0 for a voucher, which uses none
    Cell() object;
    Head() objectHead;
    Head() modelHead;
    Terms() terms;              // of w1, or of the object where the kind works on a task and finds one
    Money() money;              // of w2, or of that task
    Payout() payout;            // of that task
    signal objectIsAccount;
    signal objectIsModel;
    signal objectIsTask;
    signal objectIsGateway;
    signal objectIsFresh;       // the next cell that was never used
    signal objectIsSenders;     // the owner in a model is the sender
    signal phaseIsOpen;         // these three if the object is a task
    signal phaseIsClaimed;
    signal phaseIsSubmitted;
    signal content;             // of that task with w3 committed to it
    signal isPaidOnSilence;     // the object is a submitted task whose verifier's silence counts as acceptance
    signal partyIsAccount;
    signal modelIsModel;
    signal modelIsMissing;      // slot D is used, and by something else than a model
    signal amountIsZero;
    signal paramIsZero;
    signal paramIsOne;
    signal shareFits;           // with the treasury's rate at most the whole
    signal w1IsZero;
    signal w2IsZero;
    signal w3IsZero;
    signal w1IsAddress;         // w1 is below 2^160 (where the kind does not work on a task)
    signal w1IsObjects;         // w1, w2, w3 equal the object's f1, f2, f3
    signal w2IsObjects;
    signal w3IsObjects;
    signal w2w3IsValidKey;
    signal isInTime;            // T < deadline of the terms; < end of the window if the object is a submitted task
    signal rewardIsTooSmall;    // below the model's price, or below what a voucher asks for
}

// What a rule says. All amounts are units; `faults` counts violated conditions and stays small.
bus Effect() {
    signal faults;
    signal isPlaced;            // creating kinds: the object is a cell that the op may write
    signal debit;               // from the sender, besides the fee; below 2^65
    signal senderCredit;
    signal object[4];           // added to the object's fields
    signal partyCredit;
    signal modelRevenue;
    signal treasury;
}

// The parts of an op that a kind may set: sender, object, fee, amount, param, w1, w2, w3.
function PART_SENDER() { return 0; }
function PART_OBJECT() { return 1; }
function PART_FEE() { return 2; }
function PART_AMOUNT() { return 3; }
function PART_PARAM() { return 4; }
function PART_W1() { return 5; }
function PART_W2() { return 6; }
function PART_W3() { return 7; }

// 1 if the two are equal. Cost 2.
template Equals() {
    signal input a;
    signal input b;
    signal output out;
    out <== IsZero()(a - b);
}
