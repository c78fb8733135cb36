pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/comparators.circom";
include "circomlib/circuits/poseidon.circom";

// The cells of the ledger: docs/LEDGER.md, section 2.

function TAG_ACCOUNT() { return 1; }
function TAG_MODEL() { return 2; }
function TAG_TASK() { return 3; }

function MODEL_ACTIVE() { return 1; }
function MODEL_FROZEN_BY_OWNER() { return 2; }
function MODEL_FROZEN_BY_GOVERNOR() { return 3; }
function MODEL_RETIRED() { return 4; }

function PHASE_OPEN() { return 1; }
function PHASE_CLAIMED() { return 2; }
function PHASE_SUBMITTED() { return 3; }
function PHASE_ACCEPTED() { return 4; }
function PHASE_REJECTED() { return 5; }
function PHASE_REFUNDED() { return 6; }
function PHASE_PAID_ON_SILENCE() { return 7; }

function OPERATOR() { return 1; }
function TREASURY() { return 2; }
function GATEWAY() { return 3; }
function GOVERNOR() { return 4; }

function RATE_BASIS() { return 10000; }
function TREASURY_RATE() { return 200; }
// What a voucher must pay its worker for each unit of its fee.
function LEAST_PAYOUT_PER_FEE() { return 100; }

// Weight of one unit of balance, and of one nonce, in an account's f0.
function BALANCE_UNIT() { return 1 << 40; }
function NONCE_UNIT() { return 1 << 8; }
// Weights in the f0 of a model.
function STATUS_UNIT() { return 1 << 8; }
function SHARE_UNIT() { return 1 << 16; }
function OWNER_UNIT() { return 1 << 32; }
function PRICE_UNIT() { return 1 << 56; }
// Weights in the f0 of a task.
function PHASE_UNIT() { return 1 << 8; }
function WORKER_UNIT() { return 1 << 16; }
function SUBMITTED_AT_UNIT() { return 1 << 40; }
function DRAWN_UNIT() { return 1 << 80; }

bus Cell() {
    signal f[4];
}

// f0 of a cell, read as each type would read it. Which reading means something is for the tag to say.
bus Head() {
    signal tag;
    signal nonce;
    signal balance;
    signal status;
    signal modelShare;
    signal owner;
    signal price;
    signal phase;
    signal isClosed;
    signal worker;
    signal submittedAt;
    signal drawn;
}

// A task's immutable terms (f1 of a task, w1 of postTask).
bus Terms() {
    signal requester;
    signal nonce;
    signal verifier;
    signal model;
    signal kind;
    signal silenceAccepts;
    // Bits of kind and flags that no known value has.
    signal unknownKindBits;
    signal unknownFlagBits;
    signal treasuryRate;
    signal share;
    signal deadline;
    signal window;
    // Bits 160 and up: 0 if the word is an address.
    signal beyondAddress;
}

bus Money() {
    signal reward;
    signal bond;
    signal verifierFee;
}

// The unsigned integer in bits from..from+width-1. Inputs must be bits. Cost 0 (linear).
template Part(n, from, width) {
    signal input bits[n];
    signal output out;
    var sum = 0;
    for (var i = 0; i < width; i++) sum += bits[from + i] * (1 << i);
    out <== sum;
}

// Splits f0 of any cell. f0 is below 2^144 whatever the type, because only valid ops write cells:
// so a slot that holds the wrong type (a priority op may name any cell) still has an assignment.
// Cost 144.
template SplitHead() {
    signal input f0;
    output Head() head;

    signal bits[144] <== Num2Bits(144)(f0);
    head.tag <== Part(144, 0, 8)(bits);
    head.nonce <== Part(144, 8, 32)(bits);
    head.balance <== Part(144, 40, 64)(bits);
    head.status <== Part(144, 8, 8)(bits);
    head.modelShare <== Part(144, 16, 16)(bits);
    head.owner <== Part(144, 32, 24)(bits);
    head.price <== Part(144, 56, 64)(bits);
    head.phase <== Part(144, 8, 8)(bits);
    // Phases are 1..7, and those from 4 up are the closed ones: bit 2.
    head.isClosed <== bits[10];
    head.worker <== Part(144, 16, 24)(bits);
    head.submittedAt <== Part(144, 40, 40)(bits);
    head.drawn <== Part(144, 80, 64)(bits);
}

// Splits a 224-bit word of terms. Cost 224.
template SplitTerms() {
    signal input word;
    output Terms() terms;

    signal bits[224] <== Num2Bits(224)(word);
    terms.requester <== Part(224, 0, 24)(bits);
    terms.nonce <== Part(224, 24, 32)(bits);
    terms.verifier <== Part(224, 56, 24)(bits);
    terms.model <== Part(224, 80, 24)(bits);
    terms.kind <== Part(224, 104, 8)(bits);
    terms.unknownKindBits <== Part(224, 106, 6)(bits);
    terms.silenceAccepts <== bits[112];
    terms.unknownFlagBits <== Part(224, 113, 7)(bits);
    terms.treasuryRate <== Part(224, 120, 16)(bits);
    terms.share <== Part(224, 136, 16)(bits);
    terms.deadline <== Part(224, 152, 40)(bits);
    terms.window <== Part(224, 192, 32)(bits);
    terms.beyondAddress <== Part(224, 160, 64)(bits);
}

// Splits a 192-bit word of money. Cost 192.
template SplitMoney() {
    signal input word;
    output Money() money;

    signal bits[192] <== Num2Bits(192)(word);
    money.reward <== Part(192, 0, 64)(bits);
    money.bond <== Part(192, 64, 64)(bits);
    money.verifierFee <== Part(192, 128, 64)(bits);
}

// The leaf of a cell: Poseidon of its fields, or 0 for the empty cell. A cell without f0 must have nothing else,
// so that no contents hide behind the empty leaf. Cost 303.
template Leaf() {
    input Cell() cell;
    signal output out;

    signal isEmpty <== IsZero()(cell.f[0]);
    for (var i = 1; i < 4; i++) {
        isEmpty * cell.f[i] === 0;
    }
    signal hash <== Poseidon(4)(cell.f);
    out <== (1 - isEmpty) * hash;
}
