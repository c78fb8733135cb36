/** What survives the two runs, and why that is harmless. */
import type { Explanation } from "./explanations.ts";

const about =
  (run: Explanation["about"]) =>
  (survivors: string, reason: string): Explanation => ({ about: run, survivors, reason });
const single = about("single");
const recomputed = about("recomputed");
const deletion = about("deletion");

const ZERO_HAS_NO_INVERSE =
  "the input of this IsZero is 0, and 0 has no inverse: its product with any value is 0, and the output is 1 whatever the hint says";

export const EXPLANATIONS: readonly Explanation[] = [
  single(String.raw`.*\.(IsZero#\d+(\[\d+\])*|isz|isZero|zeropoint)\.inv`, ZERO_HAS_NO_INVERSE),
  recomputed(String.raw`.*\.(IsZero#\d+(\[\d+\])*|isz|isZero|zeropoint)\.inv`, ZERO_HAS_NO_INVERSE),
  recomputed(
    String.raw`main\.authorizations\[\d+\]\[[01]\]`,
    "maxFee and validUntil of an op that nobody signed: private, in their ranges, and multiplied by isSigned, which is 0",
  ),
  recomputed(
    String.raw`main\.rowIds\[\d+\]`,
    "id of an unused row: from 8^levels up it names no cell, whatever it is, and no slot can select it",
  ),
  recomputed(
    String.raw`main\.children\[\d+\]\[\d+\]\[\d+\]`,
    "a path of an unused row leads to no root: its child of the root is masked",
  ),
  deletion(
    String.raw`ops/(?!settle|draw|expire|post|claim-task).*: effect\.(partyCredit|modelRevenue) <== 0;`,
    "ops of this kind use no slot C or D: no row is selected, so the credit is multiplied by 0",
  ),
  deletion(
    String.raw`ops/claim-task\.circom: ClaimTask: effect\.modelRevenue <== 0;`,
    "a claim uses no slot D: no row is selected, so the credit is multiplied by 0",
  ),
  deletion(
    String.raw`ops/(noop|deposit|deposit-to-evm)\.circom: .*: effect\.senderCredit <== 0;`,
    "ops of this kind use no slot A: no row is selected, so the credit is multiplied by 0",
  ),
  deletion(
    String.raw`ops/(noop|withdraw)\.circom: .*: effect\.object <== \[0, 0, 0, 0\];`,
    "ops of this kind use no slot B: no row is selected, so the change is multiplied by 0",
  ),
  deletion(
    String.raw`ops/draw-task\.circom: DrawTask: effect\.senderCredit <== 0;`,
    "a voucher changes nothing of its sender: the whole change of slot A is multiplied by changesSender, which is 0 for it",
  ),
  deletion(
    String.raw`ops/(claim|settle|draw|expire)-task\.circom: \w+: \(1 - s\.objectIsTask\), a term of effect\.faults`,
    "without a task slot C is not used, so the party is no account; kept because it costs no constraint",
  ),
  deletion(
    String.raw`execute\.circom: UnusedParts: narrow\[2\], a term of faults`,
    "a kind without a fee has no sender: slot A reads as empty, and its balance of 0 does not cover a fee",
  ),
  deletion(
    String.raw`execute\.circom: Execute: notQueued, a term of isValid`,
    "a deposit has no sender: signed, its key would be (0, 0), which is no point of the curve",
  ),
  deletion(
    String.raw`authorize\.circom: Authorize: signal validUntilBits\[40\] .*`,
    "validUntil = T + timeSlack, both of 40 bits, so it has 41: it stays below p and clear of the nonce, and the author signed all of it",
  ),
  deletion(
    String.raw`authorize\.circom: Authorize: BabyCheck\(\)\(ax, ay\);`,
    "keys of accounts are checked when the account is made (IsValidKey; those of genesis by who deploys): kept as a second line, for 3 constraints",
  ),
  deletion(
    String.raw`authorize\.circom: Authorize: BabyCheck\(\)\(authorization\.r8x, authorization\.r8y\);`,
    "R8 enters one addition with a point on the curve, whose sum must be S * B8, also on it, and its own hash: nobody knows how to choose such an R8 off the curve; kept as a second line, for 3 constraints",
  ),
  deletion(
    String.raw`batch\.circom: Batch: (opened\[k\]\.f <== cells\[k\]|signatures\[i\]\.\w+ <== authorizations\[i\]\[\d\]);`,
    "another name of a private input that is used nowhere else: a prover chooses both alike",
  ),
];
