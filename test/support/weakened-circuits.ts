/**
 * The circuits with the constraint lines of some rules taken out, in a copy: a prover's own witness calculator, so to say.
 * Where a rule fixed a value, the copy lets the prover choose: `header.cheat`, which is stream word 9 (the circuit gives
 * that word no meaning), or an unusual amount or id, says which cheat it wants.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const CIRCUITS = path.resolve(import.meta.dirname, "../../circuits");

export const CHEAT = {
  inflate: 1n,
  oldNonce: 2n,
  writeElsewhere: 4n,
  flipValidity: 10n,
  vouchersNonce: 20n,
  voucherCharged: 21n,
  voucherUncovered: 22n,
  voucherFeeUnbounded: 27n,
  otherParty: 28n,
  otherPayee: 29n,
  windowIgnored: 23n,
  priceAsked: 24n,
  silencePays: 25n,
  workerUnpaid: 26n,
  revenueInflated: 30n,
  revenueKept: 31n,
  ownerChanged: 32n,
  manifestErased: 38n,
  drawnKept: 33n,
  receiptsLeftOut: 34n,
  feeUnpaid: 35n,
  bondInvented: 36n,
  taskKeptOpen: 37n,
  otherTask: 39n,
  otherManifest: 40n,
} as const;
/** A key, or manifest, that an author signed for, in place of the one in the cell. */
export const OTHER_KEY = 777n;
/** A transfer to this cell is credited to row 4. */
export const UNOPENED_CELL = 63;
/** Rewards on which the calculator cheats in the split, and one that is paid out as if nothing had been drawn. */
export const REWARD_QUOTIENT_CHEAT = 1_000_091n;
export const REWARD_REMAINDER_CHEAT = 1_000_092n;
export const REWARD_DRAWN_CHEAT = 1_000_093n;
/** A reward of which a refund is divided, and a voucher that pays all of a reward. */
export const REWARD_REFUND_CHEAT = 1_000_094n;
export const VOUCHER_CHEAT = 300_001n;

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
    "statement.nonce <== s.nonce;",
    `statement.nonce <-- s.nonce - (header.cheat == ${CHEAT.oldNonce} ? 1 : 0);`,
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
    "payout.circom",
    "signal remainder <-- product % RATE_BASIS();",
    `signal remainder <-- product % RATE_BASIS() - (units == ${REWARD_REMAINDER_CHEAT} ? RATE_BASIS() : 0);
    signal inRange <-- units == ${REWARD_REMAINDER_CHEAT} ? 0 : remainder;`,
  ],
  [
    "payout.circom",
    "out <-- product \\ RATE_BASIS();",
    `out <-- product \\ RATE_BASIS() + (units == ${REWARD_QUOTIENT_CHEAT} || units == ${REWARD_REMAINDER_CHEAT} ? 1 : 0);`,
  ],
  ["payout.circom", "out * RATE_BASIS() + remainder === product;", ""],
  ["payout.circom", "Num2Bits(14)(remainder);", "Num2Bits(14)(inRange);"],
  [
    "payout.circom",
    "Num2Bits(14)(remainder + (1 << 14) - RATE_BASIS());",
    "Num2Bits(14)(inRange + (1 << 14) - RATE_BASIS());",
  ],
  ["situation.circom", "    signal timeSeconds;\n", "    signal timeSeconds;\n    signal cheat;\n"],
  [
    "execute.circom",
    "    s.timeSeconds <== header.timeSeconds;",
    "    s.timeSeconds <== header.timeSeconds; s.cheat <== header.cheat;",
  ],
  [
    "execute.circom",
    "s.nonce <== (1 - kind.isDrawTask) * senderHead.nonce;",
    `s.nonce <-- (header.cheat == ${CHEAT.vouchersNonce} ? 1 : 1 - kind.isDrawTask) * senderHead.nonce;`,
  ],
  [
    "execute.circom",
    "changesSender <== isValid * (1 - kind.isDrawTask);",
    `changesSender <-- header.cheat == ${CHEAT.voucherCharged} ? 1 : isValid * (1 - kind.isDrawTask);`,
  ],
  [
    "execute.circom",
    "covering <== senderHead.balance + kind.isDrawTask * (s.payout.party - senderHead.balance);",
    `covering <-- kind.isDrawTask == 1 && header.cheat != ${CHEAT.voucherUncovered} ? s.payout.party : senderHead.balance;`,
  ],
  [
    "execute.circom",
    "signal owed <== effect.debit + op.fee +",
    `signal owed <-- header.cheat == ${CHEAT.voucherFeeUnbounded} ? effect.debit + op.fee : effect.debit + op.fee +`,
  ],
  [
    "execute.circom",
    "statement.partyKey <== partyKey;",
    `statement.partyKey <-- header.cheat == ${CHEAT.otherParty} ? ${OTHER_KEY} : partyKey;`,
  ],
  [
    "execute.circom",
    "statement.detail <== taskMoney",
    `statement.detail <-- header.cheat == ${CHEAT.otherPayee} ? ${OTHER_KEY} : taskMoney`,
  ],
  [
    "execute.circom",
    "postedManifest <== kind.isPostTask * modelManifest;",
    `postedManifest <-- header.cheat == ${CHEAT.otherManifest} ? ${OTHER_KEY} : kind.isPostTask * modelManifest;`,
  ],
  [
    "execute.circom",
    "wrongTask <== namesTask * (2",
    `wrongTask <-- (header.cheat == ${CHEAT.otherTask} ? 0 : namesTask) * (2`,
  ],
  [
    "execute.circom",
    "signal endsAt <== s.terms.deadline\n",
    `signal endsAt <-- header.cheat == ${CHEAT.windowIgnored} ? s.terms.deadline : s.terms.deadline\n`,
  ],
  [
    "execute.circom",
    "asked <== op.amount + kind.isPostTask * (s.modelHead.price - op.amount);",
    `asked <-- kind.isPostTask == 1 || header.cheat == ${CHEAT.priceAsked} ? s.modelHead.price : op.amount;`,
  ],
  [
    "execute.circom",
    "s.isPaidOnSilence <== isOnSubmitted * s.terms.silenceAccepts;",
    `s.isPaidOnSilence <-- isOnSubmitted * (header.cheat == ${CHEAT.silencePays} ? 1 : s.terms.silenceAccepts);`,
  ],
  [
    "execute.circom",
    "isWorkerPaid <== isOnRealTask * (",
    `isWorkerPaid <-- header.cheat == ${CHEAT.workerUnpaid} ? 0 : isOnRealTask * (`,
  ],
  [
    "payout.circom",
    "due <== isDue * (total - head.drawn);",
    `due <-- isDue * (total - (money.reward == ${REWARD_DRAWN_CHEAT} && isVoucher == 0 ? 0 : head.drawn));`,
  ],
  [
    "payout.circom",
    "total <== money.reward + isVoucher * (voucherTotal - money.reward);",
    `total <-- isVoucher == 1 && voucherTotal != ${VOUCHER_CHEAT} ? voucherTotal : money.reward;`,
  ],
  [
    "payout.circom",
    "divided <== isWorkerPaid * due;",
    `divided <-- money.reward == ${REWARD_REFUND_CHEAT} ? due : isWorkerPaid * due;`,
  ],
  [
    "ops/claim-revenue.circom",
    "effect.senderCredit <== s.object.f[2];",
    `effect.senderCredit <-- s.object.f[2] + (s.cheat == ${CHEAT.revenueInflated} ? 5 : 0);`,
  ],
  [
    "ops/claim-revenue.circom",
    "effect.object[2] <== -s.object.f[2];",
    `effect.object[2] <-- s.cheat == ${CHEAT.revenueKept} ? 0 : -s.object.f[2];`,
  ],
  [
    "ops/update-model.circom",
    "effect.object[0] <== (s.op.status",
    `effect.object[0] <-- (s.cheat == ${CHEAT.ownerChanged} ? s.op.sender - s.objectHead.owner : 0) * OWNER_UNIT() + (s.op.status`,
  ],
  [
    "ops/update-model.circom",
    "effect.object[3] <== s.objectIsSenders *",
    `effect.object[3] <-- (s.cheat == ${CHEAT.manifestErased} ? 1 : s.objectIsSenders) *`,
  ],
  [
    "ops/draw-task.circom",
    "effect.object[0] <== (",
    `effect.object[0] <-- (s.cheat == ${CHEAT.drawnKept} ? 0 : 1) * (`,
  ],
  [
    "ops/draw-task.circom",
    "effect.object[3] <== s.content - s.object.f[3];",
    `effect.object[3] <-- s.cheat == ${CHEAT.receiptsLeftOut} ? 0 : s.content - s.object.f[3];`,
  ],
  [
    "ops/draw-task.circom",
    "effect.partyCredit <== s.payout.party - s.op.fee;",
    `effect.partyCredit <-- s.payout.party - (s.cheat == ${CHEAT.feeUnpaid} ? 0 : s.op.fee);`,
  ],
  [
    "ops/expire-task.circom",
    "bondLost <== (1 - s.phaseIsOpen) *",
    `bondLost <-- (s.cheat == ${CHEAT.bondInvented} ? 1 : 1 - s.phaseIsOpen) *`,
  ],
  [
    "ops/expire-task.circom",
    "effect.object[0] <== (PHASE",
    `effect.object[0] <-- (s.cheat == ${CHEAT.taskKeptOpen} ? 0 : 1) * (PHASE`,
  ],
  ["execute.circom", "isValid <== IsZero()(", "signal judged <== IsZero()("],
  [
    "execute.circom",
    "// Only the queue may be wrong.",
    `isValid <-- header.cheat == ${CHEAT.flipValidity} ? 1 - judged : judged;`,
  ],
];

