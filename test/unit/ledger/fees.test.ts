import { describe, expect, it } from "vitest";
import { feeUnitsOf } from "../../../state/ledger/fees.ts";
import { OP_CODE, type OpKind } from "../../../state/ledger/operation.ts";

describe("the sequencer's fee", () => {
  it("is a hundred flat fees where a cell is taken for ever, and one for every other kind", () => {
    const dear = (Object.keys(OP_CODE) as OpKind[]).filter((kind) => feeUnitsOf(kind, 7n) !== 7n);
    expect(dear).toEqual(["openAccount", "registerModel"]);
    for (const kind of dear) expect(feeUnitsOf(kind, 7n)).toBe(700n);
  });

  it("is nothing for any kind if the flat fee is nothing", () => {
    for (const kind of Object.keys(OP_CODE) as OpKind[]) expect(feeUnitsOf(kind, 0n)).toBe(0n);
  });
});
