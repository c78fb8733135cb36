import {
  encodeTask,
  isClosedTask,
  MODEL_STATUS,
  TASK_FLAG_SILENCE_ACCEPTS,
  TASK_KIND,
  TASK_MONEY,
  TASK_PHASE,
  TASK_TERMS,
  TREASURY_RATE,
} from "../cells.ts";
import { demand } from "../errors.ts";
import { part, unpack } from "../packing.ts";
import { demandModel, type Rule } from "../rule.ts";

/** Locks reward and verifier fee, and opens a task. The rates that will split the reward are fixed now, and the author has named the model's. */
export const postTask: Rule = {
  kind: "postTask",
  parts: ["sender", "object", "fee", "w1", "w2", "w3"],
  slots: (op) => ({
    object: op.object,
    party: Number(part(TASK_TERMS, op.w1, "verifier")),
    model: Number(part(TASK_TERMS, op.w1, "model")),
  }),
  isPlacedIn: (_op, object) => isClosedTask(object),
  // Its owner may change a model's manifest at any time.
  signedDetail: ({ model }) => model[3],
  execute: ({ op, timeSeconds, sender, model }) => {
    const terms = unpack(TASK_TERMS, op.w1);
    const money = unpack(TASK_MONEY, op.w2);
    demand(
      terms.requester === 0n && terms.nonce === 0n && terms.treasuryRate === 0n,
      "unused-part-set",
      "requester, nonce and treasury rate of a posted task are filled in by the ledger and must be 0",
    );
    demand(
      terms.kind >= TASK_KIND.training && terms.kind <= TASK_KIND.validation,
      "out-of-range",
      "unknown task kind",
      "1 training, 2 inference or 3 validation",
      terms.kind,
    );
    demand(
      terms.flags <= TASK_FLAG_SILENCE_ACCEPTS,
      "out-of-range",
      "unknown task flags",
      "0 or 1",
      terms.flags,
    );
    demand(
      terms.deadline > timeSeconds,
      "too-late",
      "the deadline is over",
      `later than ${timeSeconds}`,
      terms.deadline,
    );
    demand(terms.window >= 1n, "out-of-range", "the verifier's window is empty", "1 s or more", 0);
    let share = 0n;
    if (terms.model !== 0n) {
      const chosen = demandModel(model, Number(terms.model));
      demand(
        chosen.status === MODEL_STATUS.active,
        "model-not-active",
        "the model is not active",
        MODEL_STATUS.active,
        chosen.status,
      );
      demand(
        money.reward >= chosen.price,
        "reward-below-price",
        "the reward is below the model's price",
        chosen.price,
        money.reward,
      );
      share = chosen.share;
    }
    demand(
      terms.share === share,
      "stale-share",
      "the terms must name the share that the model has now (0 without a model)",
      share,
      terms.share,
    );
    return {
      debitUnits: money.reward + money.verifierFee,
      object: encodeTask({
        phase: TASK_PHASE.open,
        worker: 0n,
        submittedAt: 0n,
        drawn: 0n,
        terms: {
          ...terms,
          requester: BigInt(op.sender),
          nonce: sender.nonce,
          treasuryRate: TREASURY_RATE,
        },
        money,
        content: op.w3,
      }),
    };
  },
};
