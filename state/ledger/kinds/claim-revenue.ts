import { encodeModel } from "../cells.ts";
import { demand } from "../errors.ts";
import { demandModel, type Rule } from "../rule.ts";

/** A model's revenue goes to its owner. */
export const claimRevenue: Rule = {
  kind: "claimRevenue",
  parts: ["sender", "object", "fee"],
  slots: (op) => ({ object: op.object }),
  execute: ({ op, object }) => {
    const model = demandModel(object, op.object);
    demand(
      model.owner === BigInt(op.sender),
      "wrong-role",
      "only the model's owner may claim its revenue",
      model.owner,
      op.sender,
    );
    return { senderCreditUnits: model.revenue, object: encodeModel({ ...model, revenue: 0n }) };
  },
};
