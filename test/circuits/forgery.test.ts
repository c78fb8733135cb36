/**
 * Every cheat has a witness that satisfies all constraints but those of the rule it breaks: it is computed by circuits
 * without that rule's line (test/support/weakened-circuits.ts) and carried over, signal by signal, to the full circuit. So it
 * is the constraints that refuse it, not the witness calculator.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Cell } from "../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import type { LedgerOp } from "../../state/ledger/operation.ts";
import { evaluationOf } from "../../state/ledger/stream.ts";
import { type ForgedRow, type Forgery, forgeBatch, rowOf, withBalance } from "../support/forged-batch.ts";
import { ForgeryCheck } from "../support/forgery-check.ts";
import { actor, LedgerScenario } from "../support/ledger-scenario.ts";
import {
  CHEAT,
  OTHER_KEY,
  REWARD_QUOTIENT_CHEAT,
  REWARD_REMAINDER_CHEAT,
  UNOPENED_CELL,
} from "../support/weakened-circuits.ts";

const size = { levels: 2, maxOps: 1, maxCells: 6 };
const ALICE = 5;
const BOB = 6;
const CAROL = 7;
const NEXT_CELL = 9;

let check: ForgeryCheck;

beforeAll(async () => {
  check = await ForgeryCheck.of(size);
});

let funded: LedgerScenario | undefined;

/** Alice, Bob, Carol and Dave with a million units each, in a tree of two levels. */
function world(): LedgerScenario {
  if (funded === undefined) {
    funded = new LedgerScenario({ size });
    for (const name of ["alice", "bob", "carol", "dave"]) funded.fund(name, 10_000_000n);
  }
  return funded.fork();
}

const pay = (from: LedgerScenario, amountUnits = 100n, object = BOB): LedgerOp =>
  from.signed(ALICE, { kind: "transfer", object, amountUnits });

/** The world, but an account has another key's x. */
function withKey(id: number, pubX: bigint): LedgerScenario {
  const changed = world();
  const [f0, l1Address, , pubY] = changed.ledger.cell(id);
  changed.ledger.tree.setCell(id, [f0, l1Address, pubX, pubY]);
  return changed;
}

const change = (id: number, units: bigint) => (rows: ForgedRow[]) => {
  const row = rowOf(rows, id);
  row.after = withBalance(row.after, units);
  return rows;
};

describe("an honest batch", () => {
  it("satisfies the circuit with and without its rules", async () => {
    const before = world();
    const input = forgeBatch(before, { ops: [pay(before)] });
    const witness = await check.weakened.witness(input);
    expect(check.weakened.system.violated(witness)).toEqual([]);
    expect(check.brokenLines(witness)).toEqual([]);
    expect(check.proven.system.violated(await check.proven.witness(input))).toEqual([]);
  });
});

describe("the signals of an honest batch", () => {
  it("cannot be changed one by one, except the witness that a value which is 0 has no inverse", async () => {
    const before = world();
    const { proven } = check;
    const witness = await proven.witness(forgeBatch(before, { ops: [pay(before)] }));
    const free = proven.system.freeSignals(witness);
    expect(
      free.filter(
        (signal) => !/IsZero#\d+(\[\d+\])*\.inv$|\.isz\.inv$|zeropoint\.inv$|isZero\.inv$/.test(signal),
      ),
    ).toEqual([]);
  });
});

