import { encodeTask, TASK_PHASE } from "../cells.ts";
import { demand } from "../errors.ts";
import { poseidon } from "../poseidon.ts";
import { demandPhase, demandTask, moneyOf, type Rule } from "../rule.ts";

/** Commits the worker's result; the verifier's window starts. */
export const submitResult: Rule = {
  kind: "submitResult",
  parts: ["sender", "object", "fee", "w3"],
  isOnTask: true,
  signedDetail: moneyOf,
  slots: (op) => ({ object: op.object }),
  execute: ({ op, timeSeconds, object }) => {
    const task = demandTask(object, op.object);
    demandPhase(task, TASK_PHASE.claimed, "claimed");
    demand(
      task.worker === BigInt(op.sender),
      "wrong-role",
      "only the task's worker may submit its result",
      task.worker,
      op.sender,
    );
    demand(
      timeSeconds < task.terms.deadline,
      "too-late",
      "the deadline is over",
      `before ${task.terms.deadline}`,
      timeSeconds,
    );
    return {
      object: encodeTask({
        ...task,
        phase: TASK_PHASE.submitted,
        submittedAt: timeSeconds,
        content: poseidon([task.content, op.w3]),
      }),
    };
  },
};
