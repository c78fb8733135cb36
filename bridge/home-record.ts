import type { Address } from "viem";
import { neuraRollupAbi } from "../contracts/abi.ts";
import { type AcceptedBatch, homeHistory } from "./home-history.ts";
import { L1Connection, type L1Endpoint } from "./l1-connection.ts";
import { L1Reader } from "./l1-reader.ts";

/** What home has accepted, at the end of one of its blocks. */
export interface HomeStanding {
  readonly block: number;
  readonly timestampSeconds: bigint;
  /** 0 is the genesis. */
  readonly newestBatch: number;
  /** Says what all batches up to the newest one were (docs/SETTLEMENT.md, section 2). */
  readonly history: bigint;
}

export interface HomeRecordOptions {
  readonly endpoint: L1Endpoint;
  readonly address: Address;
  /** No event of the contract lies before it. */
  readonly firstBlock: number;
  readonly sleep: (durationMs: number) => Promise<void>;
}

const abi = neuraRollupAbi;

/** The home contract's own record of its batches, over its chain's JSON-RPC. */
export class HomeRecord {
  readonly #options: HomeRecordOptions;
  readonly #connection: L1Connection;

  constructor(options: HomeRecordOptions) {
    this.#options = options;
    this.#connection = new L1Connection(options.endpoint);
  }

  /** Asks once. Throws an L1RequestError. */
  async standing(which: "latest" | "finalized"): Promise<HomeStanding> {
    const { number } = await (which === "latest"
      ? this.#connection.block("latest")
      : this.#connection.finalizedBlock());
    const at = { address: this.#options.address, blockNumber: BigInt(number) };
    return this.#connection.ask(`reading the newest batch at block ${number}`, async (client) => {
      const { timestamp } = await client.getBlock({ blockNumber: at.blockNumber });
      const standing = { block: number, timestampSeconds: timestamp };
      // A final block may be older than the contract.
      if ((await client.getCode(at)) === undefined) return { ...standing, newestBatch: 0, history: 0n };
      const latest = await client.readContract({ ...at, abi, functionName: "latest" });
      const history = await client.readContract({ ...at, abi, functionName: "historyHash" });
      return { ...standing, newestBatch: Number(latest.number), history: BigInt(history) };
    });
  }

  /** The batches after one, up to the end of a block, in order. Asks with patience. Throws what homeHistory throws. */
  async batchesAfter(
    batchNumber: number,
    fromBlock: number | undefined,
    toBlock: number,
  ): Promise<AcceptedBatch[]> {
    const { endpoint, address, firstBlock, sleep } = this.#options;
    const reader = new L1Reader({ endpoint, sleep });
    const found: AcceptedBatch[] = [];
    for await (const { events } of homeHistory(reader, address, fromBlock ?? firstBlock, toBlock)) {
      for (const event of events)
        if (event.type === "batch" && Number(event.published.number) > batchNumber) found.push(event);
    }
    return found;
  }
}
