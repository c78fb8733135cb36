import type { Address } from "viem";
import { neuraRollupAbi } from "../contracts/abi.ts";
import type { PriorityRecord } from "../state/store/records.ts";
import { type BlockReference, L1Connection, type L1Endpoint } from "./l1-connection.ts";

const WEI_PER_UNIT = 1_000_000_000n;

/** What the watcher needs from the home chain. */
export interface HomeQueue {
  /** Most blocks that one call of `operations` may span. */
  readonly rangeBlocks: number;
  finalizedBlock(): Promise<BlockReference>;
  block(number: number): Promise<BlockReference>;
  /** Entries queued in these blocks, both ends included. */
  operations(fromBlock: number, toBlock: number): Promise<PriorityRecord[]>;
  /** Entries ever queued, as of the end of a block. */
  length(atBlock: number): Promise<number>;
  /** Units of withdrawals on home that were claimed in these blocks. */
  claimedUnits(fromBlock: number, toBlock: number): Promise<bigint>;
  /** Ends the requests under way and refuses new ones. */
  abort(): void;
}

export interface HomeQueueContractOptions extends L1Endpoint {
  /** The home contract. */
  readonly address: Address;
}

/** The home contract's queue over its chain's JSON-RPC. */
export class HomeQueueContract implements HomeQueue {
  readonly #address: Address;
  readonly #connection: L1Connection;

  constructor(options: HomeQueueContractOptions) {
    this.#address = options.address;
    this.#connection = new L1Connection(options);
  }

  get rangeBlocks(): number {
    return this.#connection.logRangeBlocks;
  }

  finalizedBlock(): Promise<BlockReference> {
    return this.#connection.finalizedBlock();
  }

  block(number: number): Promise<BlockReference> {
    return this.#connection.block(number);
  }

  operations(fromBlock: number, toBlock: number): Promise<PriorityRecord[]> {
    return this.#connection.ask(`reading the queue in blocks ${fromBlock} to ${toBlock}`, async (client) => {
      const events = await client.getContractEvents({
        address: this.#address,
        abi: neuraRollupAbi,
        eventName: "OperationQueued",
        fromBlock: BigInt(fromBlock),
        toBlock: BigInt(toBlock),
        strict: true,
      });
      return events.map(({ args }) => ({
        index: Number(args.index),
        words: args.words,
        caller: BigInt(args.caller),
        queuedAt: BigInt(args.queuedAt),
        deadlineSeconds: BigInt(args.deadline),
      }));
    });
  }

  claimedUnits(fromBlock: number, toBlock: number): Promise<bigint> {
    return this.#connection.ask(`reading claims in blocks ${fromBlock} to ${toBlock}`, async (client) => {
      const events = await client.getContractEvents({
        address: this.#address,
        abi: neuraRollupAbi,
        eventName: "WithdrawalClaimed",
        fromBlock: BigInt(fromBlock),
        toBlock: BigInt(toBlock),
        strict: true,
      });
      return events.reduce((sum, { args }) => sum + args.amountWei / WEI_PER_UNIT, 0n);
    });
  }

  length(atBlock: number): Promise<number> {
    return this.#connection.ask(`reading the queue's length at block ${atBlock}`, async (client) => {
      const contract = { address: this.#address, blockNumber: BigInt(atBlock) };
      // Right after a deployment the newest finalized block is older than the contract: nothing is queued in it.
      if ((await client.getCode(contract)) === undefined) return 0;
      return Number(
        await client.readContract({ ...contract, abi: neuraRollupAbi, functionName: "queueTail" }),
      );
    });
  }

  abort(): void {
    this.#connection.abort();
  }
}
