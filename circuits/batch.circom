pragma circom 2.2.0;

include "authorize.circom";
include "bind.circom";
include "cells.circom";
include "close.circom";
include "execute.circom";
include "open.circom";
include "unpack.circom";

// A batch of at most N ops on at most K cells of a ledger of 8^levels cells: docs/LEDGER.md.
// Public signals, in this order: commitment (C), challenge (r), evaluation (e).
//   stream[12 + 5N]        the public data, a private copy that bind ties to the home contract's
//   authorizations[N][5]   maxFee, validUntil, R8x, R8y, S; of an unsigned op 0, 0 and a signature of 0 by the key 1
//   rowIds[K]              1, 2, then the other cells in increasing order, then ids from 8^levels up
//   cells[K][4]            the cells before the batch
//   children               of each row's ancestors below the root, as they are when the rows before it are replaced
//   rootChildren[8]        before the batch
template Batch(levels, N, K) {
    var LENGTH = HEADER_WORDS() + 5 * N;
    signal input commitment;
    signal input challenge;
    signal input evaluation;
    signal input stream[LENGTH];
    signal input authorizations[N][5];
    signal input rowIds[K];
    signal input cells[K][4];
    signal input children[K][levels - 1][8];
    signal input rootChildren[8];

    // A. unpack
    Header() header;
    Op() ops[N];
    (header, ops) <== Unpack(levels, N)(stream);

    // C. open
    Cell() opened[K];
    for (var k = 0; k < K; k++) opened[k].f <== cells[k];
    signal isUsed[K];
    signal oneHot[K][levels][8];
    (isUsed, oneHot) <== RowIds(levels, K)(rowIds);
    signal nodes[K][levels] <== Open(levels, K)(opened, oneHot, children);

    // D. execute, and B. authorize
    Cell() rows[N + 1][K];
    Statement() statements[N];
    Authorization() signatures[N];
    signal isValid[N];
    signal fees[N];
    signal cuts[N];
    signal cellCounts[N + 1];
    rows[0] <== opened;
    cellCounts[0] <== header.cellCountBefore;
    var feeSum = 0;
    var cutSum = 0;
    var validityBits = 0;
    for (var i = 0; i < N; i++) {
        (rows[i + 1], statements[i], isValid[i], fees[i], cuts[i], cellCounts[i + 1]) <== Execute(levels, K)(
            header, ops[i], cellCounts[i], rowIds, rows[i]
        );
        signatures[i].maxFee <== authorizations[i][0];
        signatures[i].validUntil <== authorizations[i][1];
        signatures[i].r8x <== authorizations[i][2];
        signatures[i].r8y <== authorizations[i][3];
        signatures[i].s <== authorizations[i][4];
        Authorize()(statements[i], signatures[i]);
        feeSum += fees[i];
        cutSum += cuts[i];
        validityBits += isValid[i] * (1 << i);
    }

    // E. close
    signal rootBefore;
    signal rootAfter;
    (rootBefore, rootAfter) <== Close(levels, K)(
        feeSum, cutSum, rows[N], isUsed, oneHot, children, nodes, rootChildren
    );

    // What the stream says must be what happened.
    header.rootBefore === rootBefore;
    stream[4] === rootAfter;
    stream[6] === cellCounts[N];
    stream[11] === validityBits;

    // F. bind
    signal ownCommitment;
    signal ownEvaluation;
    (ownCommitment, ownEvaluation) <== Bind(LENGTH)(stream, challenge);
    commitment === ownCommitment;
    evaluation === ownEvaluation;
}
