import { Gauge, type Registry } from "prom-client";
import type { Solvency } from "../state/store/solvency.ts";

/** Gauges of whether the ledger's units are covered, read when they are scraped. Units are 1e-9 NRX. */
export function addSolvencyMetrics(
  registry: Registry,
  /** That withdrawals are paid on, by number. */
  chains: readonly string[],
  solvency: () => Solvency,
): void {
  const gauge = (name: string, help: string, label: string | undefined, collect: (own: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [registry],
      collect() {
        collect(this);
      },
    });
  gauge("neura_solvency_alarm", "1 if a check of solvency fails", undefined, (own) => {
    own.set(solvency().isSolvent ? 0 : 1);
  });
  gauge("neura_solvency_held_units", "Units in cells after the newest closed batch", "kind", (own) => {
    for (const [kind, units] of Object.entries(solvency().levels.closed.totals.held))
      own.set({ kind }, Number(units));
  });
  gauge("neura_solvency_deposited_units", "Deposits consumed since genesis", undefined, (own) => {
    own.set(Number(solvency().levels.closed.totals.depositedUnits));
  });
  gauge("neura_solvency_withdrawn_units", "Withdrawals since genesis", "chain", (own) => {
    const { withdrawnUnits } = solvency().levels.closed.totals;
    for (const [i, chain] of chains.entries()) own.set({ chain }, Number(withdrawnUnits[i] ?? 0n));
  });
  gauge("neura_solvency_vault_surplus_wei", "Tokens of home beyond what it owes", undefined, (own) => {
    const { vault } = solvency();
    if (vault !== undefined) own.set(Number(vault.surplusWei));
  });
  gauge("neura_solvency_vault_block", "Home block of the newest check of the vault", undefined, (own) => {
    own.set(solvency().vault?.blockNumber ?? 0);
  });
  gauge("neura_solvency_lane_supply_wei", "Sum of all balances of the contract lane", undefined, (own) => {
    own.set(Number(solvency().lane?.supplyWei ?? 0n));
  });
  gauge(
    "neura_solvency_lane_surplus_wei",
    "That sum beyond what the ledger holds for the contract lane: always 0",
    undefined,
    (own) => {
      const { lane } = solvency();
      own.set(lane === undefined ? 0 : Number(lane.supplyWei - lane.gatewayWei));
    },
  );
  gauge(
    "neura_solvency_lane_audited_block",
    "Block after which all balances were added up last",
    undefined,
    (own) => {
      own.set(solvency().lane?.audit?.blockNumber ?? 0);
    },
  );
  gauge(
    "neura_solvency_audited_batch",
    "Batch after which all cells were added up last",
    undefined,
    (own) => {
      own.set(solvency().audit?.batchNumber ?? 0);
    },
  );
}
