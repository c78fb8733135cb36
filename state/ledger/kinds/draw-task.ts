import { CELL_TAG, decodeTask, encodeTask, TASK_PHASE, tagOf } from "../cells.ts";
import { demand } from "../errors.ts";
import { splitPayout } from "../payout.ts";
import { poseidon } from "../poseidon.ts";
import { demandPhase, demandTask, moneyOf, type Rule, withRevenue } from "../rule.ts";

/**
 * The worker pays the fee, but the requester signs its maximum: so at most a hundredth of the payout goes into it, however
 * high the maximum, and however many vouchers an amount is cut into.
 */
const LEAST_PAYOUT_PER_FEE = 100n;

/**
 * Pays the worker up to the cumulative amount of a voucher that the requester signed, and commits the root of the receipts of
 * what was done for it: one op settles any number of streamed inferences. Anyone may send it, so the fee comes from the payout.
 */
export const drawTask: Rule = {
  kind: "drawTask",
  parts: ["sender", "object", "fee", "amount", "w3"],
  isOnTask: true,
  signedDetail: moneyOf,
  isVoucher: true,
  slots: (op, read) => {
    const object = read(op.object);
    if (tagOf(object) !== CELL_TAG.task) return { object: op.object };
    const { worker, terms } = decodeTask(object);
    return { object: op.object, party: Number(worker), model: Number(terms.model) };
  },
  execute: ({ op, object, model }) => {
    const task = demandTask(object, op.object);
    const { terms, money, drawn } = task;
    demandPhase(task, TASK_PHASE.claimed, "claimed");
    demand(
      terms.requester === BigInt(op.sender),
      "wrong-role",
      "a voucher is the task's requester's",
      terms.requester,
      op.sender,
    );
    demand(
      op.amountUnits > drawn && op.amountUnits <= money.reward,
      "amount-out-of-range",
      "a voucher's cumulative amount lies above what is drawn and within the reward",
      `above ${drawn}, at most ${money.reward}`,
      op.amountUnits,
    );
    const { treasuryUnits, modelUnits, workerUnits } = splitPayout(op.amountUnits - drawn, terms);
    demand(
      op.feeUnits * LEAST_PAYOUT_PER_FEE <= workerUnits,
      "insufficient-balance",
      "the payout is too small for the fee",
      op.feeUnits * LEAST_PAYOUT_PER_FEE,
      workerUnits,
    );
    return {
      partyCreditUnits: workerUnits - op.feeUnits,
      treasuryUnits,
      object: encodeTask({ ...task, drawn: op.amountUnits, content: poseidon([task.content, op.w3]) }),
      ...withRevenue(terms.model, model, modelUnits),
    };
  },
};
