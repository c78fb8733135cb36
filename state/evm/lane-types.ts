import type { Write } from "../database.ts";
import type { BlockRun } from "./block-run.ts";
import type { Block } from "./block-store.ts";
import type { SignedTransaction } from "./transaction.ts";
import type { Address, CellReader, Hex, LedgerTransition, Receipt } from "./types.ts";

/** What goes into the contract lane, and what comes out of it. */

export interface LaneOptions {
  readonly chainId: number;
  /** Answers `getCell` of the ledger precompile. */
  readonly readCell: CellReader;
  readonly blockGasLimit?: bigint;
  /** Receives the priority fees, and at the end of each block what its transactions' bytes cost on home. */
  readonly feeRecipient?: Address;
  /** Receives the rest of the base fees and what else transactions destroy, at the end of each block. */
  readonly treasury?: Address;
  /** Code of the gateway contract in the genesis; a lane without it has no way to a ledger. */
  readonly gatewayCode?: Hex;
  readonly genesisTimestampSeconds?: number;
  /** 1 for a chain of Ethereum's; left out, the lane's own (`laneDataGasFactor`). */
  readonly dataGasFactor?: bigint;
}

export interface BlockInput {
  readonly timestampSeconds: number;
  /** In the order of execution. */
  readonly transactions: readonly SignedTransaction[];
  readonly ledger?: LedgerTransition;
  /** Asked before each transaction but the first: true leaves the others to the next block. */
  readonly isOver?: () => boolean;
  /** What the ledger holds for the contract lane after the block: the sum of all balances must be the same. */
  readonly supplyWei?: bigint;
  /** Of a unit of home's gas, for the next block. Left out: the price stays. */
  readonly dataPriceWei?: bigint;
  /** Committed in the same batch as the block. A function when they depend on the block's number or hash. */
  readonly extraWrites?:
    | readonly Write[]
    | ((block: Block, receipts: readonly Receipt[]) => readonly Write[]);
}

export interface CommittedBlock {
  readonly block: Block;
  readonly receipts: readonly Receipt[];
}

export interface BuiltBlock extends CommittedBlock, Pick<BlockRun, "rejected" | "skipped"> {}
