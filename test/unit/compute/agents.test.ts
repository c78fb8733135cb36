import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { toHex } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { irisSplit } from "../../../compute/data/iris.ts";
import { examine, InferenceVerifier } from "../../../compute/inference-verifier.ts";
import { InferenceWorker } from "../../../compute/inference-worker.ts";
import { encodeManifest } from "../../../compute/manifest.ts";
import { decodePredictions, encodeSamples } from "../../../compute/model/inference.ts";
import { parseNetwork } from "../../../compute/model/int8-network.ts";
import { type LedgerAccount, NeuraClient, TASK_PHASE, type TaskFilter, toWord } from "../../../sdk/index.ts";
import { FakeNode } from "../sdk/fake-node.ts";
import { balanceUnitsOf, ledgerAccount, walletOf } from "../sdk/wallets.ts";

const NRX = 1_000_000_000n;
const weights = new Uint8Array(
  readFileSync(new URL("../../../compute/data/iris-int8.json", import.meta.url)),
);
const iris = parseNetwork(weights);
const flowers = irisSplit().heldOut.slice(0, 6);

let node: FakeNode;
let client: NeuraClient;
let requester: LedgerAccount;
let workerAccount: LedgerAccount;
let verifierAccount: LedgerAccount;
let model: number;
let events: { event: string; values: Record<string, unknown> }[];
const log = (event: string, values: Record<string, unknown>) => void events.push({ event, values });
const eventNames = () => events.map(({ event }) => event);

const worker = (models = [model]) =>
  new InferenceWorker({
    client,
    account: workerAccount,
    models,
    log,
    signal: new AbortController().signal,
    nowSeconds: () => node.nowSeconds,
  });
const verifier = () =>
  new InferenceVerifier({ client, account: verifierAccount, log, signal: new AbortController().signal });

beforeEach(async () => {
  events = [];
  node = await FakeNode.start();
  client = new NeuraClient(node.url);
  requester = await ledgerAccount(node, client, 5, 100n * NRX);
  workerAccount = await ledgerAccount(node, client, 6, 50n * NRX);
  verifierAccount = await ledgerAccount(node, client, 7, 10n * NRX);
  const stored = await client.putContent(weights);
  const manifest = await client.putContent(
    encodeManifest({
      format: "neura-model-manifest-v1",
      name: "iris-int8",
      versions: [
        {
          version: "1",
          runtime: "neura-int8-network-v1",
          weights: { cid: stored.cid, content: toWord(stored.content) },
        },
      ],
      dataSources: [],
      computeProviders: [],
      billing: { unit: "task", priceUnits: "0", shareBasisPoints: "0" },
    }),
  );
  const { id } = await requester.send({
    kind: "registerModel",
    manifest: manifest.content,
    priceUnits: 0n,
    shareBasisPoints: 0n,
  });
  model = (await client.getOperation(id))?.object ?? 0;
});
afterEach(() => node.stop());

async function post(input = encodeSamples(flowers.map(({ features }) => features))): Promise<number> {
  const { content } = await client.putContent(input);
  const { id } = await requester.send({
    kind: "postTask",
    taskKind: "inference",
    input: content,
    verifier: await verifierAccount.id(),
    model,
    rewardUnits: 10n * NRX,
    verifierFeeUnits: NRX,
    bondUnits: 3n * NRX,
    deadlineSeconds: node.nowSeconds + 3600n,
    windowSeconds: 172_800n,
    silenceAccepts: true,
  });
  return (await client.getOperation(id))?.object ?? 0;
}

const phaseOf = async (task: number) => (await client.getTask(task))?.phase;

/** Claims and submits by hand: a worker that commits to whatever it likes. */
async function submit(task: number, result: bigint): Promise<void> {
  await workerAccount.send({ kind: "claimTask", task });
  await workerAccount.send({ kind: "submitResult", task, result });
}