/** Sums of faults of which every term has a switch of its own. */
const FAULT_SUMS: readonly (readonly [file: string, signal: string])[] = [
  ["ops/update-model.circom", "signal governorFaults"],
  ["ops/update-model.circom", "effect.faults"],
  ["ops/claim-revenue.circom", "effect.faults"],
  ["ops/draw-task.circom", "effect.faults"],
  ["ops/post-task.circom", "effect.faults"],
  ["ops/claim-task.circom", "effect.faults"],
  ["ops/expire-task.circom", "effect.faults"],
];
const FIRST_FAULT_CHEAT = 100n;
const FAULT_CHEATS_PER_SUM = 20n;

/** The terms of a sum in the circuits: of the source between `signal <==` and the semicolon, as they stand there. */
function faultTerms(source: string, signal: string): { assignment: string; terms: string[] } {
  const start = source.indexOf(`${signal} <== `);
  const assignment = source.slice(start, source.indexOf(";", start) + 1);
  const sum = assignment.slice(`${signal} <== `.length, -1).replaceAll(/\s+/g, " ");
  const terms: string[] = [];
  let depth = 0;
  let term = "";
  for (const part of sum.split(" + ")) {
    term = term === "" ? part : `${term} + ${part}`;
    depth += part.split("(").length - part.split(")").length;
    if (depth > 0) continue;
    terms.push(term);
    term = "";
  }
  return { assignment, terms };
}

