import { type Abi, toFunctionSelector, toSignature } from "viem";
import { describe, expect, it } from "vitest";
import { neuraMirrorAbi, neuraRollupAbi, nrxTokenAbi } from "../../../contracts/abi.ts";
import { rollupAbi, rootsAbi, tokenAbi } from "../../../sdk/index.ts";

/** Name, parameters, results and what is indexed; parameter names do not matter to a call. */
function shapesOf(abi: Abi): string[] {
  return abi.flatMap((item) => {
    if (item.type !== "function" && item.type !== "event" && item.type !== "error") return [];
    const inputs = item.inputs.map((input) => `${"indexed" in input && input.indexed ? "indexed" : ""}`);
    const outputs = item.type === "function" ? toOutputs(item.outputs) : "";
    const mutability = item.type === "function" ? item.stateMutability : "";
    const signature =
      item.type === "error" ? toSignature({ ...item, type: "event" } as never) : toSignature(item);
    return [`${item.type} ${signature} ${inputs.join()} ${outputs} ${mutability}`];
  });
}

const toOutputs = (outputs: readonly unknown[]): string =>
  toFunctionSelector({
    type: "function",
    name: "outputs",
    inputs: outputs,
    outputs: [],
    stateMutability: "view",
  } as never);

describe("the SDK's ABI", () => {
  it("is a part of the compiled contracts' ABI", () => {
    const compiled = new Set(shapesOf([...neuraRollupAbi, ...nrxTokenAbi] as unknown as Abi));
    for (const shape of [...shapesOf(rollupAbi), ...shapesOf(tokenAbi)]) expect(compiled).toContain(shape);
  });

  it("reads home and mirrors in the same way", () => {
    for (const abi of [neuraRollupAbi, neuraMirrorAbi]) {
      const compiled = new Set(shapesOf(abi as unknown as Abi));
      for (const shape of shapesOf(rootsAbi)) expect(compiled).toContain(shape);
    }
  });
});
