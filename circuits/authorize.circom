pragma circom 2.2.0;

include "circomlib/circuits/babyjub.circom";
include "circomlib/circuits/bitify.circom";
include "circomlib/circuits/eddsaposeidon.circom";
include "circomlib/circuits/poseidon.circom";
include "keys.circom";

// Phase B. What the author of an op signed, and the signature: docs/LEDGER.md, section 4.

// Private to the proof: never in the stream.
bus Authorization() {
    signal maxFee;      // 48 bits
    signal validUntil;  // 40 bits
    signal r8x;
    signal r8y;
    signal s;           // below the subgroup order
}

// What execute knows about an op that was signed.
bus Statement() {
    signal isSigned;    // 0: nothing to verify
    signal domain;
    signal headWithoutFee;  // w0 with fee 0, and object 0 for creating kinds
    signal fee;         // 48 bits
    signal timeSeconds; // 40 bits
    signal nonce;       // 32 bits, the sender's
    signal w1;
    signal w2;
    signal w3;
    signal sender;      // l1Address
    signal object;
    signal detail;
    signal party;
    signal partyKey;
    signal model;
    signal keyX;
    signal keyY;
}

// Demands a valid signature of `statement`, or, if nothing was signed, of message 0 under the key Base8, whose private
// key is 1: the same constraints for every op, without a switch inside the verifier. Cost 4,898.
template Authorize() {
    input Statement() statement;
    input Authorization() authorization;

    var FEE_UNIT = 1 << 56;
    var VALID_UNTIL_UNIT = 1 << 32;

    // Without its range, a maximum could carry into `amount` of the signed head.
    signal maxFeeBits[48] <== Num2Bits(48)(authorization.maxFee);
    signal validUntilBits[40] <== Num2Bits(40)(authorization.validUntil);
    // fee <= maxFee and T <= validUntil, all four range-checked.
    signal feeSlack <== statement.isSigned * (authorization.maxFee - statement.fee);
    signal feeSlackBits[48] <== Num2Bits(48)(feeSlack);
    signal timeSlack <== statement.isSigned * (authorization.validUntil - statement.timeSeconds);
    signal timeSlackBits[40] <== Num2Bits(40)(timeSlack);

    signal message <== Poseidon(12)([
        statement.domain,
        statement.headWithoutFee + authorization.maxFee * FEE_UNIT,
        statement.nonce + authorization.validUntil * VALID_UNTIL_UNIT,
        statement.w1,
        statement.w2,
        statement.w3,
        statement.sender,
        statement.object,
        statement.detail,
        statement.party,
        statement.partyKey,
        statement.model
    ]);

    signal verifiedMessage <== statement.isSigned * message;
    signal ax <== BASE8_X() + statement.isSigned * (statement.keyX - BASE8_X());
    signal ay <== BASE8_Y() + statement.isSigned * (statement.keyY - BASE8_Y());

    // circomlib's verifier checks S, and A's order, but not that the two points are on the curve.
    BabyCheck()(ax, ay);
    BabyCheck()(authorization.r8x, authorization.r8y);
    EdDSAPoseidonVerifier()(1, ax, ay, authorization.s, authorization.r8x, authorization.r8y, verifiedMessage);
}