describe("worker and verifier", () => {
  it("take a task to its acceptance with the right answer and the right pay", async () => {
    const task = await post();
    const before = await balanceUnitsOf(workerAccount);
    const running = worker();
    await running.tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.submitted);
    await verifier().tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.accepted);
    await running.tick();
    expect(eventNames()).toEqual(["fetched", "claiming", "submitting", "examined", "settling", "accepted"]);
    const state = await client.getTask(task);
    const result = await client.getContent(state?.result ?? 0n);
    expect(decodePredictions(iris, result).map(({ classIndex }) => classIndex)).toEqual(
      flowers.map(({ label }) => label),
    );
    expect(await balanceUnitsOf(workerAccount)).toBe(before + (98n * NRX) / 10n - 2000n);
  });

  it("judge a task that vouchers were drawn of by its result, and by the receipts' roots that the node shows", async () => {
    const task = await post();
    await workerAccount.send({ kind: "claimTask", task });
    for (const receipts of [11n, 12n, 13n]) {
      const totalUnits = receipts * 100_000_000n;
      await client.sendOperation(await requester.build({ kind: "drawTask", task, totalUnits, receipts }));
    }
    await worker().tick();
    const state = await client.getTask(task);
    if (state === null) throw new Error("the task is gone");
    expect(state).toMatchObject({ phase: TASK_PHASE.submitted, receiptsCount: 3 });
    expect(await examine(client, state)).toEqual({ accept: true, reason: "same-result" });
    const lies = [
      { ...state, receipts: [], receiptsCount: 0 },
      { ...state, receipts: state.receipts.map((draw) => ({ ...draw, root: 1n })) },
    ];
    for (const lie of lies)
      await expect(examine(client, lie)).rejects.toMatchObject({ code: "wrong-content" });
    await expect(examine(client, { ...state, receiptsCount: 4 })).rejects.toMatchObject({
      code: "unexpected-response",
    });
    await verifier().tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.accepted);
  });

  it("leave tasks for other models, of other verifiers and near their deadline alone", async () => {
    const task = await post();
    await worker([model + 1]).tick();
    node.nowSeconds += 3590n;
    await worker().tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.open);
    node.nowSeconds -= 3590n;
    await worker().tick();
    const stranger = new InferenceVerifier({
      client,
      account: requester,
      log,
      signal: new AbortController().signal,
    });
    await stranger.tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.submitted);
  });

  it("a worker that was killed after its claim finishes the task", async () => {
    const task = await post();
    await workerAccount.send({ kind: "claimTask", task });
    await worker().tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.submitted);
  });
});

describe("the worker", () => {
  it("does not risk its bond when the model's bytes are not what the ledger commits to", async () => {
    const task = await post();
    for (const [element, bytes] of node.contents) {
      if (bytes.length === weights.length)
        node.contents.set(element, weights.with(500, weights[500] === 49 ? 50 : 49));
    }
    await worker().tick();
    expect(events.at(-1)).toMatchObject({ event: "attempt-failed", values: { task, code: "wrong-content" } });
    expect(await phaseOf(task)).toBe(TASK_PHASE.open);
  });

  it("does not risk its bond on an input that does not fit the model, and asks only once", async () => {
    const task = await post(new Uint8Array(7));
    const running = worker();
    await running.tick();
    await running.tick();
    expect(eventNames()).toEqual(["gave-up"]);
    expect(await phaseOf(task)).toBe(TASK_PHASE.open);
  });

  it("gives a task up after five failed attempts", async () => {
    await post();
    node.contents.clear();
    const running = worker();
    for (let i = 0; i < 8; i++) await running.tick();
    expect(eventNames()).toEqual([...new Array(4).fill("attempt-failed"), "gave-up"]);
  });

  it("does not mind that another worker was quicker", async () => {
    const task = await post();
    const quicker = await ledgerAccount(node, client, 8, 20n * NRX);
    const stale = await client.getTasks({ phase: TASK_PHASE.open });
    await quicker.send({ kind: "claimTask", task });
    class StaleClient extends NeuraClient {
      override getTasks({ phase }: TaskFilter) {
        return Promise.resolve(phase === TASK_PHASE.open ? stale : []);
      }
    }
    const slow = new InferenceWorker({
      client: new StaleClient(node.url),
      account: workerAccount,
      models: [model],
      log,
      signal: new AbortController().signal,
      nowSeconds: () => node.nowSeconds,
    });
    await slow.tick();
    expect(eventNames()).toEqual(["fetched", "claim-lost"]);
  });
});

