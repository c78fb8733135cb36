/**
 * The circuits with the constraint lines of some rules taken out, in a copy: a prover's own witness calculator, so to say.
 * Where a rule fixed a value, the copy lets the prover choose: `header.cheat`, which is stream word 9 (the circuit gives
 * that word no meaning), or an unusual amount or id, says which cheat it wants.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const CIRCUITS = path.resolve(import.meta.dirname, "../../circuits");

export const CHEAT = { inflate: 1n, oldNonce: 2n, writeElsewhere: 4n, flipValidity: 10n } as const;
/** A transfer to this cell is credited to row 4. */
export const UNOPENED_CELL = 63;
/** Rewards on which the calculator cheats in the split. */
export const REWARD_QUOTIENT_CHEAT = 1_000_091n;
export const REWARD_REMAINDER_CHEAT = 1_000_092n;

type Edit = readonly [file: string, line: string, replacement: string];

const EDITS: readonly Edit[] = [
  ["unpack.circom", "signal timeSeconds;      // 40 bits", "signal timeSeconds; signal cheat;"],
  [
    "unpack.circom",
    "header.timeSeconds <== words[7];",
    "header.timeSeconds <== words[7]; header.cheat <== words[9];",
  ],
  [
    "execute.circom",
    "toSender[k] <== selectSender[k] * senderDelta;",
    `toSender[k] <-- selectSender[k] * (senderDelta + (header.cheat == ${CHEAT.inflate} ? 5 * BALANCE_UNIT() : 0));`,
  ],
  [
    "execute.circom",
    "statement.nonce <== senderHead.nonce;",
    `statement.nonce <-- senderHead.nonce - (header.cheat == ${CHEAT.oldNonce} ? 1 : 0);`,
  ],
  ["authorize.circom", "EdDSAPoseidonVerifier()(1, ", "EdDSAPoseidonVerifier()(0, "],
  [
    "execute.circom",
    "toObject[k][i] <== selectObject[k] * objectDelta[i];",
    `toObject[k][i] <-- (selectObject[k] + (header.cheat == ${CHEAT.writeElsewhere} && k == 4 ? 1 : 0)) * objectDelta[i];`,
  ],
  [
    "open.circom",
    "steps[k - 1] <== Num2Bits(n)(ids[k] - ids[k - 1] - 1);",
    "{ gaps[k - 1] <-- ids[k] == ids[k - 1] ? 0 : ids[k] - ids[k - 1] - 1; steps[k - 1] <== Num2Bits(n)(gaps[k - 1]); }",
  ],
  ["open.circom", "signal steps[K - 1][n];", "signal steps[K - 1][n]; signal gaps[K - 1];"],
  [
    "slots.circom",
    "select[k] <-- isUsed == 1 && rowIds[k] == id ? 1 : 0;",
    `var row = -1;
        for (var j = K - 1; j >= 0; j--) { if (rowIds[j] == id) { row = j; } }
        if (id == ${UNOPENED_CELL}) { row = 4; }
        select[k] <-- isUsed == 1 && k == row ? 1 : 0;`,
  ],
  ["slots.circom", "select[k] * (rowIds[k] - id) === 0;", ""],
  ["close.circom", "found[k] === expected[k];", ""],
  ["cells.circom", "isEmpty * cell.f[i] === 0;", ""],
  ["batch.circom", "commitment === ownCommitment;", ""],
  [
    "ops/settle-task.circom",
    "signal remainder <-- product % RATE_BASIS();",
    `signal remainder <-- product % RATE_BASIS() - (units == ${REWARD_REMAINDER_CHEAT} ? RATE_BASIS() : 0);
    signal inRange <-- units == ${REWARD_REMAINDER_CHEAT} ? 0 : remainder;`,
  ],
  [
    "ops/settle-task.circom",
    "out <-- product \\ RATE_BASIS();",
    `out <-- product \\ RATE_BASIS() + (units == ${REWARD_QUOTIENT_CHEAT} || units == ${REWARD_REMAINDER_CHEAT} ? 1 : 0);`,
  ],
  ["ops/settle-task.circom", "out * RATE_BASIS() + remainder === product;", ""],
  ["ops/settle-task.circom", "Num2Bits(14)(remainder);", "Num2Bits(14)(inRange);"],
  [
    "ops/settle-task.circom",
    "Num2Bits(14)(remainder + (1 << 14) - RATE_BASIS());",
    "Num2Bits(14)(inRange + (1 << 14) - RATE_BASIS());",
  ],
  ["execute.circom", "isValid <== IsZero()(", "signal judged <== IsZero()("],
  [
    "execute.circom",
    "// Only the queue may be wrong.",
    `isValid <-- header.cheat == ${CHEAT.flipValidity} ? 1 - judged : judged;`,
  ],
];

/** Writes the weakened copy below `directory` and returns its path. Throws if a line is not in the circuits exactly once. */
export function weakenedCircuits(directory: string): string {
  const files = (readdirSync(CIRCUITS, { recursive: true }) as string[]).filter((f) => f.endsWith(".circom"));
  const sources = new Map(files.map((file) => [file, readFileSync(path.join(CIRCUITS, file), "utf8")]));
  for (const [file, line, replacement] of EDITS) {
    const parts = sources.get(file)?.split(line) ?? [];
    if (parts.length !== 2) throw new Error(`${file} has "${line}" ${parts.length - 1} times, not once`);
    sources.set(file, parts.join(replacement));
  }
  const hash = createHash("sha256")
    .update(JSON.stringify([...sources]))
    .digest("hex")
    .slice(0, 16);
  const copy = path.join(directory, `weakened-sources-${hash}`);
  for (const [file, source] of sources) {
    mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    writeFileSync(path.join(copy, file), source);
  }
  return copy;
}
