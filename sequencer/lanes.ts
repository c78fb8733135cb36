import { neuraGatewayCode } from "../contracts/lane/predeploy.ts";
import type { Database } from "../state/database.ts";
import { ContractLane } from "../state/evm/contract-lane.ts";
import type { GenesisAccounts, Ledger } from "../state/ledger/ledger.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { LedgerStore } from "../state/store/ledger-store.ts";

/** Chain id of the contract lane of every deployment. */
export const NEURACHAIN_ID = 420_258;

/** What a chain's first block follows from: the deployment fixes it. */
export interface ChainGenesis {
  readonly size: BatchSize;
  readonly genesis: GenesisAccounts;
  /** Chain id of the contract lane. */
  readonly chainId: number;
  /** Gets the fees of the contract lane. */
  readonly feeRecipient?: `0x${string}`;
}

/** Both lanes after the newest block. */
export interface Lanes {
  readonly database: Database;
  readonly ledger: Ledger;
  readonly ledgerStore: LedgerStore;
  readonly lane: ContractLane;
}

/** Resumes both lanes where the database has them, or begins them. */
export async function openLanes(database: Database, options: ChainGenesis): Promise<Lanes> {
  const { size, genesis, chainId, feeRecipient } = options;
  const ledgerStore = new LedgerStore(database, "head");
  const ledger = ledgerStore.open(size, genesis);
  const lane = await ContractLane.open(database, {
    chainId,
    readCell: (id, root) => ledgerStore.cellUnder(ledger, id, root),
    gatewayCode: neuraGatewayCode,
    treasury: `0x${genesis.treasury.l1Address.toString(16).padStart(40, "0")}`,
    ...(feeRecipient === undefined ? {} : { feeRecipient }),
  });
  return { database, ledger, ledgerStore, lane };
}
