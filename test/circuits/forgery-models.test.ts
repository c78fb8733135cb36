/** Forged changes of models and of their revenue, in the manner of forgery.test.ts. */
import { beforeAll, describe, it } from "vitest";
import { decodeModel, MODEL_STATUS, type Model, RESERVED_CELL } from "../../state/ledger/cells.ts";
import { type Cheat, ForgeryCheck } from "../support/forgery-check.ts";
import {
  BOB,
  DAVE,
  type Edit,
  FORGERY_SIZE,
  forgeryWorld,
  MANIFEST,
  MODEL,
  PRICE,
  plus,
  posingAsModel,
  REVENUE,
  replace,
  SHARE,
  usedNonce,
  withModel,
} from "../support/forgery-world.ts";
import type { LedgerScenario } from "../support/ledger-scenario.ts";
import { CHEAT, faultCheat } from "../support/weakened-circuits.ts";

const { governor } = RESERVED_CELL;

let check: ForgeryCheck;

beforeAll(async () => {
  check = await ForgeryCheck.of(FORGERY_SIZE);
});

describe("forged changes of a model", () => {
  const line = /UpdateModel#0\.effect\.faults/;
  const byGovernor = /UpdateModel#0\.governorFaults/;

  /** An update that leaves the model as it is, but for what is given, and what it would do. Only the owner sets more than a status. */
  function update(
    before: LedgerScenario,
    sender: number,
    change: Partial<Model>,
    object = MODEL,
  ): Pick<Cheat, "before" | "op" | "after"> {
    const isOwner = sender === DAVE;
    const kept = isOwner
      ? { share: SHARE, price: PRICE, manifest: MANIFEST }
      : { share: 0n, price: 0n, manifest: 0n };
    const { status, share, price, manifest } = { status: MODEL_STATUS.active, ...kept, ...change };
    const param = share | (status << 16n);
    const parts = { kind: "updateModel", sender, object, amountUnits: price, param, w3: manifest } as const;
    const updated: Edit = (cell) => {
      const old = decodeModel(cell);
      const f0 = cell[0] + ((status - old.status) << 8n);
      if (!isOwner) return [f0, cell[1], cell[2], cell[3]];
      return [f0 + ((share - old.share) << 16n) + ((price - old.price) << 56n), cell[1], cell[2], manifest];
    };
    return { before, op: before.priority(parts), after: { [sender]: usedNonce, [object]: updated } };
  }
  const inStatus = (status: bigint): LedgerScenario => {
    const before = forgeryWorld();
    replace(before, MODEL, withModel({ status }));
    return before;
  };

  it.each<[string, () => Cheat]>([
    [
      "by a stranger",
      () => ({
        ...update(forgeryWorld(), BOB, { status: MODEL_STATUS.frozenByGovernor }),
        cheat: faultCheat("update-model", "(1 - isGovernor)", "signal governorFaults"),
        line: byGovernor,
      }),
    ],
    [
      "by a governor that retires it",
      () => ({
        ...update(forgeryWorld(), governor, { status: MODEL_STATUS.retired }),
        cheat: faultCheat("update-model", "(1 - toActive - toFrozenByGovernor)", "signal governorFaults"),
        line: byGovernor,
      }),
    ],
    [
      "by a governor that names a price",
      () => ({
        ...update(forgeryWorld(), governor, { price: PRICE }),
        cheat: faultCheat("update-model", "(1 - s.amountIsZero)", "signal governorFaults"),
        line: byGovernor,
      }),
    ],
    [
      "by a governor that names a share",
      () => ({
        ...update(forgeryWorld(), governor, { share: SHARE }),
        cheat: faultCheat("update-model", "s.op.share", "signal governorFaults"),
        line: byGovernor,
      }),
    ],
    [
      "by a governor that names a manifest",
      () => ({
        ...update(forgeryWorld(), governor, { manifest: MANIFEST }),
        cheat: faultCheat("update-model", "(1 - s.w3IsZero)", "signal governorFaults"),
        line: byGovernor,
      }),
    ],
    [
      "by a governor that erases the manifest",
      () => ({
        ...update(forgeryWorld(), governor, {}),
        after: { [MODEL]: withModel({ manifest: 0n }) },
        cheat: CHEAT.manifestErased,
        line: /UpdateModel#0\.effect\.object\[3\]/,
      }),
    ],
    [
      "by an owner that unfreezes what the governor froze",
      () => ({
        ...update(inStatus(MODEL_STATUS.frozenByGovernor), DAVE, {}),
        cheat: faultCheat("update-model", "authorFaults"),
        line,
      }),
    ],
    [
      "that is retired",
      () => ({
        ...update(inStatus(MODEL_STATUS.retired), DAVE, {}),
        cheat: faultCheat("update-model", "isRetired"),
        line,
      }),
    ],
    [
      "whose share leaves too little for the treasury",
      () => ({
        ...update(forgeryWorld(), DAVE, { share: 9_801n }),
        cheat: faultCheat("update-model", "(1 - s.shareFits)"),
        line,
      }),
    ],
    [
      "that is an account",
      () => {
        const before = forgeryWorld();
        replace(before, BOB, posingAsModel);
        return {
          ...update(before, DAVE, {}, BOB),
          cheat: faultCheat("update-model", "(1 - s.objectIsModel)"),
          line,
        };
      },
    ],
    [
      "that changes its owner",
      () => ({
        ...update(forgeryWorld(), governor, {}),
        after: { [MODEL]: withModel({ owner: BigInt(governor) }) },
        cheat: CHEAT.ownerChanged,
        line: /UpdateModel#0\.effect\.object\[0\]/,
      }),
    ],
  ])("refuses a change of a model %s", async (_, build) => {
    await check.expectRefused(build());
  });
});

describe("forged claims of a model's revenue", () => {
  const claim = (before: LedgerScenario, sender: number, object = MODEL) => ({
    before,
    op: before.priority({ kind: "claimRevenue", sender, object }),
  });

  it.each<[string, () => Cheat]>([
    [
      "by a stranger",
      () => ({
        ...claim(forgeryWorld(), BOB),
        after: { [BOB]: plus(REVENUE, 1n), [MODEL]: withModel({ revenue: 0n }) },
        cheat: faultCheat("claim-revenue", "(1 - s.objectIsSenders)"),
        line: /ClaimRevenue#0\.effect\.faults/,
      }),
    ],
    [
      "that is the public key of an account",
      () => {
        const before = forgeryWorld();
        replace(before, BOB, posingAsModel);
        return {
          ...claim(before, DAVE, BOB),
          after: { [DAVE]: plus(before.account(BOB).pubX, 1n), [BOB]: ([f0, f1, , f3]) => [f0, f1, 0n, f3] },
          cheat: faultCheat("claim-revenue", "(1 - s.objectIsModel)"),
          line: /ClaimRevenue#0\.effect\.faults/,
        };
      },
    ],
    [
      "that is more than there is",
      () => ({
        ...claim(forgeryWorld(), DAVE),
        after: { [DAVE]: plus(5n) },
        cheat: CHEAT.revenueInflated,
        line: /ClaimRevenue#0\.effect\.senderCredit/,
      }),
    ],
    [
      "that leaves it in the model",
      () => ({
        ...claim(forgeryWorld(), DAVE),
        after: { [MODEL]: withModel({ revenue: REVENUE }) },
        cheat: CHEAT.revenueKept,
        line: /ClaimRevenue#0\.effect\.object\[2\]/,
      }),
    ],
  ])("refuses a claim %s", async (_, build) => {
    await check.expectRefused(build());
  });
});
