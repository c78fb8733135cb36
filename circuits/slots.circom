pragma circom 2.2.0;

include "circomlib/circuits/comparators.circom";
include "cells.circom";

// The register file: K cells, and how an op reads them. docs/LEDGER.md, "Slots".

// 1 if a slot with this id is used: it is not 0 and below the capacity. Input: 24 bits. Cost 2; 27 in small trees.
template IsSlotUsed(levels) {
    signal input id;
    signal output out;

    signal isZero <== IsZero()(id);
    if (levels == 8) {
        out <== 1 - isZero;
    } else {
        signal fits <== LessThan(24)([id, 1 << (3 * levels)]);
        out <== (1 - isZero) * fits;
    }
}

// Selects the row of a used slot: select[k] is 1 for the row with the slot's id, and 0 everywhere if it is not used.
// Ids of rows are distinct, so at most one select[k] can differ from 0, and the sum makes it 1: no further check that
// they are bits is needed. A used id without a row has no assignment. Cost K.
template SelectRow(K) {
    signal input id;
    signal input isUsed;
    signal input rowIds[K];
    signal output select[K];

    var sum = 0;
    for (var k = 0; k < K; k++) {
        // A search, given as its result: pinned by the product (only the matching row) and the sum (exactly that one).
        select[k] <-- isUsed == 1 && rowIds[k] == id ? 1 : 0;
        select[k] * (rowIds[k] - id) === 0;
        sum += select[k];
    }
    sum === isUsed;
}

// One field of the selected row, 0 if none is. Cost K.
template ReadField(K, field) {
    signal input select[K];
    input Cell() rows[K];
    signal output out;

    signal terms[K];
    var sum = 0;
    for (var k = 0; k < K; k++) {
        terms[k] <== select[k] * rows[k].f[field];
        sum += terms[k];
    }
    out <== sum;
}
