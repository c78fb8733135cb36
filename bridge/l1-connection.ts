import { BaseError, type BlockTag, createPublicClient, type Hex, http, type PublicClient } from "viem";
import type { ChainName } from "../state/store/records.ts";
import { RetryableError } from "./stage-loop.ts";

export interface L1Endpoint {
  readonly chain: ChainName;
  readonly rpcUrl: string;
  readonly chainId: number;
  /** How far behind its head the chain counts as final. Left out: the chain's own `finalized` tag. */
  readonly finalityDepthBlocks?: number | undefined;
  readonly requestTimeoutMs?: number | undefined;
  /** Blocks per log query; providers limit it. */
  readonly logRangeBlocks?: number | undefined;
}

export interface BlockReference {
  readonly number: number;
  readonly hash: Hex;
}

/** Enough of a block's hash to see that the block was replaced, as a number that a cursor can hold. */
export const blockMark = ({ hash }: BlockReference): number => Number.parseInt(hash.slice(2, 14), 16);

const defaultRequestTimeoutMs = 10_000;
const defaultLogRangeBlocks = 2_000;

/** The L1 did not answer, or not usefully. Nothing is known to be wrong with our own data. */
export class L1RequestError extends RetryableError {
  override readonly name = "L1RequestError";
  constructor(
    readonly chain: ChainName,
    readonly request: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(
      "L1_REQUEST_FAILED",
      `${chain}: ${request} failed: ${reason}; check that the chain's RPC works`,
      options,
    );
  }
}

export class WrongL1ChainError extends RetryableError {
  override readonly name = "WrongL1ChainError";
  constructor(
    readonly chain: ChainName,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(
      "L1_WRONG_CHAIN",
      `${chain}: the RPC serves chain ${actual} instead of ${expected}; correct the RPC URL`,
    );
  }
}

/** One chain's JSON-RPC, without retries: the stages retry. Whatever goes wrong in a request is an {@link L1RequestError}. */
export class L1Connection {
  readonly endpoint: L1Endpoint;
  readonly logRangeBlocks: number;
  readonly #client: PublicClient;
  readonly #controller = new AbortController();
  #isChainChecked = false;

  constructor(endpoint: L1Endpoint) {
    this.endpoint = endpoint;
    this.logRangeBlocks = endpoint.logRangeBlocks ?? defaultLogRangeBlocks;
    this.#client = createPublicClient({
      cacheTime: 0,
      transport: http(endpoint.rpcUrl, {
        retryCount: 0,
        timeout: endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs,
        fetchOptions: { signal: this.#controller.signal },
      }),
    });
  }

  async ask<T>(request: string, send: (client: PublicClient) => Promise<T>): Promise<T> {
    try {
      // Again after every failure: what answers next may be another chain behind the same address.
      if (!this.#isChainChecked) await this.#checkChain();
      return await send(this.#client);
    } catch (error) {
      this.#isChainChecked = false;
      if (error instanceof RetryableError) throw error;
      throw new L1RequestError(this.endpoint.chain, request, reasonOf(error), { cause: error });
    }
  }

  async finalizedBlock(): Promise<BlockReference> {
    const { finalityDepthBlocks } = this.endpoint;
    if (finalityDepthBlocks === undefined) return this.block("finalized");
    const head = await this.block("latest");
    return this.block(Math.max(0, head.number - finalityDepthBlocks));
  }

  async block(which: number | BlockTag): Promise<BlockReference> {
    return this.ask(`eth_getBlockByNumber(${which})`, async (client) => {
      const selector = typeof which === "number" ? { blockNumber: BigInt(which) } : { blockTag: which };
      const { number, hash } = await client.getBlock(selector);
      if (number === null || hash === null) throw new Error("the block is not in the chain");
      return { number: Number(number), hash };
    });
  }

  /** Ends the requests under way and refuses new ones. */
  abort(): void {
    this.#controller.abort();
  }

  async #checkChain(): Promise<void> {
    const actual = await this.#client.getChainId();
    const { chain, chainId } = this.endpoint;
    if (actual !== chainId) throw new WrongL1ChainError(chain, chainId, actual);
    this.#isChainChecked = true;
  }
}

/** Without the URL, which may hold a key of the provider. */
function reasonOf(error: unknown): string {
  if (!(error instanceof BaseError)) return error instanceof Error ? error.message : String(error);
  return [error.shortMessage, error.details].filter((part) => part).join(" ");
}
