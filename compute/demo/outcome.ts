import type { Address } from "viem";
import {
  type BatchState,
  type ChainInfo,
  demandMembership,
  type NeuraClient,
  type OperationState,
  poll,
  SettlementReader,
  TASK_PHASE,
  taskContentOf,
  toWord,
  WEI_PER_UNIT,
} from "../../sdk/index.ts";
import { irisSplit } from "../data/iris.ts";
import { decodePredictions, encodeSamples, runInference } from "../model/inference.ts";
import { parseNetwork } from "../model/int8-network.ts";
import type { Checks } from "./checks.ts";
import { homeOptions, type Person } from "./people.ts";
import { modelBytes, type Role, type Story, TERMS } from "./story.ts";

const RATE_BASIS = 10_000n;
const SETTLED_TIMEOUT_MS = 10 * 60_000;

export type Finished = { readonly label: string; readonly operation: OperationState }[];

/** Readers of the three contracts, each through the RPC of its own chain. */
export async function settlementReaders(info: ChainInfo): Promise<SettlementReader[]> {
  const { rpcUrl: homeUrl } = homeOptions(info);
  const readers = [
    new SettlementReader({
      name: "home",
      chainId: info.homeChainId,
      rpcUrl: homeUrl,
      contract: info.homeContract,
    }),
    ...info.mirrors.map((mirror) => {
      const rpcUrl = info.l1Rpc?.[mirror.name];
      if (rpcUrl === undefined) throw new Error(`the node does not name the RPC of ${mirror.name}`);
      return new SettlementReader({ ...mirror, rpcUrl });
    }),
  ];
  await Promise.all(readers.map((reader) => reader.demandChain()));
  return readers;
}

export function checkOperations(finished: Finished, info: ChainInfo, checks: Checks): void {
  const mirrors = info.mirrors.map(({ name }) => name).sort();
  for (const { label, operation } of finished) {
    checks.equal(`${label}: level`, operation.level, "finalized");
    checks.equal(`${label}: valid`, operation.valid, true);
    const mirrored = Object.entries(operation.mirrored).filter(([, done]) => done);
    checks.equal(`${label}: mirrored`, mirrored.map(([name]) => name).sort(), mirrors);
  }
}

/** The result that was paid for is the model's, and what it says is right. Gives the share of right answers. */
export async function checkResult(client: NeuraClient, story: Story, checks: Checks): Promise<number> {
  const task = await client.getTask(story.taskId);
  checks.equal("the task is accepted", task?.phase, TASK_PHASE.accepted);
  if (task === null || task.input === null || task.result === null) return 0;
  checks.equal(
    "the ledger commits to input and result",
    task.content,
    taskContentOf(task.input, await client.getReceipts(task), task.result),
  );
  const network = parseNetwork(modelBytes());
  const result = await client.getContent(task.result);
  const samples = irisSplit().heldOut.slice(0, story.labels.length);
  const expected = runInference(network, encodeSamples(samples.map(({ features }) => features)));
  checks.equal("the result is the model's", result, expected);
  const answers = decodePredictions(network, result).map(({ classIndex }) => classIndex);
  const right = story.labels.filter((label, index) => label === answers[index]).length;
  const accuracy = right / story.labels.length;
  checks.true("at least nine of ten flowers are named rightly", accuracy >= 0.9, accuracy);
  return accuracy;
}

/** Every account has exactly what deposits, payments and fees leave it, to the unit. */
export async function checkMoney(
  client: NeuraClient,
  story: Story,
  finished: Finished,
  checks: Checks,
): Promise<void> {
  const { rewardUnits, verifierFeeUnits, walletUnits, withdrawalUnits, shareBasisPoints } = TERMS;
  const { treasuryRate } = await client.chainInfo();
  const treasuryUnits = (rewardUnits * treasuryRate) / RATE_BASIS;
  const modelUnits = (rewardUnits * shareBasisPoints) / RATE_BASIS;
  const earned: Record<Role, bigint> = {
    owner: 0n,
    requester: -rewardUnits - verifierFeeUnits - walletUnits,
    worker: rewardUnits - treasuryUnits - modelUnits - withdrawalUnits,
    verifier: verifierFeeUnits,
  };
  for (const role of Object.keys(earned) as Role[]) {
    const person: Person = story.people[role];
    const state = await person.account.state();
    const feesUnits = finished
      .filter(({ operation }) => operation.sender === state?.id && operation.kind !== "deposit")
      .reduce((sum, { operation }) => sum + operation.feeUnits, 0n);
    checks.equal(
      `balance of the ${role}`,
      state?.balanceUnits,
      person.depositUnits + earned[role] - feesUnits,
    );
  }
  const model = await client.getModel(story.modelId);
  checks.equal("revenue of the model", model?.revenueUnits, modelUnits);
  const walletWei = await client.getEvmBalanceWei(story.plainWallet);
  checks.equal("eth_getBalance of the plain wallet", walletWei, walletUnits * WEI_PER_UNIT);
}

