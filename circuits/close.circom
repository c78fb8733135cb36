pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";
include "cells.circom";
include "tree.circom";

// Phase E. Credits fees and cuts, and leads the root from the old cells to the new ones, row by row.
//   fees, cuts    units for the operator (row 0) and the treasury (row 1)
//   cells[K]      the register file after the last op
//   nodes         of the old cells (phase open)
//   rootChildren  the 8 children of the root before the batch
// A row that is not used changes nothing: its digit below the root is masked. Cost K * (328 + 410 * (levels - 1)) + 804.
template Close(levels, K) {
    signal input fees;
    signal input cuts;
    input Cell() cells[K];
    signal input isUsed[K];
    signal input oneHot[K][levels][8];
    signal input children[K][levels - 1][8];
    signal input nodes[K][levels];
    signal input rootChildren[8];
    signal output rootBefore;
    signal output rootAfter;

    Cell() credited[K];
    signal leaves[K];
    signal digits[K][levels - 1][8];
    signal top[K];
    signal rootDigit[K][8];
    signal expected[K];
    signal found[K];
    signal running[K + 1][8];

    running[0] <== rootChildren;
    for (var k = 0; k < K; k++) {
        for (var i = 0; i < 4; i++) {
            if (k == 0 && i == 0) credited[k].f[i] <== cells[k].f[i] + fees * BALANCE_UNIT();
            else if (k == 1 && i == 0) credited[k].f[i] <== cells[k].f[i] + cuts * BALANCE_UNIT();
            else credited[k].f[i] <== cells[k].f[i];
        }
        leaves[k] <== Leaf()(credited[k]);
        for (var level = 0; level < levels - 1; level++) digits[k][level] <== oneHot[k][level];
        top[k] <== Reclimb(levels - 1)(leaves[k], nodes[k], digits[k], children[k]);

        for (var i = 0; i < 8; i++) rootDigit[k][i] <== oneHot[k][levels - 1][i] * isUsed[k];
        expected[k] <== isUsed[k] * nodes[k][levels - 1];
        found[k] <== ChildAt()(rootDigit[k], running[k]);
        found[k] === expected[k];
        running[k + 1] <== AddToChild()(rootDigit[k], running[k], top[k] - nodes[k][levels - 1]);
    }
    rootBefore <== Poseidon(8)(rootChildren);
    rootAfter <== Poseidon(8)(running[K]);
}
