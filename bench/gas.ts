import { setTimeout as sleep } from "node:timers/promises";
import { BatchSigner } from "../bridge/batch-signer.ts";
import { L1Sender } from "../bridge/l1-sender.ts";
import { SettlementContract } from "../bridge/settlement-contract.ts";
import type { ProofResult } from "../prover/pool.ts";
import { LOCAL_ACCOUNT, localAccount } from "../sequencer/network.ts";
import { HOME } from "../state/store/confirmation.ts";
import { CURSOR, CURSORS, PROOFS, settlementsOf } from "../state/store/records.ts";
import { silent } from "./bench-sequencer.ts";
import { type Cleanup, withCleanup } from "./cleanup.ts";
import { proveBatches } from "./proving.ts";
import { BATCH, type SettlementNetwork } from "./settlement-network.ts";
import type { Figure } from "./table.ts";

const MIRROR = "mirror";
const POLL_MS = 100;
const SETTLE_TIMEOUT_MS = 120_000;
const BUMP_AFTER_MS = 60_000;
const MAX_FEE_PER_GAS_WEI = 1_000_000_000_000n;
const MIN_BALANCE_WEI = 1n;
const PROVING_THREADS = 2;

/** Gas of real batches with real proofs, sent by the node's own senders to home and to a mirror. */
export async function measureGas(network: SettlementNetwork, cleanup: Cleanup): Promise<Figure[]> {
  const numbers = [BATCH.setup, BATCH.single, BATCH.full];
  const missing = numbers.filter((number) => !network.proofs.has(number));
  await proveBatches(network, missing, PROVING_THREADS, cleanup);
  await storeProofs(network, numbers);
  await withCleanup(cleanup, (inner) => settle(network, inner));
  const { maxOps } = network.size;
  const group = `Gas of a batch, proof included; ${maxOps} ops of the hot mix against one transfer, no contract-lane transactions`;
  return [
    { name: "home", chain: HOME },
    { name: "mirror", chain: MIRROR },
  ].flatMap(({ name, chain }) => {
    const full = gasOf(network, chain, BATCH.full);
    const single = gasOf(network, chain, BATCH.single);
    return [
      { group, what: `${name}, batch of 1 op`, value: single, unit: "gas" },
      { group, what: `${name}, batch of ${maxOps} ops`, value: full, unit: "gas" },
      { group, what: `${name}, each further op`, value: (full - single) / (maxOps - 1), unit: "gas" },
      { group, what: `${name}, all of a full batch, per op`, value: full / maxOps, unit: "gas" },
    ];
  });
}

async function storeProofs(
  { node, proofs, keys }: SettlementNetwork,
  numbers: readonly number[],
): Promise<void> {
  const writes = numbers.map((number) => {
    const { proof, publicSignals, witnessMs, proveMs, peakRssBytes } = proofs.get(number) as ProofResult;
    const commitment = publicSignals[0] as bigint;
    const { constraints } = keys.batch;
    return PROOFS.put(number, {
      batchNumber: number,
      proof,
      commitment,
      constraints,
      witnessMs,
      proveMs,
      peakRssBytes,
    });
  });
  await node.database.write([...writes, CURSORS.put(CURSOR.proofs, Math.max(...numbers))]);
}

async function settle(network: SettlementNetwork, cleanup: Cleanup): Promise<void> {
  const { deployment, homeUrl, mirrorUrl, node, size } = network;
  const mirror = deployment.mirrors[0];
  if (mirror === undefined) throw new Error("the deployment has a mirror");
  let failure: Error | undefined;
  const operator = localAccount(LOCAL_ACCOUNT.operator);
  const { chainId: homeChainId, rollup } = deployment.home;
  const signer = new BatchSigner({
    database: node.database,
    account: operator,
    home: { chainId: homeChainId, contract: rollup },
    size,
    domain: deployment.domain,
    // Nothing is ever overdue here: the queue's entries are consumed within seconds.
    privilege: async () => "held",
  });
  const sender = (
    chain: string,
    rpcUrl: string,
    { chainId, fromBlock }: { chainId: number; fromBlock: number },
    address: `0x${string}`,
  ) =>
    new L1Sender({
      chain,
      target: chain === HOME ? { role: "home" } : { role: "mirror", home: HOME },
      database: node.database,
      contract: new SettlementContract({ chain, chainId, rpcUrl, address, firstBlock: fromBlock }),
      account: operator,
      signer,
      maxOps: size.maxOps,
      pollMs: POLL_MS,
      bumpAfterMs: BUMP_AFTER_MS,
      maxFeePerGasWei: MAX_FEE_PER_GAS_WEI,
      minBalanceWei: MIN_BALANCE_WEI,
      runtime: {
        now: Date.now,
        sleep: (ms, signal) => sleep(ms, undefined, { signal }),
        log: silent,
      },
      onFatal: (error) => {
        failure = error;
      },
    });
  const senders = [
    sender(HOME, homeUrl, deployment.home, deployment.home.rollup),
    sender(MIRROR, mirrorUrl, mirror, mirror.mirror),
  ];
  for (const each of senders) {
    cleanup.defer(() => each.close());
    each.start();
  }
  const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS;
  while (senders.some((each) => each.status().acceptedBatch < BATCH.full)) {
    if (failure !== undefined) throw failure;
    if (performance.now() > deadlineMs) {
      const reasons = senders.map((each) => JSON.stringify(each.status().lastError));
      throw new Error(
        `the chains did not accept the batches within ${SETTLE_TIMEOUT_MS} ms: ${reasons.join(", ")}`,
      );
    }
    await sleep(POLL_MS);
  }
}

function gasOf({ node }: SettlementNetwork, chain: string, batch: number): number {
  const accepted = settlementsOf(chain).get(node.database, batch)?.accepted;
  if (accepted === undefined) throw new Error(`${chain} has no record of batch ${batch}`);
  return Number(accepted.gasUsed);
}
