import { RESERVED_CELL } from "../cells.ts";
import { demand } from "../errors.ts";
import { fitsBits } from "../field.ts";
import { ADDRESS_BITS } from "../operation.ts";
import { demandAccount, demandAddress, demandAmount, type Rule } from "../rule.ts";

/** Sender to account. To the gateway, the memo is the recipient in the contract lane. */
export const transfer: Rule = {
  kind: "transfer",
  parts: ["sender", "object", "fee", "amount", "w1"],
  signedDetail: ({ object }) => object[2],
  slots: (op) => ({ object: op.object }),
  execute: ({ op, object }) => {
    demandAmount(op);
    demandAccount(object, op.object, "recipient");
    demand(fitsBits(op.w1, ADDRESS_BITS), "out-of-range", "the memo is too long", "below 2^160", op.w1);
    const change = { debitUnits: op.amountUnits, objectCreditUnits: op.amountUnits };
    if (op.object !== RESERVED_CELL.gateway) return change;
    demandAddress(op.w1, "the recipient in the contract lane");
    return { ...change, evmCredit: { recipient: op.w1, units: op.amountUnits } };
  },
};
