/** Forged vouchers, verdicts and ends of tasks, in the manner of forgery.test.ts. */
import { beforeAll, describe, it } from "vitest";
import { RESERVED_CELL, TASK_PHASE } from "../../state/ledger/cells.ts";
import type { OpParts } from "../../state/ledger/operation.ts";
import { poseidon } from "../../state/ledger/poseidon.ts";
import { type Cheat, ForgeryCheck } from "../support/forgery-check.ts";
import {
  ALICE,
  BOB,
  BOND,
  CAROL,
  CONTENT,
  claimed,
  DAVE,
  FORGERY_SIZE,
  late,
  plus,
  REWARD,
  submitted,
  TASK,
  usedNonce,
  VERIFIER_FEE,
  withState,
  withTask,
} from "../support/forgery-world.ts";
import type { LedgerScenario } from "../support/ledger-scenario.ts";
import {
  CHEAT,
  faultCheat,
  REWARD_DRAWN_CHEAT,
  REWARD_REFUND_CHEAT,
  VOUCHER_CHEAT,
} from "../support/weakened-circuits.ts";

const { operator, treasury } = RESERVED_CELL;
const RECEIPTS = 4n;

let check: ForgeryCheck;

beforeAll(async () => {
  check = await ForgeryCheck.of(FORGERY_SIZE);
});

