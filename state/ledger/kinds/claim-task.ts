import { CELL_TAG, decodeTask, encodeTask, TASK_PHASE, tagOf } from "../cells.ts";
import { demand } from "../errors.ts";
import { demandPhase, demandTask, moneyOf, type Rule } from "../rule.ts";

/** Makes the sender the task's worker and locks the bond. The claim names the input and, by slot C, who will judge the result. */
export const claimTask: Rule = {
  kind: "claimTask",
  parts: ["sender", "object", "fee", "w3"],
  isOnTask: true,
  signedDetail: moneyOf,
  slots: (op, read) => {
    const object = read(op.object);
    if (tagOf(object) !== CELL_TAG.task) return { object: op.object };
    return { object: op.object, party: Number(decodeTask(object).terms.verifier) };
  },
  execute: ({ op, timeSeconds, object }) => {
    const task = demandTask(object, op.object);
    demandPhase(task, TASK_PHASE.open, "open");
    demand(
      timeSeconds < task.terms.deadline,
      "too-late",
      "the deadline is over",
      `before ${task.terms.deadline}`,
      timeSeconds,
    );
    demand(
      op.w3 === task.content,
      "stale-content",
      "the claim is for another input than the task's",
      task.content,
      op.w3,
    );
    return {
      debitUnits: task.money.bond,
      object: encodeTask({ ...task, phase: TASK_PHASE.claimed, worker: BigInt(op.sender) }),
    };
  },
};
