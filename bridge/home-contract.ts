import type { Address } from "viem";
import { neuraRollupAbi, nrxTokenAbi } from "../contracts/abi.ts";
import type { HistoryOfHome, HomeWitness } from "./batch-signer.ts";
import { L1Connection, type L1Endpoint } from "./l1-connection.ts";
import type { ReturnsAtHome } from "./return-errands.ts";
import type { HomeVault } from "./vault-check.ts";

export interface HomeContractOptions extends L1Endpoint {
  readonly address: Address;
  readonly token: Address;
  readonly mirrorCount: number;
}

const abi = neuraRollupAbi;

/** What the home contract alone can tell, over its chain's JSON-RPC. */
export class HomeContract implements ReturnsAtHome, HomeWitness {
  readonly #options: HomeContractOptions;
  readonly #connection: L1Connection;

  constructor(options: HomeContractOptions) {
    this.#options = options;
    this.#connection = new L1Connection(options);
  }

  isDeposed(): Promise<boolean> {
    return this.#connection.ask("reading whether the operator was deposed", (client) =>
      client.readContract({ address: this.#options.address, abi, functionName: "isDeposed" }),
    );
  }

  async finalHistory(): Promise<HistoryOfHome | undefined> {
    const { number } = await this.#connection.finalizedBlock();
    const { address } = this.#options;
    const at = { address, abi, blockNumber: BigInt(number) } as const;
    return this.#connection.ask(`reading the history at block ${number}`, async (client) => {
      if ((await client.getCode(at)) === undefined) return undefined;
      const latest = await client.readContract({ ...at, functionName: "latest" });
      const historyHash = await client.readContract({ ...at, functionName: "historyHash" });
      return { batchNumber: Number(latest.number), historyHash };
    });
  }

  nextReturn(mirrorNumber: number): Promise<number> {
    return this.#connection.ask("reading the next return", async (client) => {
      const { address } = this.#options;
      return Number(
        await client.readContract({ address, abi, functionName: "nextReturn", args: [mirrorNumber] }),
      );
    });
  }

  queueFeeWei(): Promise<bigint> {
    return this.#connection.ask("reading the queue's fee", (client) =>
      client.readContract({ address: this.#options.address, abi, functionName: "queueFeeWei" }),
    );
  }

  /** The contract's money and what it says about it at the end of a block; undefined before its deployment. */
  vault(atBlock: number): Promise<HomeVault | undefined> {
    const { address, token, mirrorCount } = this.#options;
    return this.#connection.ask(`reading the vault at block ${atBlock}`, async (client) => {
      const at = { address, abi, blockNumber: BigInt(atBlock) } as const;
      if ((await client.getCode(at)) === undefined) return undefined;
      const latest = await client.readContract({ ...at, functionName: "latest" });
      const queue = await client.readContract({ ...at, functionName: "queueState" });
      const outOnMirrorUnits: bigint[] = [];
      for (let mirror = 1; mirror <= mirrorCount; mirror++)
        outOnMirrorUnits.push(
          await client.readContract({ ...at, functionName: "outOnMirrorUnits", args: [mirror] }),
        );
      return {
        isFrozen: await client.readContract({ ...at, functionName: "isFrozen" }),
        batchNumber: Number(latest.number),
        root: await client.readContract({ ...at, functionName: "rootOf", args: [latest.number] }),
        balanceWei: await client.readContract({
          address: token,
          abi: nrxTokenAbi,
          functionName: "balanceOf",
          args: [address],
          blockNumber: BigInt(atBlock),
        }),
        bondWei: await client.readContract({ ...at, functionName: "bondWei" }),
        queueHead: Number(queue.head),
        queueTail: Number(queue.tail),
        outOnMirrorUnits,
      };
    });
  }

  abort(): void {
    this.#connection.abort();
  }
}
