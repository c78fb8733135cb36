import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { type Hex, numberToHex, verifyTypedData } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForBrowser } from "../../sdk/browser/bundle.ts";
import { deriveLedgerKey, LedgerAccount, NeuraClient } from "../../sdk/index.ts";
import { chainId } from "../unit/evm/lane-fixture.ts";
import { type BrowserNode, startBrowserNode } from "./browser-node.ts";
import {
  type Chromium,
  ChromiumMissingError,
  type PageServer,
  servePage,
  startChromium,
} from "./chromium.ts";
import type { Order, PageOptions } from "./page.ts";

const walletKey: Hex = `0x${"5a".repeat(32)}`;
const owner = privateKeyToAccount(walletKey);
const recipient: Hex = "0x00000000000000000000000000000000000000AA";
const sourcePath = (file: string) => fileURLToPath(new URL(file, import.meta.url));

let chromium: Chromium;
let node: BrowserNode;
let pages: PageServer;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  const [script, wallet] = await Promise.all([
    bundleForBrowser({ entry: sourcePath("page.ts"), format: "esm" }),
    bundleForBrowser({ entry: sourcePath("wallet.ts"), format: "iife" }),
  ]);
  [chromium, node, pages] = await Promise.all([startChromium(), startBrowserNode(), servePage(script)]);
  await node.depositToEvm(owner.address, 10n ** 10n);
  await chromium.context.addInitScript({
    content: `globalThis.walletKey = ${JSON.stringify(walletKey)};\n${wallet}`,
  });
  page = await openPage();
});
afterAll(async () => {
  await chromium?.close();
  await node?.close();
  await pages?.close();
});

async function openPage(): Promise<Page> {
  const opened = await chromium.context.newPage();
  opened.on("pageerror", (error) => problems.push(String(error)));
  await opened.goto(pages.origin);
  await opened.waitForFunction("'startApplication' in globalThis");
  const { url: httpUrl, webSocketUrl, nowSeconds } = node;
  const options: PageOptions = { chainId, httpUrl, webSocketUrl, nowSeconds };
  await opened.evaluate(`globalThis.application = startApplication(${JSON.stringify(options)})`);
  return opened;
}

/** Calls one step of the application in the page. */
async function step<Result>(name: string, ...args: unknown[]): Promise<Result> {
  const list = args.map((argument) => JSON.stringify(argument)).join(",");
  return (await page.evaluate(`application.${name}(${list})`)) as Result;
}

describe("a page with an injected wallet, from another origin than the node", () => {
  it("connects: the wallet does not know the network, is given it, and asks the node what it is", async () => {
    expect(new URL(node.url).origin).not.toBe(pages.origin);
    expect(await step("connect")).toEqual({
      account: owner.address,
      refused: 4902,
      chainId,
      changes: [numberToHex(chainId)],
    });
  });

  it("has typed data signed", async () => {
    const order: Order = { to: recipient, value: "5" };
    const signature = await step<Hex>("signOrder", order);
    const isOwners = (value: bigint) =>
      verifyTypedData({
        address: owner.address,
        domain: { name: "Page", version: "1", chainId },
        types: {
          Order: [
            { name: "to", type: "address" },
            { name: "value", type: "uint256" },
          ],
        },
        primaryType: "Order",
        message: { to: recipient, value },
        signature,
      });
    expect(await isOwners(5n)).toBe(true);
    expect(await isOwners(6n)).toBe(false);
  });

  it("sends a transaction and gets its receipt as soon as the socket tells of the block", async () => {
    interface Paid {
      readonly hash: Hex;
      readonly status: string;
      readonly block: string;
      readonly heads: readonly string[];
    }
    const { hash, status, block, heads } = await step<Paid>("pay", recipient, "123");
    expect(status).toBe("success");
    expect(heads).toContain(block);
    expect(node.sequencer.lane.getReceipt(hash)?.status).toBe(1);
    expect(await node.sequencer.lane.getBalance(recipient.toLowerCase() as Hex)).toBe(123n);
  });

  it("derives the ledger key that the SDK derives outside of browsers, and spends with it", async () => {
    const client = new NeuraClient(node.url);
    const key = await deriveLedgerKey(owner, await client.chainInfo());
    const { x, y } = key.publicKey;
    expect(await step("deriveKey")).toEqual({ x: String(x), y: String(y) });
    await node.deposit(key, 1_000n);
    const other = await deriveLedgerKey(
      privateKeyToAccount(`0x${"5b".repeat(32)}`),
      await client.chainInfo(),
    );
    await node.deposit(other, 1n);
    const receiver = new LedgerAccount(client, other, () => BigInt(node.nowSeconds));
    const sent = await step<{ level: string }>("transfer", await receiver.id(), "400");
    expect(sent.level).toBe("sequenced");
    expect((await receiver.state())?.balanceUnits).toBe(401n);
  });

  it("meets no error that it does not handle", () => {
    expect(problems).toEqual([]);
  });
});

describe("a node that names the origins it serves", () => {
  it("cannot be read by a page from another one", async () => {
    const strict = await startBrowserNode(["https://wallet.example"]);
    try {
      const read = (url: string) =>
        page.evaluate(
          `fetch(${JSON.stringify(url)}, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId" }),
          }).then((response) => response.json()).then(({ result }) => result, () => "refused")`,
        );
      expect(await read(strict.url)).toBe("refused");
      expect(await read(node.url)).toBe(numberToHex(chainId));
    } finally {
      await strict.close();
    }
  });
});

it("says what to install when there is no browser", async () => {
  await expect(startChromium("/nowhere/chromium")).rejects.toThrow(ChromiumMissingError);
  await expect(startChromium("/nowhere/chromium")).rejects.toThrow(/install Debian's package chromium/);
});