describe("forged batches that only one rule stops", () => {
  const cheats: [string, () => Forgery & { before: LedgerScenario; line: RegExp }][] = [
    [
      "the sender's balance inflated",
      () => {
        const before = world();
        return {
          before,
          ops: [pay(before)],
          claim: change(ALICE, 5n),
          cheat: CHEAT.inflate,
          line: /selectSender\[2\].*toSender\[2\]/,
        };
      },
    ],
    [
      "a nonce used again",
      () => {
        const before = world();
        const used = pay(before);
        before.apply(used);
        before.nextBatch(0n);
        return {
          before,
          ops: [pay(before)],
          shown: [used],
          cheat: CHEAT.oldNonce,
          line: /s\.nonce.*statement\.nonce/,
        };
      },
    ],
    [
      "the signature of another op",
      () => {
        const before = world();
        const other = pay(before, 1n) as Extract<LedgerOp, { authorization: unknown }>;
        const stolen = { ...other, words: pay(before, 900n).words };
        return {
          before,
          ops: [pay(before, 900n)],
          shown: [stolen],
          line: /EdDSAPoseidonVerifier#0\.eqCheck[XY]/,
        };
      },
    ],
    [
      "a transfer to an account with the payee's address and another key",
      () => {
        const before = world();
        const signedFor = withKey(BOB, OTHER_KEY);
        return {
          before,
          ops: [pay(before)],
          shown: [pay(signedFor)],
          cheat: CHEAT.otherPayee,
          line: /statement\.detail/,
        };
      },
    ],
    [
      "a task for a verifier with the same address and another key",
      () => {
        const before = world();
        const post = (over: LedgerScenario) =>
          over.signed(ALICE, { kind: "postTask", ...over.taskWords({ verifier: CAROL }), w3: 1n });
        return {
          before,
          ops: [post(before)],
          shown: [post(withKey(CAROL, OTHER_KEY))],
          cheat: CHEAT.otherParty,
          line: /statement\.partyKey/,
        };
      },
    ],
    [
      "a cell written that was not selected",
      () => {
        const before = world();
        return {
          before,
          ops: [pay(before)],
          extraCells: [CAROL],
          claim: change(CAROL, 100n),
          cheat: CHEAT.writeElsewhere,
          line: /selectObject\[4\].*toObject\[4\]\[0\]/,
        };
      },
    ],
    [
      "a cell credited that was not named",
      () => {
        const before = world();
        const pays = { kind: "transfer", sender: ALICE, amountUnits: 100n } as const;
        return {
          before,
          ops: [before.priority({ ...pays, object: CAROL })],
          shown: [before.priority({ ...pays, object: UNOPENED_CELL })],
          extraCells: [BOB],
          line: /SelectRow#1.*(rowIds|select)\[4\]/,
        };
      },
    ],
    [
      "a cell opened twice",
      () => {
        const before = world();
        return {
          before,
          ops: [pay(before)],
          claim: (rows) =>
            rows.flatMap((row) => (row.id === ALICE ? [row, { ...row, cell: row.after }] : [row])),
          line: /ids\[[23]\].*ids\[[23]\]/,
        };
      },
    ],
    [
      "a wrong sibling on the way to the root",
      () => {
        const before = world();
        return {
          before,
          ops: [pay(before)],
          claimPaths: (rows) => {
            const [leaves] = rowOf(rows, BOB).path;
            if (leaves !== undefined) leaves[CAROL] = 0n;
          },
          line: /expected\[3\] .*found\[3\]/,
        };
      },
    ],
    [
      "an empty cell with contents",
      () => {
        const before = world();
        return {
          before,
          ops: [before.deposit(actor("erin"), 5n)],
          claim: (rows) => {
            const row = rowOf(rows, NEXT_CELL);
            row.cell = [0n, 0n, 77n, 0n];
            row.after = row.after.map((field, i) => (i === 2 ? field + 77n : field)) as unknown as Cell;
            return rows;
          },
          line: /Leaf#0\[2\]\.cell\.f\[2\].*Leaf#0\[2\]\.isEmpty/,
        };
      },
    ],
    [
      "an invalid op declared valid",
      () => {
        const before = world();
        const theft = { kind: "transfer", sender: BOB, object: ALICE, amountUnits: 100n } as const;
        return {
          before,
          ops: [before.priority(theft)],
          shown: [before.priority(theft, 0xbadn)],
          valid: true,
          cheat: CHEAT.flipValidity,
          line: /isValid/,
        };
      },
    ],
    [
      "a valid op declared invalid",
      () => {
        const before = world();
        const op = before.priority({ kind: "withdraw", sender: BOB, amountUnits: 100n, w1: 1n });
        return {
          before,
          ops: [op],
          claim: (rows) => {
            for (const row of rows) row.after = row.cell;
            return rows;
          },
          valid: false,
          cheat: CHEAT.flipValidity,
          line: /isValid/,
        };
      },
    ],
  ];

  it.each(cheats)("refuses %s", async (_, build) => {
    const { before, line, ...forgery } = build();
    await check.expectOnlyRefusedBy(line, forgeBatch(before, forgery));
  });

  it.each([
    ["a quotient that is one too large", REWARD_QUOTIENT_CHEAT, /out.*product|product.*remainder/],
    ["a negative remainder", REWARD_REMAINDER_CHEAT, /Num2Bits#[12]\.in .*remainder/],
  ])("refuses a payout split wrong by one unit: %s", async (_, reward, line) => {
    const before = submitted(reward);
    const content = before.task(NEXT_CELL).content;
    const settle = before.signed(CAROL, { kind: "settleTask", object: NEXT_CELL, param: 1n, w3: content });
    const input = forgeBatch(before, {
      ops: [settle],
      claim: (rows) => {
        // Both cuts are one unit too large: the treasury gains one, the worker loses two.
        rowOf(rows, 2).after = withBalance(rowOf(rows, 2).after, 1n);
        rowOf(rows, BOB).after = withBalance(rowOf(rows, BOB).after, -2n);
        return rows;
      },
    });
    await check.expectOnlyRefusedBy(line, input);
  });

  it("refuses a stream that was changed after the challenge was known", async () => {
    const before = world();
    const {
      stream: committed,
      commitment,
      challenge,
      evaluation,
    } = forgeBatch(before, { ops: [pay(before, 1n)] });
    // The op that the circuit executes pays 900 units; word 9, which the circuit does not use, makes up for the change.
    const forged = forgeBatch(before, { ops: [pay(before, 900n)] });
    const stream = [...forged.stream];
    const wanted = evaluation - evaluationOf(stream, challenge);
    stream[9] = (stream[9] as bigint) + wanted * inverse(power(challenge, 9n));
    stream[9] = (((stream[9] as bigint) % FIELD_PRIME) + FIELD_PRIME) % FIELD_PRIME;
    expect(evaluationOf(stream, challenge)).toBe(evaluation);
    expect(stream[12]).not.toBe(committed[12]);
    await check.expectOnlyRefusedBy(/commitment.*ownCommitment/, {
      ...forged,
      stream,
      commitment,
      challenge,
      evaluation,
    });
  });
});

/** A task of Alice's without a model, which Bob has worked on and Carol verifies. */
function submitted(reward: bigint): LedgerScenario {
  const scenario = world();
  const step = (op: LedgerOp): void => {
    scenario.apply(op);
    scenario.nextBatch(0n);
  };
  const words = scenario.taskWords({ verifier: CAROL, reward });
  step(scenario.signed(ALICE, { kind: "postTask", ...words, w3: 1n }));
  step(scenario.signed(BOB, { kind: "claimTask", object: NEXT_CELL }));
  step(scenario.signed(BOB, { kind: "submitResult", object: NEXT_CELL, w3: 2n }));
  return scenario;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % FIELD_PRIME;
    square = (square * square) % FIELD_PRIME;
  }
  return result;
}

const inverse = (value: bigint): bigint => power(value, FIELD_PRIME - 2n);
