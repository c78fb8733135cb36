/** Forged posts and claims of tasks, and ops queued for another task, in the manner of forgery.test.ts. */
import { beforeAll, describe, it } from "vitest";
import { type Cheat, ForgeryCheck } from "../support/forgery-check.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CONTENT,
  claimed,
  type Edit,
  FORGERY_SIZE,
  forgeryWorld,
  MODEL,
  replace,
  SHARE,
  TASK,
  withModel,
  withTask,
} from "../support/forgery-world.ts";
import type { LedgerScenario, PostedTask } from "../support/ledger-scenario.ts";
import { CHEAT, faultCheat, OTHER_KEY } from "../support/weakened-circuits.ts";

const DEADLINE_UNIT = 1n << 152n;
const SHARE_UNIT = 1n << 136n;
const BOND_UNIT = 1n << 64n;

let check: ForgeryCheck;

beforeAll(async () => {
  check = await ForgeryCheck.of(FORGERY_SIZE);
});

const withTerms =
  (difference: bigint): Edit =>
  ([f0, terms, money, content]) => [f0, terms + difference, money, content];
const withKey: Edit = ([f0, l1Address, , pubY]) => [f0, l1Address, OTHER_KEY, pubY];

/** The world as it is not. */
function changed(before: LedgerScenario, id: number, edit: Edit): LedgerScenario {
  replace(before, id, edit);
  return before;
}

describe("forged posts of a task", () => {
  const post = (over: LedgerScenario, posted: Partial<PostedTask> = {}) =>
    ({
      kind: "postTask",
      ...over.taskWords({ verifier: CAROL, model: MODEL, ...posted }),
      w3: CONTENT,
    }) as const;
  const queued = (posted: Partial<PostedTask>, honest: Partial<PostedTask>) => {
    const before = forgeryWorld();
    return {
      before,
      op: before.priority({ sender: ALICE, ...post(before, posted) }),
      honest: before.priority({ sender: ALICE, ...post(before, honest) }),
      cheat: faultCheat("post-task", "(1 - shareIsModels)"),
      line: /PostTask#0\.effect\.faults/,
    };
  };

  it.each<[string, () => Cheat]>([
    [
      "whose share is more than the model's",
      () => ({ ...queued({ share: SHARE + 1n }, {}), after: { [TASK]: withTerms(SHARE_UNIT) } }),
    ],
    [
      "that leaves the model no share",
      () => ({ ...queued({ share: 0n }, {}), after: { [TASK]: withTerms(-SHARE * SHARE_UNIT) } }),
    ],
    [
      "that has a share, but no model",
      () => ({ ...queued({ model: 0, share: 1n }, { model: 0 }), after: { [TASK]: withTerms(SHARE_UNIT) } }),
    ],
    [
      "that was signed for another manifest of the model",
      () => {
        const before = forgeryWorld();
        const signedFor = changed(forgeryWorld(), MODEL, withModel({ manifest: OTHER_KEY }));
        return {
          before,
          op: signedFor.signed(ALICE, post(signedFor)),
          honest: before.signed(ALICE, post(before)),
          after: {},
          cheat: CHEAT.otherManifest,
          line: /postedManifest/,
        };
      },
    ],
  ])("refuses a post %s", async (_, build) => {
    await check.expectRefused(build());
  });
});

describe("forged claims of a task", () => {
  const claim = { kind: "claimTask", object: TASK } as const;

  it.each<[string, () => Cheat]>([
    [
      "of another input",
      () => {
        const before = withTask();
        return {
          before,
          op: before.priority({ ...claim, sender: BOB, w3: CONTENT + 1n }),
          honest: before.priority({ ...claim, sender: BOB }),
          after: {},
          cheat: faultCheat("claim-task", "(1 - s.w3IsObjects)"),
          line: /ClaimTask#0\.effect\.faults/,
        };
      },
    ],
    [
      "that was signed for a verifier with another key",
      () => {
        const before = withTask();
        return {
          before,
          op: changed(withTask(), CAROL, withKey).signed(BOB, claim),
          honest: before.signed(BOB, claim),
          after: {},
          cheat: CHEAT.otherParty,
          line: /statement\.partyKey/,
        };
      },
    ],
  ])("refuses a claim %s", async (_, build) => {
    await check.expectRefused(build());
  });
});

describe("ops that were queued for another task in the cell", () => {
  const submit = { kind: "submitResult", sender: BOB, object: TASK, w3: 12n } as const;
  const claim = { kind: "claimTask", sender: BOB, object: TASK } as const;
  const naming = (
    before: LedgerScenario,
    parts: typeof claim | typeof submit,
    terms = 0n,
    money = 0n,
  ): Cheat => {
    const [, w1, w2] = before.ledger.cell(TASK);
    return {
      before,
      op: before.priority({ ...parts, w1: w1 + terms, w2: w2 + money }),
      honest: before.priority(parts),
      after: {},
      cheat: CHEAT.otherTask,
      line: /wrongTask/,
    };
  };

  it.each<[string, () => Cheat]>([
    ["a claim of one with another deadline", () => naming(withTask(), claim, DEADLINE_UNIT)],
    ["a claim of one with another bond", () => naming(withTask(), claim, 0n, BOND_UNIT)],
    ["a result of one with another deadline", () => naming(claimed(), submit, DEADLINE_UNIT)],
  ])("refuses %s", async (_, build) => {
    await check.expectRefused(build());
  });
});
