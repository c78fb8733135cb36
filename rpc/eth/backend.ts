import type { ContractLane } from "../../state/evm/contract-lane.ts";
import type { SignedTransaction } from "../../state/evm/transaction.ts";
import type { Address, Hex } from "../../state/evm/types.ts";

/** What `eth_*` needs of the node. The composition root supplies it; nothing here knows the sequencer. */
export interface EthBackend {
  readonly lane: ContractLane;
  readonly transactions: {
    /** Resolves when the transaction survives a crash. Throws with an `rpcCode` and geth's text. */
    readonly add: (raw: Uint8Array) => Promise<Hex>;
    readonly get: (hash: Hex) => SignedTransaction | undefined;
    readonly pendingNonce: (address: Address) => Promise<bigint>;
  };
  /** Newest block whose batch is settled on home, and whose home block is final. Genesis counts as both. */
  readonly confirmations: () => { readonly safe: number; readonly finalized: number };
  /** As `web3_clientVersion` answers: name/version/platform/language. */
  readonly clientVersion: string;
}
