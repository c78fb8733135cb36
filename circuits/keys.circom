pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/comparators.circom";

// BabyJubJub's Base8, a generator of the prime subgroup (EIP-2494).
function BASE8_X() { return 5299619240641551281634865583518297030282874472190772894086521144482721001553; }
function BASE8_Y() { return 16950150798460657717958625567821834550301663161624707787222815936182638968203; }

// 1 if (x, y) is on the curve and not of small order, else 0; never unsatisfiable, whatever the two field elements are.
// The addition law is complete on the curve only, so a point off it is exchanged for Base8 before doubling.
// 4P has x = 0 exactly for P of order 1, 2, 4 or 8: the group is cyclic of order 8 * prime, (0, 1) and (0, -1) are
// its only points with x = 0, and 4P has order 1 or 2 exactly if 8P is neutral. Cost 22.
template IsValidKey() {
    signal input x;
    signal input y;
    signal output out;

    signal xx <== x * x;
    signal yy <== y * y;
    signal xxyy <== xx * yy;
    signal isOnCurve <== IsZero()(168700 * xx + yy - 1 - 168696 * xxyy);

    signal px <== BASE8_X() + isOnCurve * (x - BASE8_X());
    signal py <== BASE8_Y() + isOnCurve * (y - BASE8_Y());
    signal (x2, y2) <== BabyDbl()(px, py);
    signal (x4, y4) <== BabyDbl()(x2, y2);
    signal isSmall <== IsZero()(x4);
    out <== isOnCurve * (1 - isSmall);
}
