import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hex } from "../../../state/evm/types.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { castScript } from "./clients/cast-script.ts";
import { intendedDifferences } from "./clients/differences-from-anvil.ts";
import { ethersScript } from "./clients/ethers-script.ts";
import { hardhatScript } from "./clients/hardhat-script.ts";
import { type Network, startAnvil, startNode } from "./clients/networks.ts";
import { tokenBytecode } from "./clients/token.ts";
import { differences, type Target, type Transcript } from "./clients/transcript.ts";
import { viemScript } from "./clients/viem-script.ts";
import { web3Script } from "./clients/web3-script.ts";

/** Compiling and three hardhat processes, on a busy machine. */
const timeoutMs = 60_000;
const key = (index: number): Hex => `0x${(index + 101).toString(16).padStart(64, "0")}`;
const recipient = (index: number): Hex => `0x${(0xa000 + index).toString(16).padStart(40, "0")}`;
const poorKey = key(50);
const hardhatIndex = 10;

const scripts: Readonly<Record<string, (target: Target) => Promise<Transcript>>> = {
  viem: viemScript,
  ethers: ethersScript,
  "web3.js": web3Script,
  cast: castScript,
};

/** What a client has no way to do. */
const absentSteps: Readonly<Record<string, readonly string[]>> = {
  viem: [],
  ethers: [],
  "web3.js": ["setCode", "typedDataSignature"],
  cast: ["batch", "subscriptions"],
};

let bytecode: Hex;
let node: Network;
let anvil: Network;
beforeAll(async () => {
  const keys = [...Object.keys(scripts).keys(), hardhatIndex].map(key);
  [bytecode, node, anvil] = await Promise.all([tokenBytecode(), startNode(keys), startAnvil(keys)]);
}, timeoutMs);
afterAll(async () => {
  await node?.close();
  await anvil?.close();
});

const optionalSteps = ["legacy", "accessList", "setCode", "typedDataSignature", "subscriptions", "batch"];
const cases = Object.entries(scripts).map(([name, script], index) => ({ name, script, index }));

describe("a script of steps gives the same on the node as on anvil, but for the differences in the table", () => {
  it.each(cases)(
    "$name",
    async ({ name, script, index }) => {
      const shared = { key: key(index), poorKey, recipient: recipient(index), bytecode };
      const on = ({ httpUrl, webSocketUrl }: Network) => script({ ...shared, httpUrl, webSocketUrl });
      const [onNode, onAnvil] = [await on(node), await on(anvil)];
      const rules = intendedDifferences.filter(({ clients }) => clients.includes(name));
      const found = differences(onNode, onAnvil);
      expect(Object.keys(found).sort()).toEqual(rules.map(({ path }) => path).sort());
      for (const { path, node: ours, anvil: theirs } of rules) {
        expect(found[path]?.[0]).toMatch(ours);
        expect(found[path]?.[1]).toMatch(theirs);
      }
      expect(optionalSteps.filter((step) => !(step in onNode)).sort()).toEqual(absentSteps[name]);
    },
    timeoutMs,
  );
});

it(
  "a hardhat project compiles with npm's solc and deploys, estimates and signs as on anvil",
  async () => {
    const directory = await temporaryDirectory();
    try {
      const seen = await hardhatScript({
        nodeUrl: node.httpUrl,
        anvilUrl: anvil.httpUrl,
        key: key(hardhatIndex),
        recipient: recipient(hardhatIndex),
        directory: directory.path,
      });
      expect(seen.node).toEqual(seen.anvil);
      expect(seen.node).toMatchObject({
        deployment: { status: 1 },
        transfer: { status: 1, logs: 1 },
        balance: "7",
        revertReason: "transfer to the zero address",
      });
    } finally {
      await directory.remove();
    }
  },
  timeoutMs,
);
