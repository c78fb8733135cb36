import { encodeModel, MODEL_STATUS, RATE_BASIS, SERIAL, TREASURY_RATE } from "../cells.ts";
import { demand } from "../errors.ts";
import { MODEL_PARAM } from "../operation.ts";
import { pack, unpack } from "../packing.ts";
import type { Rule } from "../rule.ts";

/** Registers a model: what it costs, what share of a reward its owner earns, and what it is (the manifest). */
export const registerModel: Rule = {
  kind: "registerModel",
  parts: ["sender", "object", "fee", "amount", "param", "w3"],
  slots: (op) => ({ object: op.object }),
  execute: ({ op, sender }) => {
    const { share, status } = unpack(MODEL_PARAM, op.param);
    demand(status === 0n, "unused-part-set", "registerModel sets no status", 0, status);
    demand(
      share + TREASURY_RATE <= RATE_BASIS,
      "out-of-range",
      "share and treasury rate exceed the whole",
      `share at most ${RATE_BASIS - TREASURY_RATE}`,
      share,
    );
    const owner = BigInt(op.sender);
    return {
      object: encodeModel({
        status: MODEL_STATUS.active,
        share,
        owner,
        price: op.amountUnits,
        serial: pack(SERIAL, { owner, nonce: sender.nonce }),
        revenue: 0n,
        manifest: op.w3,
      }),
    };
  },
};
