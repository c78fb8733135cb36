import type { Abi, AbiParameter } from "viem";
import { describe, expect, it } from "vitest";
import { bridgedNrxAbi, neuraMirrorAbi, neuraRollupAbi, nrxTokenAbi } from "../../../contracts/abi.ts";
import { neuraGatewayAbi } from "../../../contracts/lane/predeploy.ts";
import {
  gatewayAbi,
  gatewayAddress as gatewayOfSdk,
  mirrorAbi,
  rollupAbi,
  rootsAbi,
  tokenAbi,
  withdrawalsAbi,
} from "../../../sdk/index.ts";
import { gatewayAddress } from "../../../state/evm/chain-rules.ts";

/** Types and what is indexed; the names of parameters do not matter to a call. */
function typesOf(parameters: readonly AbiParameter[]): string {
  const types = parameters.map((parameter) => {
    const indexed = "indexed" in parameter && parameter.indexed ? " indexed" : "";
    const type = "components" in parameter ? typesOf(parameter.components) : parameter.type;
    return `${type}${indexed}`;
  });
  return `(${types.join(", ")})`;
}

function shapesOf(abi: Abi): string[] {
  return abi.flatMap((item) => {
    if (item.type === "function") {
      return [
        `function ${item.name}${typesOf(item.inputs)} ${item.stateMutability} ${typesOf(item.outputs)}`,
      ];
    }
    return item.type === "event" || item.type === "error"
      ? [`${item.type} ${item.name}${typesOf(item.inputs)}`]
      : [];
  });
}

const compiledShapes = (...abis: readonly unknown[]): string[] => abis.flatMap((abi) => shapesOf(abi as Abi));

describe("the SDK's ABI", () => {
  it("is a part of the compiled contracts' ABI", () => {
    const compiled = compiledShapes(neuraRollupAbi, nrxTokenAbi);
    const own = [...shapesOf(rollupAbi), ...shapesOf(withdrawalsAbi), ...shapesOf(tokenAbi)];
    expect(compiled).toEqual(expect.arrayContaining(own));
  });

  it("of mirrors is a part of theirs, and of the bridged token's", () => {
    const compiled = compiledShapes(neuraMirrorAbi, bridgedNrxAbi);
    expect(compiled).toEqual(
      expect.arrayContaining([...shapesOf(mirrorAbi), ...shapesOf(withdrawalsAbi), ...shapesOf(tokenAbi)]),
    );
  });

  it("of the gateway is a part of its contract's, at the contract's address", () => {
    expect(compiledShapes(neuraGatewayAbi)).toEqual(expect.arrayContaining(shapesOf(gatewayAbi)));
    expect(gatewayOfSdk).toBe(gatewayAddress);
  });

  it("reads home and mirrors in the same way", () => {
    for (const abi of [neuraRollupAbi, neuraMirrorAbi]) {
      expect(compiledShapes(abi)).toEqual(expect.arrayContaining(shapesOf(rootsAbi)));
    }
  });
});