describe("the verifier", () => {
  it("rejects a result that differs in one bit", async () => {
    const task = await post();
    await worker().tick();
    const right = await client.getContent((await client.getTask(task))?.result ?? 0n);
    const second = await post();
    const wrong = right.with(right.length - 1, (right.at(-1) as number) ^ 1);
    await submit(second, (await client.putContent(wrong)).content);
    await verifier().tick();
    expect([await phaseOf(task), await phaseOf(second)]).toEqual([TASK_PHASE.accepted, TASK_PHASE.rejected]);
    const verdicts = events.filter(({ event }) => event === "examined").map(({ values }) => values.reason);
    expect(verdicts).toEqual(["same-result", "other-result"]);
  });

  it("rejects the answer to another input", async () => {
    const other = encodeSamples([[50, 30, 15, 2]]);
    const task = await post(other);
    const { content } = await client.putContent(new Uint8Array(13));
    await submit(task, content);
    await verifier().tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.rejected);
  });

  it("rejects a result that nobody can fetch, after five attempts", async () => {
    const task = await post();
    await submit(task, 12345n);
    const running = verifier();
    for (let i = 0; i < 4; i++) await running.tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.submitted);
    await running.tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.rejected);
  });

  it("gives no verdict when the model cannot be fetched", async () => {
    const task = await post();
    await worker().tick();
    node.contents.clear();
    const running = verifier();
    for (let i = 0; i < 8; i++) await running.tick();
    expect(await phaseOf(task)).toBe(TASK_PHASE.submitted);
    expect(events.filter(({ event }) => event === "gave-up")).toHaveLength(1);
  });

  it("does not judge by an input that the ledger does not commit to", async () => {
    const id = await post();
    await worker().tick();
    const task = await client.getTask(id);
    if (task === null) throw new Error("the task was not posted");
    await expect(examine(client, { ...task, input: (task.input ?? 0n) + 1n })).rejects.toMatchObject({
      code: "wrong-content",
    });
  });
});

describe("the processes", () => {
  const started: ChildProcess[] = [];
  afterEach(() => {
    for (const child of started.splice(0)) child.kill("SIGKILL");
  });

  function start(script: string, args: string[], environment: Record<string, string>) {
    const path = fileURLToPath(new URL(`../../../compute/${script}`, import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", path, "--rpc", node.url, "--json", ...args], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    started.push(child);
    const lines: { event: string; [name: string]: unknown }[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) =>
      lines.push(JSON.parse(line)),
    );
    return { child, lines };
  }

  const keyOf = (index: number) => toHex(walletOf(index).getHdKey().privateKey as Uint8Array);

  it("do a task, and end with code 0 on SIGTERM", async () => {
    const task = await post();
    const working = start("worker.ts", ["--models", String(model)], { NEURA_WALLET_KEY: keyOf(6) });
    const verifying = start("verifier.ts", [], { NEURA_WALLET_KEY: keyOf(7) });
    await expect.poll(() => phaseOf(task), { timeout: 20_000 }).toBe(TASK_PHASE.accepted);
    await expect
      .poll(() => working.lines.map(({ event }) => event), { timeout: 5_000 })
      .toContain("accepted");
    for (const { child, lines } of [working, verifying]) {
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
      expect(lines.at(-1)?.event).toBe("stopped");
    }
  });

  it("say what is missing, and end with code 1", async () => {
    const { child, lines } = start("worker.ts", ["--models", String(model)], {});
    expect(await once(child, "exit")).toEqual([1, null]);
    expect(lines.at(-1)?.problem).toMatch(/set NEURA_WALLET_KEY/);
  });
});
