import type { Database } from "../../state/database.ts";
import { imbalanceUnits } from "../../state/ledger/solvency.ts";
import type { AuditRecord, ChainName, VaultRecord } from "../../state/store/records.ts";
import { type LaneSolvency, type SolvencyLevel, solvencyOf } from "../../state/store/solvency.ts";
import { hexQuantity } from "./views.ts";

/**
 * `neura_getSolvency`, without parameters:
 *
 * - `isSolvent`: nothing that was checked fails;
 * - `levels`: for the newest `closed`, `proven`, `settled` and `finalized` batch its `batchNumber`; the units held in
 *   `accountsUnits`, `gatewayUnits` (the contract lane), `tasksUnits` and `revenuesUnits`; `depositedUnits` and, by chain,
 *   `withdrawnUnits` since genesis; `imbalanceUnits`, what is held and withdrawn beyond what was deposited;
 * - `vault`: null, or the home contract at a finalized block: `blockNumber`, `batchNumber`, `balanceWei`, `bondWei`,
 *   `waitingDepositUnits`, `heldUnits`, `unclaimedUnits`, `outOnMirrorUnits` by mirror, and `surplusWei`, what its tokens
 *   exceed all of that by (docs/SETTLEMENT.md, section 7);
 * - `audit`: null, or when all stored cells were added up last: `batchNumber`, `cells`, `heldUnits`, `atMs`;
 * - `contractLane`: after the newest block, `blockNumber`, `supplyWei`, the sum of all balances, and `gatewayWei`, what the ledger
 *   holds for them, which is the same; `audit` is null, or when all stored balances were added up last: `blockNumber`, `accounts`,
 *   `supplyWei`, `atMs`.
 *
 * Numbers are hex quantities; `imbalanceUnits` and `surplusWei` may have a minus sign in front.
 */
export function solvencyMethods({
  database,
  withdrawalChains,
}: {
  readonly database: Database;
  readonly withdrawalChains: readonly ChainName[];
}) {
  return {
    neura_getSolvency: async () => {
      const { levels, vault, audit, lane, isSolvent } = solvencyOf(database, withdrawalChains.length - 1);
      const level = (each: SolvencyLevel) => levelView(each, withdrawalChains);
      return {
        isSolvent,
        levels: {
          closed: level(levels.closed),
          proven: level(levels.proven),
          settled: level(levels.settled),
          finalized: level(levels.finalized),
        },
        vault: vault === undefined ? null : vaultView(vault, withdrawalChains.slice(1)),
        audit: audit === undefined ? null : auditView(audit),
        contractLane: lane === undefined ? null : laneView(lane),
      };
    },
  };
}

const signedQuantity = (value: bigint): string =>
  value < 0n ? `-${hexQuantity(-value)}` : hexQuantity(value);

const byChain = (units: readonly bigint[], chains: readonly ChainName[]): Record<ChainName, string> =>
  Object.fromEntries(chains.map((chain, i) => [chain, hexQuantity(units[i] ?? 0n)]));

function levelView({ batchNumber, totals }: SolvencyLevel, chains: readonly ChainName[]) {
  const { accounts, gateway, tasks, revenues } = totals.held;
  return {
    batchNumber: hexQuantity(batchNumber),
    accountsUnits: hexQuantity(accounts),
    gatewayUnits: hexQuantity(gateway),
    tasksUnits: hexQuantity(tasks),
    revenuesUnits: hexQuantity(revenues),
    depositedUnits: hexQuantity(totals.depositedUnits),
    withdrawnUnits: byChain(totals.withdrawnUnits, chains),
    imbalanceUnits: signedQuantity(imbalanceUnits(totals)),
  };
}

const vaultView = (vault: VaultRecord, mirrors: readonly ChainName[]) => ({
  blockNumber: hexQuantity(vault.blockNumber),
  atMs: hexQuantity(vault.atMs),
  batchNumber: hexQuantity(vault.batchNumber),
  balanceWei: hexQuantity(vault.balanceWei),
  bondWei: hexQuantity(vault.bondWei),
  waitingDepositUnits: hexQuantity(vault.waitingUnits),
  heldUnits: hexQuantity(vault.heldUnits),
  unclaimedUnits: hexQuantity(vault.unclaimedUnits),
  outOnMirrorUnits: byChain(vault.outOnMirrorUnits, mirrors),
  surplusWei: signedQuantity(vault.surplusWei),
});

const auditView = ({ batchNumber, cells, heldUnits, atMs }: AuditRecord) => ({
  batchNumber: hexQuantity(batchNumber),
  cells: hexQuantity(cells),
  heldUnits: hexQuantity(heldUnits),
  atMs: hexQuantity(atMs),
});

const laneView = ({ blockNumber, supplyWei, gatewayWei, audit }: LaneSolvency) => ({
  blockNumber: hexQuantity(blockNumber),
  supplyWei: hexQuantity(supplyWei),
  gatewayWei: hexQuantity(gatewayWei),
  audit:
    audit === undefined
      ? null
      : {
          blockNumber: hexQuantity(audit.blockNumber),
          accounts: hexQuantity(audit.accounts),
          supplyWei: hexQuantity(audit.supplyWei),
          atMs: hexQuantity(audit.atMs),
        },
});
