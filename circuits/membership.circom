pragma circom 2.2.0;

include "cells.circom";
include "tree.circom";

// Cell `id` holds `fields` under `root` (docs/LEDGER.md, section 6). All inputs but the path are public.
//   id           below 8^levels
//   fields[4]    field elements; an empty cell is 0, 0, 0, 0
//   children     children[level]: the 8 children of the cell's ancestor at that level
// Cost 418 * levels + 303.
template Membership(levels) {
    signal input root;
    signal input id;
    signal input fields[4];
    signal input children[levels][8];

    Cell() cell;
    cell.f <== fields;
    signal leaf <== Leaf()(cell);

    signal bits[3 * levels] <== Num2Bits(3 * levels)(id);
    signal oneHot[levels][8];
    for (var level = 0; level < levels; level++) {
        oneHot[level] <== Digit()([bits[3 * level], bits[3 * level + 1], bits[3 * level + 2]]);
    }
    signal nodes[levels + 1] <== Climb(levels)(leaf, oneHot, children);
    nodes[levels] === root;
}