describe("forged vouchers", () => {
  const line = /DrawTask#0\.effect\.faults/;
  const voucher = (amountUnits: bigint, parts: Partial<OpParts> = {}): OpParts & { sender: number } => ({
    kind: "drawTask",
    sender: ALICE,
    object: TASK,
    amountUnits,
    w3: RECEIPTS,
    ...parts,
  });
  const drawn = (amount: bigint) => withState({ drawn: amount, content: poseidon([CONTENT, RECEIPTS]) });
  /** What a voucher of this total does to an undrawn task: 2 % to the treasury, the rest to Bob. */
  const paid = (amount: bigint) => ({
    [TASK]: drawn(amount),
    [BOB]: plus((amount * 98n) / 100n),
    [treasury]: plus((amount * 2n) / 100n),
  });
  const honest = (parts: Partial<OpParts> = {}, amount = 300_000n) => {
    const before = claimed();
    return { before, op: before.priority(voucher(amount, parts)) };
  };

  it.each<[string, () => Cheat]>([
    [
      "for work that is submitted",
      () => {
        const before = submitted();
        return {
          before,
          op: before.priority(voucher(300_000n)),
          after: paid(300_000n),
          cheat: faultCheat("draw-task", "(1 - s.phaseIsClaimed)"),
          line,
        };
      },
    ],
    [
      "of somebody else than the requester",
      () => ({
        ...honest({ sender: CAROL }),
        after: paid(300_000n),
        cheat: faultCheat("draw-task", "(1 - isRequester)"),
        line,
      }),
    ],
    [
      "that is older than one that was drawn",
      () => {
        const before = claimed({ drawn: 400_000n });
        return {
          before,
          op: before.priority(voucher(100_000n)),
          after: { [TASK]: drawn(100_000n) },
          cheat: faultCheat("draw-task", "(1 - s.payout.isAboveDrawn)"),
          line,
        };
      },
    ],
    [
      "above the reward",
      () => ({
        ...honest({}, 2_000_000n),
        after: paid(2_000_000n),
        cheat: faultCheat("draw-task", "s.rewardIsTooSmall"),
        line,
      }),
    ],
    [
      "that is compared with a model's price",
      () => ({
        ...honest({}, 2_000_000n),
        after: paid(2_000_000n),
        cheat: CHEAT.priceAsked,
        line: /Execute#0\[0\]\.asked/,
      }),
    ],
    [
      "signed with a nonce",
      () => {
        const before = claimed();
        const { sender, ...parts } = voucher(300_000n);
        const nonce = before.account(ALICE).nonce;
        return {
          before,
          op: before.signed(sender, parts, { nonce }),
          honest: before.signed(sender, parts, { nonce: 0n }),
          after: {},
          cheat: CHEAT.vouchersNonce,
          line: /senderHead\.nonce/,
        };
      },
    ],
    [
      "that costs the requester fee and nonce",
      () => ({
        ...honest({ feeUnits: 10n }),
        after: { [ALICE]: plus(-10n, 1n) },
        cheat: CHEAT.voucherCharged,
        line: /changesSender/,
      }),
    ],
    [
      "whose fee the worker pays from its balance",
      () => ({
        ...honest({ feeUnits: 100n }, 5n),
        after: { [TASK]: drawn(5n), [BOB]: plus(-95n), [operator]: plus(100n) },
        cheat: CHEAT.voucherUncovered,
        line: /Execute#0\[0\]\.covering/,
      }),
    ],
    [
      "whose fee is more than a hundredth of what it pays",
      () => ({
        ...honest({ feeUnits: 3_000n }),
        after: { ...paid(300_000n), [BOB]: plus(291_000n), [operator]: plus(3_000n) },
        cheat: CHEAT.voucherFeeUnbounded,
        line: /Execute#0\[0\]\.owed/,
      }),
    ],
    [
      "whose fee nobody pays",
      () => ({
        ...honest({ feeUnits: 10n }),
        after: { [BOB]: plus(10n) },
        cheat: CHEAT.feeUnpaid,
        line: /DrawTask#0\.effect\.partyCredit/,
      }),
    ],
    [
      "that is not noted in the task",
      () => ({
        ...honest(),
        after: { [TASK]: withState({ drawn: 0n }) },
        cheat: CHEAT.drawnKept,
        line: /DrawTask#0\.effect\.object\[0\]/,
      }),
    ],
    [
      "whose receipts are not noted in the task",
      () => ({
        ...honest(),
        after: { [TASK]: withState({ content: CONTENT }) },
        cheat: CHEAT.receiptsLeftOut,
        line: /DrawTask#0\.effect\.object\[3\]/,
      }),
    ],
    [
      "that pays more than its total",
      () => ({
        ...honest({}, VOUCHER_CHEAT),
        // Honestly 6,000 to the treasury and 294,001 to Bob.
        after: { [BOB]: plus(980_000n - 294_001n), [treasury]: plus(20_000n - 6_000n) },
        line: /PayOut#0\.total/,
      }),
    ],
    [
      "that pays the requester",
      () => ({
        ...honest(),
        after: { [ALICE]: plus(300_000n), [BOB]: plus(-294_000n), [treasury]: plus(-6_000n) },
        cheat: CHEAT.workerUnpaid,
        line: /isWorkerPaid/,
      }),
    ],
  ])("refuses a voucher %s", async (_, build) => {
    await check.expectRefused(build());
  });

  it("refuses a verdict that pays again what was drawn", async () => {
    const reward = REWARD_DRAWN_CHEAT;
    const before = submitted({ drawn: 400_000n }, { reward });
    const verdict = { kind: "settleTask", sender: CAROL, object: TASK, param: 1n, w3: CONTENT } as const;
    // 2 % of 600,093 and of 1,000,093, rounded down.
    const after = { [BOB]: plus(980_092n - 588_092n), [treasury]: plus(20_001n - 12_001n) };
    await check.expectRefused({ before, op: before.priority(verdict), after, line: /PayOut#0\.due/ });
  });
});

describe("forged ends of a task", () => {
  const line = /ExpireTask#0\.effect\.faults/;
  const expire = (before: LedgerScenario) => ({
    before,
    op: before.priority({ kind: "expireTask", sender: DAVE, object: TASK }),
  });
  const refunded = { [TASK]: withState({ phase: TASK_PHASE.refunded }), [DAVE]: usedNonce };
  const moneyBack = { [ALICE]: plus(REWARD + VERIFIER_FEE) };

  it.each<[string, () => Cheat]>([
    [
      "that has ended already",
      () => ({
        ...expire(late(withTask({ phase: TASK_PHASE.accepted }))),
        after: { ...refunded, ...moneyBack, [treasury]: plus(BOND) },
        cheat: faultCheat("expire-task", "s.objectHead.isClosed"),
        line,
      }),
    ],
    [
      "before its deadline",
      () => ({
        ...expire(withTask()),
        after: { ...refunded, ...moneyBack },
        cheat: faultCheat("expire-task", "s.isInTime"),
        line,
      }),
    ],
    [
      "by its deadline, while the verifier's window is open",
      () => {
        const before = submitted({}, { window: 1_000_000n });
        return {
          ...expire(late(before)),
          after: { ...refunded, ...moneyBack, [treasury]: plus(BOND) },
          cheat: CHEAT.windowIgnored,
          line: /Execute#0\[0\]\.endsAt/,
        };
      },
    ],
    [
      "that pays a worker whom its terms refuse",
      () => ({
        ...expire(late(submitted())),
        after: {
          [TASK]: withState({ phase: TASK_PHASE.paidOnSilence }),
          [ALICE]: plus(-REWARD - VERIFIER_FEE),
          [BOB]: plus(980_000n + BOND + VERIFIER_FEE),
          [treasury]: plus(20_000n - BOND),
        },
        cheat: CHEAT.silencePays,
        line: /isPaidOnSilence/,
      }),
    ],
    [
      "that slashes a bond that nobody locked",
      () => ({
        ...expire(late(withTask())),
        after: { [treasury]: plus(BOND) },
        cheat: CHEAT.bondInvented,
        line: /ExpireTask#0\.bondLost/,
      }),
    ],
    [
      "that can be ended again",
      () => ({
        ...expire(late(withTask())),
        after: { [TASK]: withState({ phase: TASK_PHASE.open }) },
        cheat: CHEAT.taskKeptOpen,
        line: /ExpireTask#0\.effect\.object\[0\]/,
      }),
    ],
    [
      "whose refund the treasury shares",
      () => ({
        ...expire(late(withTask({}, { reward: REWARD_REFUND_CHEAT }))),
        after: { [ALICE]: plus(-20_001n), [treasury]: plus(20_001n) },
        line: /PayOut#0\.divided/,
      }),
    ],
  ])("refuses the end of a task %s", async (_, build) => {
    await check.expectRefused(build());
  });
});
