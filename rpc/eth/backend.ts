import type { ContractLane } from "../../state/evm/contract-lane.ts";
import type { SignedTransaction } from "../../state/evm/transaction.ts";
import type { Address, Hex } from "../../state/evm/types.ts";
import type { Listeners } from "../../state/listeners.ts";

/** What the contract lane's RPC needs of the node. The composition root supplies it; nothing here knows the sequencer. */
export interface EthBackend {
  readonly lane: ContractLane;
  readonly transactions: PendingTransactions;
  /** Newest block whose batch is settled on home, and whose home block is final. Genesis counts as both. */
  readonly confirmations: () => { readonly safe: number; readonly finalized: number };
  /** As `web3_clientVersion` answers: name/version/platform/language. */
  readonly clientVersion: string;
  readonly nowMs: () => number;
}

/** Transactions that wait for a block. */
export interface PendingTransactions {
  /** Resolves when the transaction survives a crash. Throws with an `rpcCode` and geth's text. */
  readonly add: (raw: Uint8Array) => Promise<Hex>;
  readonly get: (hash: Hex) => SignedTransaction | undefined;
  readonly pendingNonce: (address: Address) => Promise<bigint>;
  /** By sender, in the order of nonces. Those behind a gap in the nonces are `queued`. */
  readonly content: (only?: Address) => readonly SenderContent[];
  readonly counts: () => { readonly pending: number; readonly queued: number };
  /** Told of every accepted transaction once it is on the disk. */
  readonly added: Listeners<SignedTransaction>;
}

export interface SenderContent {
  readonly sender: Address;
  readonly pending: readonly SignedTransaction[];
  readonly queued: readonly SignedTransaction[];
}
