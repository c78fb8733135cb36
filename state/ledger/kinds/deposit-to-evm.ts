import { RESERVED_CELL } from "../cells.ts";
import { demand } from "../errors.ts";
import { demandAddress, demandAmount, type Rule } from "../rule.ts";

/** Credits the gateway, and the recipient in the contract lane. */
export const depositToEvm: Rule = {
  kind: "depositToEvm",
  parts: ["object", "amount", "w1"],
  slots: (op) => ({ object: op.object }),
  execute: ({ op }) => {
    demand(
      op.object === RESERVED_CELL.gateway,
      "out-of-range",
      "depositToEvm credits the gateway only",
      RESERVED_CELL.gateway,
      op.object,
    );
    demandAmount(op);
    demandAddress(op.w1, "the recipient");
    return { objectCreditUnits: op.amountUnits, evmCredit: { recipient: op.w1, units: op.amountUnits } };
  },
};
