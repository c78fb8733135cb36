pragma circom 2.2.0;

include "circomlib/circuits/poseidon.circom";

// Phase F. Commits to the stream and evaluates it at the challenge: docs/LEDGER.md, section 5.
//   words[n]     the stream, field elements
//   challenge    r, which the home contract derives from its own stream and the commitment
//   commitment   C, a fold of 15 words at a time
//   evaluation   e = sum of words[i] * r^i
// Cost 609 * ceil(n / 15) + n - 1.
template Bind(n) {
    signal input words[n];
    signal input challenge;
    signal output commitment;
    signal output evaluation;

    var CHUNK = 15;
    var chunks = (n + CHUNK - 1) \ CHUNK;
    signal folded[chunks + 1];
    signal chunk[chunks][CHUNK + 1];
    folded[0] <== 0;
    for (var c = 0; c < chunks; c++) {
        chunk[c][0] <== folded[c];
        for (var i = 0; i < CHUNK; i++) {
            if (c * CHUNK + i < n) chunk[c][i + 1] <== words[c * CHUNK + i];
            else chunk[c][i + 1] <== 0;
        }
        folded[c + 1] <== Poseidon(16)(chunk[c]);
    }
    commitment <== folded[chunks];

    signal horner[n];
    horner[n - 1] <== words[n - 1];
    for (var i = n - 2; i >= 0; i--) horner[i] <== horner[i + 1] * challenge + words[i];
    evaluation <== horner[0];
}
