import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { sha256 } from "multiformats/hashes/sha2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  cidOf,
  contentElementOf,
  demandMembership,
  type LedgerAccount,
  NeuraClient,
  queuedOperationId,
  toWord,
  waitForLevel,
  withdrawalWords,
} from "../../../sdk/index.ts";
import { FakeNode } from "./fake-node.ts";
import { ledgerAccount } from "./wallets.ts";

let node: FakeNode;
let client: NeuraClient;
let alice: LedgerAccount;
let bob: LedgerAccount;

beforeEach(async () => {
  node = await FakeNode.start();
  client = new NeuraClient(node.url);
  alice = await ledgerAccount(node, client, 5, 1000n * 1000n);
  bob = await ledgerAccount(node, client, 6, 1000n);
});
afterEach(() => node.stop());

const pay = async () => alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 5n });

describe("NeuraClient", () => {
  it("gives null for accounts, models, tasks, batches and operations that do not exist", async () => {
    expect(await client.getAccount(400)).toBeNull();
    expect(await client.getModel(await alice.id())).toBeNull();
    expect(await client.getTask(400)).toBeNull();
    expect(await client.getBatch(9)).toBeNull();
    expect(await client.getOperation(toWord(1n))).toBeNull();
  });

  it("carries code, expected and actual of the node's error", async () => {
    await expect(client.request("neura_unknown")).rejects.toMatchObject({ rpcCode: -32601 });
    const operation = await alice.build(
      { kind: "transfer", to: await bob.id(), amountUnits: 5n },
      { nonce: 8n },
    );
    await expect(client.sendOperation(operation)).rejects.toMatchObject({
      rpcCode: -32000,
      code: "wrong-nonce",
      expected: "0",
      actual: "8",
      method: "neura_sendOperation",
    });
  });

  it("says what does not answer, and with what answer it cannot go on", async () => {
    await expect(new NeuraClient("http://127.0.0.1:9").chainInfo()).rejects.toMatchObject({
      code: "unreachable",
    });
    node.tamper = (method, result) =>
      method === "neura_getAccount" ? { ...(result as object), balanceUnits: "12" } : result;
    await expect(client.getAccount(1)).rejects.toMatchObject({
      code: "unexpected-response",
      where: "neura_getAccount.balanceUnits",
    });
  });

  it("gives up a request that is not answered in time", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    const impatient = new NeuraClient(`http://127.0.0.1:${port}`, { timeoutMs: 50 });
    await expect(impatient.batchNumber()).rejects.toMatchObject({ code: "unreachable" });
    silent.closeAllConnections();
    silent.close();
  });

  it("reads a closed batch", async () => {
    const { id } = await pay();
    node.confirm("settled");
    expect(await client.batchNumber()).toBe(1);
    const batch = await client.getBatch(1);
    expect(batch).toMatchObject({ number: 1, level: "settled", chains: { home: null, arbitrum: null } });
    expect(batch?.ops.map(({ kind, valid }) => ({ kind, valid }))).toEqual([
      { kind: "deposit", valid: true },
      { kind: "deposit", valid: true },
      { kind: "transfer", valid: true },
    ]);
    expect(batch?.ops[2]).toMatchObject({ id, caller: null });
    expect(batch?.ops[0]?.id).toBe(queuedOperationId(0n));
    expect(BigInt(batch?.ops[0]?.caller ?? 0)).toBe(BigInt(alice.key.l1Address));
  });
});