const readCircuit = (file: string): string => readFileSync(path.join(CIRCUITS, file), "utf8");

/** The cheat that takes one term out of a sum of faults. Throws if the sum has no such term. */
export function faultCheat(kind: string, term: string, signal = "effect.faults"): bigint {
  const file = `ops/${kind}.circom`;
  const sum = FAULT_SUMS.findIndex((each) => each[0] === file && each[1] === signal);
  const index = sum < 0 ? -1 : faultTerms(readCircuit(file), signal).terms.indexOf(term);
  if (index < 0) throw new Error(`${file} has no term ${term} in ${signal}`);
  return FIRST_FAULT_CHEAT + BigInt(sum) * FAULT_CHEATS_PER_SUM + BigInt(index);
}

function faultEdits(): Edit[] {
  return FAULT_SUMS.map(([file, signal], sum) => {
    const { assignment, terms } = faultTerms(readCircuit(file), signal);
    const first = FIRST_FAULT_CHEAT + BigInt(sum) * FAULT_CHEATS_PER_SUM;
    const switched = terms.map((term, i) => `(s.cheat == ${first + BigInt(i)} ? 0 : 1) * (${term})`);
    return [file, assignment, `${signal} <-- ${switched.join(" + ")};`];
  });
}

/** Writes the weakened copy below `directory` and returns its path. Throws if a line is not in the circuits exactly once. */
export function weakenedCircuits(directory: string): string {
  const files = (readdirSync(CIRCUITS, { recursive: true }) as string[]).filter((f) => f.endsWith(".circom"));
  const sources = new Map(files.map((file) => [file, readFileSync(path.join(CIRCUITS, file), "utf8")]));
  for (const [file, line, replacement] of [...faultEdits(), ...EDITS]) {
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
