import { encodeModel, MODEL_STATUS, type Model, RATE_BASIS, RESERVED_CELL, TREASURY_RATE } from "../cells.ts";
import { demand } from "../errors.ts";
import { MODEL_PARAM, type OpFields } from "../operation.ts";
import { unpack } from "../packing.ts";
import { demandModel, type Rule } from "../rule.ts";

/** The owner changes what it likes; what the governor froze stays frozen, and what is retired stays retired. */
function demandOwnersStatus(model: Model, status: bigint): void {
  const { active, frozenByOwner, frozenByGovernor, retired } = MODEL_STATUS;
  const allowed: bigint[] =
    model.status === frozenByGovernor ? [frozenByGovernor] : [active, frozenByOwner, retired];
  demand(
    allowed.includes(status),
    "out-of-range",
    "the owner may not set this status",
    allowed.join(" or "),
    status,
  );
}

/** The governor freezes and unfreezes, and leaves the rest as it is. */
function demandGovernorsUpdate(model: Model, op: OpFields, share: bigint, status: bigint): void {
  const allowed: bigint[] = [MODEL_STATUS.active, MODEL_STATUS.frozenByGovernor];
  demand(
    allowed.includes(status),
    "out-of-range",
    "the governor may not set this status",
    allowed.join(" or "),
    status,
  );
  demand(
    op.amountUnits === model.price && share === model.share && op.w3 === model.manifest,
    "wrong-role",
    "the governor changes the status only: price, share and manifest must be the model's",
  );
}

/** New manifest, price, share and status of a model. */
export const updateModel: Rule = {
  kind: "updateModel",
  parts: ["sender", "object", "fee", "amount", "param", "w3"],
  slots: (op) => ({ object: op.object }),
  execute: ({ op, object }) => {
    const model = demandModel(object, op.object);
    const { share, status } = unpack(MODEL_PARAM, op.param);
    demand(model.status !== MODEL_STATUS.retired, "model-not-active", "the model is retired, for ever");
    demand(
      share + TREASURY_RATE <= RATE_BASIS,
      "out-of-range",
      "share and treasury rate exceed the whole",
      `share at most ${RATE_BASIS - TREASURY_RATE}`,
      share,
    );
    if (model.owner === BigInt(op.sender)) demandOwnersStatus(model, status);
    else {
      demand(
        op.sender === RESERVED_CELL.governor,
        "wrong-role",
        "only the model's owner and the governor may update it",
        `${model.owner} or ${RESERVED_CELL.governor}`,
        op.sender,
      );
      demandGovernorsUpdate(model, op, share, status);
    }
    return { object: encodeModel({ ...model, share, status, price: op.amountUnits, manifest: op.w3 }) };
  },
};
