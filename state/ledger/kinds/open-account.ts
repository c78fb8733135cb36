import { encodeAccount } from "../cells.ts";
import { demandAddress, demandPublicKey, type Rule } from "../rule.ts";

/** Creates an account for a triple, with an amount. */
export const openAccount: Rule = {
  kind: "openAccount",
  parts: ["sender", "object", "fee", "amount", "w1", "w2", "w3"],
  slots: (op) => ({ object: op.object }),
  execute: ({ op }) => {
    demandAddress(op.w1, "l1Address");
    demandPublicKey(op.w2, op.w3);
    return {
      debitUnits: op.amountUnits,
      object: encodeAccount({
        nonce: 0n,
        balance: op.amountUnits,
        l1Address: op.w1,
        pubX: op.w2,
        pubY: op.w3,
      }),
    };
  },
};
