import {
  CELL_TAG,
  decodeModel,
  decodeTask,
  encodeModel,
  encodeTask,
  RATE_BASIS,
  TASK_PHASE,
  tagOf,
} from "../cells.ts";
import { demand } from "../errors.ts";
import { demandPhase, demandTask, type Rule } from "../rule.ts";

const ACCEPT = 1n;

/** The verifier's verdict. It earns its fee either way, and nobody profits by a rejection. */
export const settleTask: Rule = {
  kind: "settleTask",
  parts: ["sender", "object", "fee", "param", "w3"],
  namesTask: true,
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
    if (op.param !== ACCEPT) {
      return {
        senderCreditUnits: money.verifierFee,
        partyCreditUnits: money.reward,
        treasuryUnits: money.bond,
        object: encodeTask({ ...task, phase: TASK_PHASE.rejected }),
      };
    }
    const treasuryUnits = (money.reward * terms.treasuryRate) / RATE_BASIS;
    const modelUnits = (money.reward * terms.share) / RATE_BASIS;
    const settled = {
      senderCreditUnits: money.verifierFee,
      partyCreditUnits: money.reward - treasuryUnits - modelUnits + money.bond,
      treasuryUnits,
      object: encodeTask({ ...task, phase: TASK_PHASE.accepted }),
    };
    if (terms.model === 0n) return settled;
    const owned = decodeModel(model);
    return { ...settled, model: encodeModel({ ...owned, revenue: owned.revenue + modelUnits }) };
  },
};
