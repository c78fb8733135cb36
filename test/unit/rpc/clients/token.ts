import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseAbi } from "viem";
import { artifactOf, compileSolidity } from "../../../../contracts/compile.ts";
import type { Hex } from "../../../../state/evm/types.ts";

/** In the hardhat project, which has to hold its sources; the other scripts deploy the same contract. */
const sourcePath = fileURLToPath(new URL("hardhat/contracts/Token.sol", import.meta.url));
const cacheDirectory = fileURLToPath(new URL("../../../../.cache/contracts", import.meta.url));

export const tokenAbi = parseAbi([
  "event Transfer(address indexed from, address indexed to, uint256 value)",
  "error InsufficientBalance(address owner, uint256 have, uint256 need)",
  "constructor(uint256 supply)",
  "function name() view returns (string)",
  "function balanceOf(address owner) view returns (uint256)",
  "function transfer(address to, uint256 value) returns (bool)",
  "function quotient(uint256 dividend, uint256 divisor) pure returns (uint256)",
]);

export async function tokenBytecode(): Promise<Hex> {
  const sources = { "Token.sol": readFileSync(sourcePath, "utf8") };
  return artifactOf(await compileSolidity(sources, cacheDirectory), "Token").bytecode;
}
