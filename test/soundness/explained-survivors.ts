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
  single(String.raw`.*\.inv of 0`, ZERO_HAS_NO_INVERSE),
  recomputed(String.raw`.*\.inv of 0`, ZERO_HAS_NO_INVERSE),
  recomputed(
    String.raw`main\.authorizations\[\d+\]\[[01]\] of an op that nobody signed`,
    "maxFee and validUntil of an op that nobody signed: private, in their ranges, and multiplied by isSigned, which is 0",
  ),
  recomputed(
    String.raw`main\.rowIds\[\d+\] of an unused row`,
    "id of an unused row: from 8^levels up it names no cell, whatever it is, and no slot can select it",
  ),
  recomputed(
    String.raw`main\.children\[\d+\]\[\d+\]\[\d+\] of an unused row`,
    "a path of an unused row leads to no root: its child of the root is masked",
  ),
  deletion(
    String.raw`ops/(?!settle-task|draw-task|expire-task|post-task|claim-task)[\w-]+\.circom: \w+: effect\.(partyCredit|modelRevenue) <== 0;`,
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
    "a deposit has no sender: signed, its key would be (0, 0), which BabyCheck and the verifier's check of small order both refuse",
  ),
  deletion(
    String.raw`authorize\.circom: Authorize: signal validUntilBits\[40\] .*`,
    "of a signed op validUntil = T + timeSlack, both of 40 bits, so it has 41: it stays below p and clear of the nonce, and the author signed all of it; of another op nothing reads it",
  ),
  deletion(
    String.raw`authorize\.circom: Authorize: BabyCheck\(\)\(ax, ay\);`,
    "the sender of a signed op is an account (wrongSender), whose key was checked when it was made (IsValidKey; those of genesis by who deploys), and of a deposit, which has none, notQueued: kept as a second line, for 3 constraints",
  ),
  deletion(
    String.raw`authorize\.circom: Authorize: BabyCheck\(\)\(authorization\.r8x, authorization\.r8y\);`,
    "R8 is added to 8h * A, and the sum must be S * B8. Off the curve it fixes h by its hash, and at most 48 points of the curve can be added to it so that the sum lies on the curve or is not determined (docs/SOUNDNESS.md): a chance below 2^-240 a hash; kept as a second line, for 3 constraints",
  ),
  deletion(
    String.raw`batch\.circom: Batch: (opened\[k\]\.f <== cells\[k\]|signatures\[i\]\.\w+ <== authorizations\[i\]\[\d\]);`,
    "another name of a private input that is used nowhere else: a prover chooses both, so it gains nothing by choosing them differently",
  ),
];
