import type { Hex, TransactionReceipt } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Checks } from "../../../compute/demo/checks.ts";
import { checkBatch, checkOperations, checkTaskUnderRoots } from "../../../compute/demo/outcome.ts";
import { nrx } from "../../../compute/demo/people.ts";
import { batchTable, failureLines, toJson } from "../../../compute/demo/report.ts";
import {
  type LedgerAccount,
  NeuraClient,
  type OperationState,
  SettlementReader,
  toWord,
} from "../../../sdk/index.ts";
import { FakeNode } from "../sdk/fake-node.ts";
import { ledgerAccount } from "../sdk/wallets.ts";

const contract = "0x00000000000000000000000000000000000c0de1";
const transactionHash: Hex = `0x${"ab".repeat(32)}`;

/** A contract that has exactly these roots, and one receipt. */
class FakeReader extends SettlementReader {
  readonly roots = new Map<number, bigint>();
  receipt = { status: "success", to: contract, gasUsed: 300_000n } as unknown as TransactionReceipt;

  constructor(name: string) {
    super({ name, chainId: 1, rpcUrl: "http://127.0.0.1:9", contract });
  }
  override rootOf(batchNumber: number) {
    return Promise.resolve(this.roots.get(batchNumber));
  }
  override receiptOf() {
    return Promise.resolve(this.receipt as TransactionReceipt | undefined);
  }
}

let node: FakeNode;
let client: NeuraClient;
let alice: LedgerAccount;
let readers: FakeReader[];
let operation: OperationState;

const onChain = { transactionHash, gasUsed: "0x493e0", blockNumber: "0x1", finalized: true };
const proof = { constraints: 50_001, witnessMs: 700, proveMs: 11_500 };

beforeEach(async () => {
  node = await FakeNode.start();
  client = new NeuraClient(node.url);
  alice = await ledgerAccount(node, client, 5, 1_000_000n);
  const { id } = await alice.send({ kind: "transfer", to: 1, amountUnits: 5n });
  const genesis = toWord(1n);
  node.confirm("finalized");
  node.tamper = (method, result) =>
    method === "neura_getBatch"
      ? { ...(result as object), rootBefore: genesis, proof, chains: { home: onChain, arbitrum: onChain } }
      : result;
  operation = (await client.getOperation(id)) as OperationState;
  readers = ["home", "arbitrum"].map((name) => new FakeReader(name));
  for (const { roots } of readers) roots.set(0, 1n).set(1, node.ledger.root());
});
afterEach(() => node.stop());

const failuresOf = async (): Promise<string[]> => {
  const checks = new Checks();
  await checkBatch(client, 1, readers, checks);
  return checks.failed.map(({ claim }) => claim);
};

describe("the demo's checks of a batch", () => {
  it("hold when the chains have what the node says", async () => {
    expect(await failuresOf()).toEqual([]);
  });

  it("fail when one contract has another root, or none", async () => {
    readers[1]?.roots.set(1, 5n);
    expect(await failuresOf()).toEqual(["batch 1: root on arbitrum"]);
    readers[1]?.roots.delete(1);
    expect(await failuresOf()).toEqual(["batch 1: root on arbitrum"]);
  });

  it("fail when a transaction reverted, went elsewhere, or cost something else", async () => {
    const [home] = readers;
    if (home === undefined) throw new Error("no reader");
    home.receipt = { ...home.receipt, status: "reverted", to: null, gasUsed: 1n };
    expect(await failuresOf()).toEqual([
      "batch 1: transaction on home",
      "batch 1: contract on home",
      "batch 1: gas on home",
    ]);
  });

  it("fail when the batch was not proven, or not posted everywhere", async () => {
    const tamper = node.tamper;
    node.tamper = (method, result) =>
      method === "neura_getBatch"
        ? { ...(tamper(method, result) as object), proof: null, chains: { home: onChain, arbitrum: null } }
        : result;
    expect(await failuresOf()).toEqual([
      "batch 1: was proven here",
      "batch 1: the node posted it to arbitrum",
    ]);
  });
});

describe("the demo's other checks", () => {
  it("fail for an operation that is not final, or not mirrored everywhere", async () => {
    const info = await client.chainInfo();
    const failed = (changed: Partial<OperationState>): string[] => {
      const checks = new Checks();
      checkOperations([{ label: "transfer", operation: { ...operation, ...changed } }], info, checks);
      return checks.failed.map(({ claim }) => claim);
    };
    expect(failed({})).toEqual([]);
    expect(failed({ level: "settled" })).toEqual(["transfer: level"]);
    expect(failed({ valid: false })).toEqual(["transfer: valid"]);
    expect(failed({ mirrored: { arbitrum: false } })).toEqual(["transfer: mirrored"]);
    expect(failed({ mirrored: {} })).toEqual(["transfer: mirrored"]);
  });

  it("do not believe a cell that is not under the contract's root", async () => {
    readers[1]?.roots.set(1, 5n);
    const checks = new Checks();
    await expect(checkTaskUnderRoots(client, await alice.id(), readers, checks)).rejects.toMatchObject({
      code: "wrong-proof",
    });
  });
});

describe("the demo's report", () => {
  it("has a row for each batch and chain", async () => {
    const report = await checkBatch(client, 1, readers, new Checks());
    const [head, , home, arbitrum] = batchTable([report]);
    expect(head?.split(/ {2,}/)).toEqual([
      "batch",
      "ops",
      "witness s",
      "prove s",
      "chain",
      "transaction",
      "gas",
      "root read from the contract",
    ]);
    const root = toWord(node.ledger.root());
    expect(home?.trim().split(/ {2,}/)).toEqual([
      "1",
      "2",
      "0.7",
      "11.5",
      "home",
      transactionHash,
      "300000",
      root,
    ]);
    expect(arbitrum?.trim().split(/ {2,}/)).toEqual(["arbitrum", transactionHash, "300000", root]);
  });

  it("says what was expected and what was found", () => {
    const checks = new Checks();
    checks.equal("gas on home", 1n, 2n);
    checks.true("proven", false);
    checks.equal("bytes", new Uint8Array([1, 2]), new Uint8Array([1, 2]));
    expect(failureLines(checks.failed)).toEqual([
      "FAILED  gas on home: expected 2, got 1",
      "FAILED  proven: expected true, got false",
    ]);
  });

  it("writes units and integers without loss", () => {
    expect([nrx(12_500_000_000n), nrx(1n), nrx(3_000_000_000n)]).toEqual([
      "12.5 NRX",
      "0.000000001 NRX",
      "3 NRX",
    ]);
    expect(toJson({ units: 2n ** 64n })).toBe('{"units":"18446744073709551616"}');
  });
});
