import { encodeFunctionData, type Hex } from "viem";
import { neuraRollupAbi } from "../contracts/abi.ts";
import type { Database } from "../state/database.ts";
import { type ChainName, type ReturnRecord, returnErrandsOf, returnsOf } from "../state/store/records.ts";
import { type SettlementChain, SubmissionRevertedError } from "./settlement-contract.ts";
import { RetryableError, type StageRuntime } from "./stage-loop.ts";
import type { Attempt, Errand } from "./transaction-line.ts";

/** What home knows of returns. */
export interface ReturnsAtHome {
  /** Index of the mirror's return that home takes next. */
  nextReturn(mirrorNumber: number): Promise<number>;
  /** What an entry of the queue must pay now. */
  queueFeeWei(): Promise<bigint>;
}

export interface ReturnErrandsOptions {
  readonly database: Database;
  readonly home: ReturnsAtHome & Pick<SettlementChain, "simulate">;
  readonly operator: Hex;
  readonly mirrors: readonly { readonly name: ChainName; readonly mirrorNumber: number }[];
  /** Base of the queue's fee. */
  readonly feeStepWei: bigint;
  readonly runtime: StageRuntime;
}

/** Attempts kept for a return: only the newest nonce matters. */
const maxAttemptsKept = 8;
/** Home may have lost blocks, and want a return again. */
const askAgainAfterMs = 30_000;
/** A return that home refuses is tried again after this: it may be that the mirror runs ahead of what home shows. */
const retryAfterMs = 60_000;

/**
 * The returns of the mirrors, in order, as errands of home's sender. Home itself counts them, so each comes home once,
 * whatever was sent before and whenever the process ends.
 */
export class ReturnErrands {
  readonly #options: ReturnErrandsOptions;
  /** When a mirror's return, which home refused, may be tried again. */
  readonly #refusedUntilMs = new Map<ChainName, number>();
  /** What home asked for last, while that return is not known. */
  readonly #awaited = new Map<ChainName, { readonly index: number; readonly atMs: number }>();

  constructor(options: ReturnErrandsOptions) {
    this.#options = options;
  }

  /** The return that comes next, if one is known. */
  async next(): Promise<Errand | undefined> {
    const { database, home, mirrors, runtime } = this.#options;
    for (const mirror of mirrors) {
      if ((this.#refusedUntilMs.get(mirror.name) ?? 0) > runtime.now()) continue;
      if (this.#isIdle(mirror.name)) continue;
      const index = await home.nextReturn(mirror.mirrorNumber);
      const due = returnsOf(mirror.name).get(database, index);
      if (due !== undefined) return this.#errandOf(mirror, due);
      this.#awaited.set(mirror.name, { index, atMs: runtime.now() });
    }
    return undefined;
  }

  /** True while there is no need to ask home: no return is known that it could want. */
  #isIdle(chain: ChainName): boolean {
    const { database, runtime } = this.#options;
    const returns = returnsOf(chain);
    if (returns.get(database, 0) === undefined) return true;
    const awaited = this.#awaited.get(chain);
    if (awaited === undefined || runtime.now() - awaited.atMs > askAgainAfterMs) return false;
    return returns.get(database, awaited.index) === undefined;
  }

  #errandOf(
    { name, mirrorNumber }: { readonly name: ChainName; readonly mirrorNumber: number },
    due: ReturnRecord,
  ): Errand {
    const { database, home, operator, feeStepWei } = this.#options;
    const table = returnErrandsOf(name);
    const attempts = table.get(database, due.index)?.attempts ?? [];
    const { index, amountUnits, l1Address, pubX, pubY } = due;
    const calldata = encodeFunctionData({
      abi: neuraRollupAbi,
      functionName: "queueReturn",
      args: [mirrorNumber, BigInt(index), amountUnits, l1Address, pubX, pubY],
    });
    return {
      label: `return ${index} of ${name}`,
      attempts,
      addAttempt: async (attempt: Attempt) => {
        const kept = [...attempts, attempt].slice(-maxAttemptsKept);
        await database.write([table.put(index, { attempts: kept })]);
      },
      // That home asks for this index says that no attempt has succeeded.
      mayTryAgain: async () => true,
      prepare: async () => {
        // Enough for twice as many waiting entries; home gives back what is too much.
        const valueWei = 4n * (await home.queueFeeWei()) + feeStepWei;
        try {
          return { calldata, valueWei, gas: await home.simulate(operator, calldata, valueWei) };
        } catch (error) {
          throw error instanceof SubmissionRevertedError ? this.#refused(name, due, error) : error;
        }
      },
    };
  }

  /** A return that home does not take must not keep batches from it. */
  #refused(name: ChainName, { index, amountUnits }: ReturnRecord, error: SubmissionRevertedError): Error {
    const { runtime } = this.#options;
    this.#refusedUntilMs.set(name, runtime.now() + retryAfterMs);
    return new RetryableError(
      "RETURN_REFUSED",
      `home refuses return ${index} of ${name} over ${amountUnits} units with ${error.errorName}(${error.args.join(", ")}); the returns behind it wait: compare the mirror's newest batch with home's`,
      { cause: error },
    );
  }
}
