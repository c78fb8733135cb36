pragma circom 2.2.0;

include "cells.circom";

// Phase A. Splits and range-checks what the stream says.

function HEADER_WORDS() { return 12; }

// Parts of an op's words: docs/LEDGER.md, section 3.
bus Op() {
    signal kind;     // 8 bits
    signal sender;   // 24 bits
    signal object;   // 24 bits
    signal fee;      // 48 bits
    signal amount;   // 64 bits
    signal param;    // 24 bits; of a model these two:
    signal share;    // 16 bits
    signal status;   // 8 bits
    signal chain;    // 8 bits, of a withdrawal
    signal w0;       // 192 bits
    signal w1;       // range-checked where it is split; the home queue holds it below 2^224
    signal w2;
    signal w3;
    signal isPriority;
    signal caller;   // what the home contract saw; 0 if not a priority op
}

bus Header() {
    signal domain;
    signal rootBefore;
    signal cellCountBefore;  // at most 8^levels
    signal timeSeconds;      // 40 bits
}

// Inputs: the four words of one op (field elements), its caller word and its priority bit. Cost 194.
template UnpackOp() {
    signal input words[4];
    signal input caller;
    signal input isPriority;
    output Op() op;

    signal bits[192] <== Num2Bits(192)(words[0]);
    op.kind <== Part(192, 0, 8)(bits);
    op.sender <== Part(192, 8, 24)(bits);
    op.object <== Part(192, 32, 24)(bits);
    op.fee <== Part(192, 56, 48)(bits);
    op.amount <== Part(192, 104, 64)(bits);
    op.param <== Part(192, 168, 24)(bits);
    op.share <== Part(192, 168, 16)(bits);
    op.status <== Part(192, 184, 8)(bits);
    op.chain <== Part(192, 168, 8)(bits);
    op.w0 <== words[0];
    op.w1 <== words[1];
    op.w2 <== words[2];
    op.w3 <== words[3];
    op.isPriority <== isPriority;
    op.caller <== caller;
    (1 - isPriority) * caller === 0;
}

// Inputs: all words of the stream. Cost 195 * N + 42 + 3 * levels.
template Unpack(levels, N) {
    signal input words[HEADER_WORDS() + 5 * N];
    output Header() header;
    output Op() ops[N];

    header.domain <== words[0];
    header.rootBefore <== words[3];
    header.cellCountBefore <== words[5];
    header.timeSeconds <== words[7];

    signal timeBits[40] <== Num2Bits(40)(words[7]);

    // At most 8^levels: if the highest bit is set, no other is.
    signal countBits[3 * levels + 1] <== Num2Bits(3 * levels + 1)(words[5]);
    var low = 0;
    for (var i = 0; i < 3 * levels; i++) low += countBits[i];
    countBits[3 * levels] * low === 0;

    signal priorityBits[N] <== Num2Bits(N)(words[10]);
    for (var i = 0; i < N; i++) {
        var at = HEADER_WORDS() + 4 * i;
        ops[i] <== UnpackOp()(
            [words[at], words[at + 1], words[at + 2], words[at + 3]],
            words[HEADER_WORDS() + 4 * N + i],
            priorityBits[i]
        );
    }
}
