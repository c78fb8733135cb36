import {
  CELL_TAG,
  decodeTask,
  encodeTask,
  TASK_FLAG_SILENCE_ACCEPTS,
  TASK_PHASE,
  type Task,
  tagOf,
} from "../cells.ts";
import { demand } from "../errors.ts";
import { splitPayout } from "../payout.ts";
import { demandTask, moneyOf, type Rule, withRevenue } from "../rule.ts";

/** The terms say that the verifier's silence counts as acceptance, and there is a result that it was silent about. */
const isPaidOnSilence = ({ phase, terms }: Task): boolean =>
  phase === TASK_PHASE.submitted && terms.flags === TASK_FLAG_SILENCE_ACCEPTS;

/** Ends a task that nobody has ended in time, as its terms say. The unearned verifier fee goes to who wins. Anyone may send it. */
export const expireTask: Rule = {
  kind: "expireTask",
  parts: ["sender", "object", "fee"],
  isOnTask: true,
  signedDetail: moneyOf,
  slots: (op, read) => {
    const object = read(op.object);
    if (tagOf(object) !== CELL_TAG.task) return { object: op.object };
    const task = decodeTask(object);
    return isPaidOnSilence(task)
      ? { object: op.object, party: Number(task.worker), model: Number(task.terms.model) }
      : { object: op.object, party: Number(task.terms.requester) };
  },
  execute: ({ op, timeSeconds, object, model }) => {
    const task = demandTask(object, op.object);
    const { phase, terms, money, drawn, submittedAt } = task;
    demand(
      phase < TASK_PHASE.accepted,
      "wrong-phase",
      "the task has ended already",
      "an unfinished task",
      phase,
    );
    const expiresAt = phase === TASK_PHASE.submitted ? submittedAt + terms.window : terms.deadline;
    demand(
      timeSeconds >= expiresAt,
      "too-early",
      "the task's time is not over",
      `from ${expiresAt}`,
      timeSeconds,
    );
    const left = money.reward - drawn;
    if (isPaidOnSilence(task)) {
      const { treasuryUnits, modelUnits, workerUnits } = splitPayout(left, terms);
      return {
        partyCreditUnits: workerUnits + money.bond + money.verifierFee,
        treasuryUnits,
        object: encodeTask({ ...task, phase: TASK_PHASE.paidOnSilence }),
        ...withRevenue(terms.model, model, modelUnits),
      };
    }
    return {
      partyCreditUnits: left + money.verifierFee,
      treasuryUnits: phase === TASK_PHASE.open ? 0n : money.bond,
      object: encodeTask({ ...task, phase: TASK_PHASE.refunded }),
    };
  },
};
