import { CELL_TAG, type Cell, encodeAccount, RESERVED_CELL, tagOf } from "../cells.ts";
import type { OpFields } from "../operation.ts";
import { demandAddress, demandAmount, demandPublicKey, type Rule } from "../rule.ts";

/** The account's whole triple must match: with the key alone, whoever deposits first to a key would own its exit. */
const matches = (op: OpFields, object: Cell): boolean =>
  op.object !== RESERVED_CELL.gateway &&
  tagOf(object) === CELL_TAG.account &&
  object[1] === op.w1 &&
  object[2] === op.w2 &&
  object[3] === op.w3;

/** Credits the account (pubX, pubY, l1Address), or creates it. */
export const deposit: Rule = {
  kind: "deposit",
  parts: ["object", "amount", "w1", "w2", "w3"],
  slots: (op) => ({ object: op.object }),
  isPlacedIn: matches,
  execute: ({ op, object, isFresh }) => {
    demandAmount(op);
    demandAddress(op.w1, "l1Address");
    demandPublicKey(op.w2, op.w3);
    if (!isFresh && matches(op, object)) return { objectCreditUnits: op.amountUnits };
    return {
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
