import { Gauge, Histogram, Registry } from "prom-client";
import type { ProofRecord } from "../state/store/records.ts";
import type { NodeStatus } from "./node-status.ts";

const PROOF_SECONDS_BUCKETS = [1, 2, 5, 10, 20, 40, 80, 160, 320];

/** Prometheus metrics of the pipeline. Gauges are read from the node's status when they are scraped. */
export function nodeMetrics(status: () => NodeStatus): {
  registry: Registry;
  onProven: (proof: ProofRecord) => void;
} {
  const registry = new Registry();
  const gauge = (name: string, help: string, read: (status: NodeStatus) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(status()));
      },
    });
  const perChain = (name: string, help: string, read: (chain: NodeStatus["chains"][number]) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ["chain"],
      registers: [registry],
      collect() {
        for (const chain of status().chains) this.set({ chain: chain.name }, read(chain));
      },
    });
  gauge("neura_head_block", "Number of the newest block", ({ head }) => head.block);
  gauge(
    "neura_mempool_operations",
    "Ledger operations that wait for a block",
    ({ mempool }) => mempool.operations,
  );
  gauge(
    "neura_mempool_transactions",
    "Contract transactions that wait",
    ({ mempool }) => mempool.transactions,
  );
  gauge(
    "neura_blocks_wait_for_home",
    "1 while no block is made because too many closed batches wait for home",
    ({ head }) => (head.waitsFor === null ? 0 : 1),
  );
  gauge(
    "neura_state_oldest_block",
    "Oldest block of the contract lane whose state can be read",
    ({ states }) => states.oldestBlock,
  );
  gauge(
    "neura_state_nodes_deleted",
    "Trie nodes that were deleted since the start",
    ({ states }) => states.deletedNodes,
  );
  gauge("neura_batches_closed", "Newest closed batch", ({ batches }) => batches.closed);
  gauge("neura_batches_proven", "Newest proven batch", ({ batches }) => batches.proven);
  gauge("neura_batches_settled", "Newest batch that home accepted", ({ batches }) => batches.settled);
  gauge(
    "neura_batches_finalized",
    "Newest batch in a finalized home block",
    ({ batches }) => batches.finalized,
  );
  gauge("neura_base_fee_wei", "Base fee of the contract lane's next block", ({ dataPrice }) =>
    Number(dataPrice.baseFeeWei),
  );
  gauge(
    "neura_data_price_wei",
    "What a unit of home's gas costs transactions of the next block, in wei of the contract lane",
    ({ dataPrice }) => Number(dataPrice.dataPriceWei),
  );
  gauge(
    "neura_home_gas_price_wei",
    "What gas costs on home, as last read; 0 before the first answer",
    ({ dataPrice }) => Number(dataPrice.homeGasPriceWei ?? 0),
  );
  gauge("neura_home_queue_read", "Entries read from the home queue", ({ watcher }) => watcher.entriesRead);
  gauge("neura_home_queue_waiting", "Entries read but not executed", ({ watcher }) => watcher.entriesWaiting);
  gauge(
    "neura_home_queue_unsettled",
    "Entries that home counts as waiting",
    ({ watcher }) => watcher.queue.unsettled,
  );
  gauge(
    "neura_home_queue_oldest_deadline_seconds",
    "Deadline of the oldest entry that home counts as waiting, seconds since 1970; 0 if none waits",
    ({ watcher }) => watcher.queue.oldest?.deadlineSeconds ?? 0,
  );
  gauge("neura_home_queue_overdue", "1 while the oldest entry is past its deadline", ({ watcher }) =>
    watcher.queue.isOverdue ? 1 : 0,
  );
  perChain("neura_chain_accepted_batch", "Newest batch that the chain accepted", ({ accepted }) => accepted);
  perChain("neura_chain_lag_batches", "Proven batches that the chain lacks", ({ lag }) => lag);
  perChain("neura_chain_gas_used", "Gas of the newest accepted batch", ({ lastGasUsed }) => lastGasUsed ?? 0);
  perChain("neura_chain_up", "1 while the chain's sender works", ({ state }) =>
    state === "running" ? 1 : 0,
  );
  const histogram = (name: string, help: string) =>
    new Histogram({ name, help, buckets: PROOF_SECONDS_BUCKETS, registers: [registry] });
  const witness = histogram("neura_witness_seconds", "Time to compute a batch's witness");
  const prove = histogram("neura_prove_seconds", "Time to prove a batch");
  return {
    registry,
    onProven: ({ witnessMs, proveMs }) => {
      witness.observe(witnessMs / 1000);
      prove.observe(proveMs / 1000);
    },
  };
}
