import { encodeTask, TASK_PHASE } from "../cells.ts";
import { demand } from "../errors.ts";
import { demandPhase, demandTask, type Rule } from "../rule.ts";

/** Makes the sender the task's worker and locks the bond. */
export const claimTask: Rule = {
  kind: "claimTask",
  parts: ["sender", "object", "fee"],
  signsObjectDetail: true,
  slots: (op) => ({ object: op.object }),
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
    return {
      debitUnits: task.money.bond,
      object: encodeTask({ ...task, phase: TASK_PHASE.claimed, worker: BigInt(op.sender) }),
    };
  },
};
