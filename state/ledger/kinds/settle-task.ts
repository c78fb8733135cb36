import { CELL_TAG, decodeTask, encodeTask, TASK_PHASE, tagOf } from "../cells.ts";
import { demand } from "../errors.ts";
import { splitPayout } from "../payout.ts";
import { demandPhase, demandTask, moneyOf, type Rule, withRevenue } from "../rule.ts";

const ACCEPT = 1n;

/** The verifier's verdict. It earns its fee either way, and nobody profits by a rejection. */
export const settleTask: Rule = {
  kind: "settleTask",
  parts: ["sender", "object", "fee", "param", "w3"],
  isOnTask: true,
  signedDetail: moneyOf,
  slots: (op, read) => {
    const object = read(op.object);
    if (tagOf(object) !== CELL_TAG.task) return { object: op.object };
    const { worker, terms } = decodeTask(object);
    return op.param === ACCEPT
      ? { object: op.object, party: Number(worker), model: Number(terms.model) }
      : { object: op.object, party: Number(terms.requester) };
  },
  execute: ({ op, timeSeconds, object, model }) => {
    const task = demandTask(object, op.object);
    const { terms, money } = task;
    demand(op.param <= ACCEPT, "out-of-range", "a verdict is 1 (accept) or 0 (reject)", "0 or 1", op.param);
    demandPhase(task, TASK_PHASE.submitted, "submitted");
    demand(
      terms.verifier === BigInt(op.sender),
      "wrong-role",
      "only the task's verifier may settle it",
      terms.verifier,
      op.sender,
    );
    const closesAt = task.submittedAt + terms.window;
    demand(
      timeSeconds < closesAt,
      "too-late",
      "the verifier's window is over",
      `before ${closesAt}`,
      timeSeconds,
    );
    demand(op.w3 === task.content, "stale-content", "the task holds another result", task.content, op.w3);
    const left = money.reward - task.drawn;
    if (op.param !== ACCEPT) {
      return {
        senderCreditUnits: money.verifierFee,
        partyCreditUnits: left,
        treasuryUnits: money.bond,
        object: encodeTask({ ...task, phase: TASK_PHASE.rejected }),
      };
    }
    const { treasuryUnits, modelUnits, workerUnits } = splitPayout(left, terms);
    return {
      senderCreditUnits: money.verifierFee,
      partyCreditUnits: workerUnits + money.bond,
      treasuryUnits,
      object: encodeTask({ ...task, phase: TASK_PHASE.accepted }),
      ...withRevenue(terms.model, model, modelUnits),
    };
  },
};