describe("waitForLevel", () => {
  it("reports each level as it is reached", async () => {
    node.isPaused = true;
    const { id } = await pay();
    const levels: string[] = [];
    const steps: Record<string, () => void> = {
      pending: () => node.resume(),
      sequenced: () => node.confirm("proven"),
      proven: () => node.confirm("settled"),
      settled: () => node.confirm("finalized"),
    };
    const done = await waitForLevel(client, id, "finalized", {
      pollMs: 5,
      mirrored: true,
      onLevel: (level) => {
        levels.push(level);
        steps[level]?.();
      },
    });
    expect(levels).toEqual(["pending", "sequenced", "proven", "settled", "finalized"]);
    expect(done).toMatchObject({ level: "finalized", mirrored: { arbitrum: true } });
  });

  it("is done at once when the operation is already beyond the level", async () => {
    const { id } = await pay();
    node.confirm("finalized");
    expect((await waitForLevel(client, id, "sequenced")).level).toBe("finalized");
  });

  it("throws the reason of a rejection", async () => {
    node.isPaused = true;
    const { id } = await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 2_000_000n });
    node.resume();
    await expect(waitForLevel(client, id, "sequenced")).rejects.toMatchObject({
      code: "operation-rejected",
      expected: "2001000",
      actual: "1000000",
    });
  });

  it("throws when it takes too long, and when it is stopped", async () => {
    const { id } = await pay();
    await expect(waitForLevel(client, id, "settled", { pollMs: 5, timeoutMs: 30 })).rejects.toMatchObject({
      code: "timeout",
    });
    const stop = new AbortController();
    const stopped = waitForLevel(client, id, "settled", { signal: stop.signal });
    stop.abort(new Error("stopped"));
    await expect(stopped).rejects.toThrow("stopped");
  });
});

describe("content", () => {
  const bytes = new TextEncoder().encode("weights");

  it("has the CID that multiformats computes", async () => {
    const lengths = [0, 1, 5, 1000].map((length) => new Uint8Array(length).fill(7));
    for (const content of [bytes, ...lengths]) {
      expect(cidOf(content)).toBe(CID.createV1(raw.code, await sha256.digest(content)).toString());
    }
  });

  it("is the first 31 bytes of the SHA-256 digest in the ledger", async () => {
    const { digest } = await sha256.digest(bytes);
    expect(contentElementOf(bytes)).toBe(BigInt(`0x${Buffer.from(digest).toString("hex", 0, 31)}`));
  });

  it("comes back as it was stored", async () => {
    const { content } = await client.putContent(bytes);
    expect(await client.getContent(content)).toEqual(bytes);
  });

  it("that the node does not have is asked for elsewhere", async () => {
    await expect(client.getContent(5n)).rejects.toMatchObject({ code: "unknown-content" });
  });

  it("is refused when the node gives other bytes", async () => {
    const { content } = await client.putContent(bytes);
    node.contents.set(content, new TextEncoder().encode("Weights"));
    await expect(client.getContent(content)).rejects.toMatchObject({ code: "wrong-content" });
  });
});

describe("demandMembership", () => {
  it("accepts a cell, and an empty one, under the root", async () => {
    const root = node.ledger.root();
    demandMembership(await client.getLedgerProof(await alice.id()), root, 3);
    demandMembership(await client.getLedgerProof(400), root, 3);
  });

  it("refuses another field, sibling, cell, root or depth", async () => {
    const root = node.ledger.root();
    const proof = await client.getLedgerProof(await alice.id());
    const [f0, f1, f2, f3] = proof.fields;
    const path = proof.path.map((row) => [...row]);
    (path[1] as bigint[])[7] = 1n;
    const forged = [
      { ...proof, fields: [f0 + (1n << 40n), f1, f2, f3] as const },
      { ...proof, path },
      { ...proof, id: proof.id + 1 },
      { ...proof, id: proof.id + 512 },
      { ...proof, path: proof.path.slice(0, 2) },
    ];
    for (const claim of forged) {
      expect(() => demandMembership(claim, root, 3)).toThrow(
        expect.objectContaining({ code: "wrong-proof" }),
      );
    }
    expect(() => demandMembership(proof, root + 1n, 3)).toThrow(
      expect.objectContaining({ code: "wrong-proof" }),
    );
  });
});

describe("withdrawalWords", () => {
  it("packs the recipient below the amount", () => {
    const recipient = "0xffffffffffffffffffffffffffffffffffffffff" as const;
    const withdrawals = [
      { chain: "arbitrum", recipient, amountUnits: 4n },
      { chain: "home", recipient, amountUnits: 3n },
    ];
    expect(withdrawalWords(withdrawals, "home")).toEqual([(3n << 160n) + 2n ** 160n - 1n]);
  });
});
