import { demand } from "../errors.ts";
import { demandAddress, demandAmount, type Rule } from "../rule.ts";

/** Leaves to a named recipient on the home chain. */
export const withdraw: Rule = {
  kind: "withdraw",
  parts: ["sender", "fee", "amount", "param", "w1"],
  slots: () => ({}),
  execute: ({ op }) => {
    demandAmount(op);
    demand(op.param === 0n, "out-of-range", "withdrawals go to the home chain, chain 0", 0, op.param);
    demandAddress(op.w1, "the recipient");
    return { debitUnits: op.amountUnits, withdrawal: { recipient: op.w1, units: op.amountUnits } };
  },
};
