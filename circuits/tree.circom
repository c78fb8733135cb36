pragma circom 2.2.0;

include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/poseidon.circom";

// The arity-8 Merkle tree: docs/LEDGER.md, section 1.

// One-hot form of an octal digit. Inputs: 3 bits. Cost 4.
template Digit() {
    signal input bits[3];
    signal output oneHot[8];

    signal both <== bits[0] * bits[1];
    var low[4] = [1 - bits[0] - bits[1] + both, bits[0] - both, bits[1] - both, both];
    for (var i = 0; i < 4; i++) {
        oneHot[4 + i] <== low[i] * bits[2];
        oneHot[i] <== low[i] - oneHot[4 + i];
    }
}

// The child that a digit selects. `oneHot` must be one-hot or all 0 (then 0). Cost 8.
template ChildAt() {
    signal input oneHot[8];
    signal input children[8];
    signal output out;

    signal selected[8];
    var sum = 0;
    for (var i = 0; i < 8; i++) {
        selected[i] <== oneHot[i] * children[i];
        sum += selected[i];
    }
    out <== sum;
}

// The children with `delta` added to the one that a digit selects. Cost 8.
template AddToChild() {
    signal input oneHot[8];
    signal input children[8];
    signal input delta;
    signal output out[8];

    for (var i = 0; i < 8; i++) {
        out[i] <== children[i] + oneHot[i] * delta;
    }
}

// Climbs from a leaf: each level's children must hold the node below at its digit.
// nodes[0] is the leaf, nodes[height] the node reached. Cost 410 * height.
template Climb(height) {
    signal input leaf;
    signal input oneHot[height][8];
    signal input children[height][8];
    signal output nodes[height + 1];

    signal below[height];
    nodes[0] <== leaf;
    for (var level = 0; level < height; level++) {
        below[level] <== ChildAt()(oneHot[level], children[level]);
        below[level] === nodes[level];
        nodes[level + 1] <== Poseidon(8)(children[level]);
    }
}

// The node reached from a new leaf in place of the old one, whose climb gave `oldNodes`. Cost 410 * height.
template Reclimb(height) {
    signal input newLeaf;
    signal input oldNodes[height + 1];
    signal input oneHot[height][8];
    signal input children[height][8];
    signal output node;

    signal nodes[height + 1];
    signal replaced[height][8];
    nodes[0] <== newLeaf;
    for (var level = 0; level < height; level++) {
        replaced[level] <== AddToChild()(oneHot[level], children[level], nodes[level] - oldNodes[level]);
        nodes[level + 1] <== Poseidon(8)(replaced[level]);
    }
    node <== nodes[height];
}
