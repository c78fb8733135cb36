pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "cells.circom";
include "tree.circom";

// Phase C. The cells that the batch may touch, each opened once.

// Ids of the rows: row 0 is the operator, row 1 the treasury, and each row's id is greater than the one before, so no
// cell has two rows. Ids from 8^levels up name no cell: such a row is unused. Used rows come first.
//   ids[K]       below 2 * 8^levels
//   isUsed[K]    bit
//   oneHot       octal digits of the id, lowest first
// Cost (10 * levels + 2) * (K - 2).
template RowIds(levels, K) {
    signal input ids[K];
    signal output isUsed[K];
    signal output oneHot[K][levels][8];

    var n = 3 * levels + 1;
    signal bits[K][n];
    signal steps[K - 1][n];

    ids[0] === OPERATOR();
    ids[1] === TREASURY();
    for (var k = 0; k < K; k++) {
        bits[k] <== Num2Bits(n)(ids[k]);
        isUsed[k] <== 1 - bits[k][n - 1];
        for (var level = 0; level < levels; level++) {
            oneHot[k][level] <== Digit()([bits[k][3 * level], bits[k][3 * level + 1], bits[k][3 * level + 2]]);
        }
        // Both ids are below 2^n, so their difference less 1 has n bits exactly if it is not negative.
        if (k > 0) steps[k - 1] <== Num2Bits(n)(ids[k] - ids[k - 1] - 1);
    }
}

// The old cells with their paths up to the root's children, whose node all rows share (phase close).
//   cells[K]     the cells as they were before the batch
//   children     of each row's ancestors below the root, as they are when the rows before it are replaced
//   nodes        of each row, from the leaf to the child of the root
// Cost K * (303 + 410 * (levels - 1)).
template Open(levels, K) {
    input Cell() cells[K];
    signal input oneHot[K][levels][8];
    signal input children[K][levels - 1][8];
    signal output nodes[K][levels];

    signal leaves[K];
    signal digits[K][levels - 1][8];
    for (var k = 0; k < K; k++) {
        leaves[k] <== Leaf()(cells[k]);
        for (var level = 0; level < levels - 1; level++) digits[k][level] <== oneHot[k][level];
        nodes[k] <== Climb(levels - 1)(leaves[k], digits[k], children[k]);
    }
}
