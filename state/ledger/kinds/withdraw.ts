import { demand } from "../errors.ts";
import { WITHDRAWAL_PARAM } from "../operation.ts";
import { part } from "../packing.ts";
import { demandAddress, demandAmount, type Rule } from "../rule.ts";

const CHAIN_LIMIT = 1n << BigInt(WITHDRAWAL_PARAM.bits);

/** Leaves to a named recipient on the home chain or on a mirror. */
export const withdraw: Rule = {
  kind: "withdraw",
  parts: ["sender", "fee", "amount", "param", "w1"],
  slots: () => ({}),
  execute: ({ op }) => {
    demandAmount(op);
    demand(
      op.param < CHAIN_LIMIT,
      "out-of-range",
      "a withdrawal goes to home, chain 0, or to the mirror of that number",
      `below ${CHAIN_LIMIT}`,
      op.param,
    );
    demandAddress(op.w1, "the recipient");
    const chain = Number(part(WITHDRAWAL_PARAM, op.param, "chain"));
    return { debitUnits: op.amountUnits, withdrawal: { chain, recipient: op.w1, units: op.amountUnits } };
  },
};
