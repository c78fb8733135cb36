import type { Address } from "viem";
import { neuraMirrorAbi } from "../contracts/abi.ts";
import type { ReturnRecord } from "../state/store/records.ts";
import { type BlockReference, L1Connection, type L1Endpoint } from "./l1-connection.ts";
import type { MirrorReturns } from "./return-watcher.ts";

/** A mirror's returns over its chain's JSON-RPC. */
export class MirrorReturnsContract implements MirrorReturns {
  readonly #address: Address;
  readonly #connection: L1Connection;

  constructor(options: L1Endpoint & { readonly address: Address }) {
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

  returnCount(atBlock: number): Promise<number> {
    return this.#connection.ask(`counting returns at block ${atBlock}`, async (client) => {
      const contract = { address: this.#address, blockNumber: BigInt(atBlock) };
      // Right after a deployment the newest finalized block is older than the contract.
      if ((await client.getCode(contract)) === undefined) return 0;
      return Number(
        await client.readContract({ ...contract, abi: neuraMirrorAbi, functionName: "returnCount" }),
      );
    });
  }

  returns(fromBlock: number, toBlock: number): Promise<ReturnRecord[]> {
    return this.#connection.ask(`reading returns in blocks ${fromBlock} to ${toBlock}`, async (client) => {
      const events = await client.getContractEvents({
        address: this.#address,
        abi: neuraMirrorAbi,
        eventName: "ReturnQueued",
        fromBlock: BigInt(fromBlock),
        toBlock: BigInt(toBlock),
        strict: true,
      });
      return events.map(({ args }) => ({
        index: Number(args.index),
        amountUnits: args.amountUnits,
        l1Address: args.l1Address,
        pubX: args.pubX,
        pubY: args.pubY,
      }));
    });
  }

  abort(): void {
    this.#connection.abort();
  }
}
