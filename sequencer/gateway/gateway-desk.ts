import type { Database } from "../../state/database.ts";
import { gatewayAddress } from "../../state/evm/chain-rules.ts";
import type { ContractLane } from "../../state/evm/contract-lane.ts";
import { layout, unpack } from "../../state/ledger/packing.ts";
import { GatewayDraft, type GatewayState } from "./gateway-draft.ts";

/** Where the contract keeps four counters of 64 bits, and the flat fee. */
const COUNTERS_SLOT = 0n;
const FEE_SLOT = 1n;
const COUNTER_BITS = 64;
const COUNTER_MASK = (1n << BigInt(COUNTER_BITS)) - 1n;
const FEE = layout([["flatFee", 48]]);

/** The node's end of the gateway contract: what waits there, and a draft of what the next block does about it. */
export class GatewayDesk {
  readonly #options: { readonly database: Database; readonly lane: ContractLane };
  #read: { readonly blockNumber: number; readonly state: GatewayState } | undefined;

  constructor(options: { readonly database: Database; readonly lane: ContractLane }) {
    this.#options = options;
  }

  /** What waits after the newest block is known. */
  get isCurrent(): boolean {
    return this.#read?.blockNumber === this.#options.lane.head.number;
  }

  /** Reads the contract's own counters, in the state after the newest block: nothing else remembers what is done. */
  async refresh(): Promise<void> {
    const { lane } = this.#options;
    const blockNumber = lane.head.number;
    const counters = BigInt(await lane.getStorageAt(gatewayAddress, COUNTERS_SLOT, blockNumber));
    const { flatFee } = unpack(FEE, BigInt(await lane.getStorageAt(gatewayAddress, FEE_SLOT, blockNumber)));
    const counter = (place: number) => Number((counters >> BigInt(COUNTER_BITS * place)) & COUNTER_MASK);
    const state: GatewayState = {
      requests: counter(0),
      done: counter(1),
      callbacks: counter(2),
      called: counter(3),
      flatFeeUnits: flatFee,
    };
    this.#read = { blockNumber, state };
  }

  /** Of the block after the newest one. Without a flat fee the contract keeps the one that it has. */
  draft(feeUnits?: bigint): GatewayDraft {
    const { database, lane } = this.#options;
    const { feeRecipient } = lane;
    if (this.#read === undefined || !this.isCurrent)
      throw new Error("refresh the gateway's desk before a draft");
    const { state } = this.#read;
    return new GatewayDraft({ database, state, flatFeeUnits: feeUnits ?? state.flatFeeUnits, feeRecipient });
  }
}