/** The worker takes its withdrawal out of the home contract. */
export async function claimOnHome(client: NeuraClient, story: Story, checks: Checks): Promise<`0x${string}`> {
  const { worker } = story.people;
  const { batchNumber } = story.withdrawal;
  const batch = batchNumber === null ? null : await client.getBatch(batchNumber);
  if (batch === null) throw new Error("the withdrawal is in no batch that the node has");
  const isOurs = (recipient: Address) => BigInt(recipient) === BigInt(worker.wallet.address);
  const index = batch.withdrawals.findIndex(({ recipient }) => isOurs(recipient));
  if (index < 0) throw new Error(`batch ${batch.number} has no withdrawal for ${worker.wallet.address}`);
  const beforeWei = await worker.home.tokenBalanceWei(worker.wallet.address);
  const { transactionHash } = await worker.home.claimWithdrawal(batch, index);
  const afterWei = await worker.home.tokenBalanceWei(worker.wallet.address);
  checks.equal("NRX that the worker got on home", afterWei - beforeWei, TERMS.withdrawalUnits * WEI_PER_UNIT);
  checks.equal("the withdrawal is marked as claimed", await worker.home.isClaimed(batch.number, index), true);
  return transactionHash;
}

export interface BatchReport {
  readonly batch: BatchState;
  /** By chain. */
  readonly gasUsed: Readonly<Record<string, bigint>>;
  readonly roots: Readonly<Record<string, string>>;
}

/** Compares what the node says of a batch with what the chains themselves have. */
export async function checkBatch(
  client: NeuraClient,
  number: number,
  readers: readonly SettlementReader[],
  checks: Checks,
): Promise<BatchReport> {
  const batch = await client.getBatch(number);
  if (batch === null) throw new Error(`the node does not have batch ${number}`);
  checks.equal(`batch ${number}: level`, batch.level, "finalized");
  checks.true(
    `batch ${number}: was proven here`,
    batch.proof !== null && batch.proof.proveMs > 0,
    batch.proof?.proveMs,
  );
  const gasUsed: Record<string, bigint> = {};
  const roots: Record<string, string> = {};
  for (const reader of readers) {
    const { name } = reader;
    const onChain = batch.chains[name];
    checks.true(`batch ${number}: the node posted it to ${name}`, onChain != null);
    if (onChain == null) continue;
    const receipt = await reader.receiptOf(onChain.transactionHash);
    checks.equal(`batch ${number}: transaction on ${name}`, receipt?.status, "success");
    checks.equal(
      `batch ${number}: contract on ${name}`,
      receipt?.to?.toLowerCase(),
      reader.contract.toLowerCase(),
    );
    checks.equal(`batch ${number}: gas on ${name}`, receipt?.gasUsed, onChain.gasUsed);
    checks.equal(
      `batch ${number}: root before it on ${name}`,
      await reader.rootOf(number - 1),
      batch.rootBefore,
    );
    const root = await reader.rootOf(number);
    checks.equal(`batch ${number}: root on ${name}`, root, batch.rootAfter);
    gasUsed[name] = receipt?.gasUsed ?? 0n;
    roots[name] = root === undefined ? "none" : toWord(root);
  }
  return { batch, gasUsed, roots };
}

/** The task's cell is under the root that all three contracts hold: shown by its path, without believing the node. */
export async function checkTaskUnderRoots(
  client: NeuraClient,
  taskId: number,
  readers: readonly SettlementReader[],
  checks: Checks,
): Promise<{ batchNumber: number; roots: Record<string, string> }> {
  const roots: Record<string, string> = {};
  const { levels } = await client.chainInfo();
  const proof = await client.getLedgerProof(taskId);
  for (const reader of readers) {
    const root = await poll(
      `batch ${proof.batchNumber} to arrive on ${reader.name}`,
      () => reader.rootOf(proof.batchNumber),
      { timeoutMs: SETTLED_TIMEOUT_MS },
    );
    roots[reader.name] = toWord(root);
    demandMembership(proof, root, levels);
    checks.equal(`root of batch ${proof.batchNumber} read from ${reader.name}`, root, proof.root);
  }
  const phase = (proof.fields[0] >> 8n) & 0xffn;
  checks.equal("the proven task cell says: accepted", phase, TASK_PHASE.accepted);
  return { batchNumber: proof.batchNumber, roots };
}
