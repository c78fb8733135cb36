import {
  type Address,
  encodeAbiParameters,
  getContract,
  keccak256,
  numberToHex,
  type PublicClient,
} from "viem";
import { homeHistory, type QueueEntry } from "../../bridge/home-history.ts";
import type { L1Reader } from "../../bridge/l1-reader.ts";
import { type CreatedLedger, findHome } from "../../bridge/ledger-finder.ts";
import { neuraRollupAbi } from "../../contracts/abi.ts";
import { circuitIdOf } from "../../state/ledger/stream.ts";
import { demand, HomeState } from "./home-state.ts";
import { type HomeViews, readEach, readHome, readTerms } from "./home-views.ts";
import { unclaimedAtHome } from "./value.ts";

export interface FollowerOptions {
  readonly reader: L1Reader;
  /** Left out: found by its event. */
  readonly contract?: Address | undefined;
  /** The contract is not older than this block. */
  readonly fromBlock: number;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

/** Up to where the chain has been read. */
export interface ReadBlock {
  readonly number: number;
  readonly hash: string;
  readonly timestampSeconds: bigint;
}

/** While it was read, the chain replaced blocks that had been read. Reading again gives the new ones. */
export class ChainReplacedError extends Error {
  override readonly name = "ChainReplacedError";
  readonly code = "CHAIN_REPLACED";
  constructor(
    readonly block: number,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `block ${block} was ${expected} and is ${actual} now: the chain was reorganised meanwhile; start again`,
    );
  }
}

/** Reads a home contract's history into a {@link HomeState}, and checks what comes out against the contract itself. */
export class HomeFollower {
  readonly created: CreatedLedger;
  readonly state: HomeState;
  readonly #options: FollowerOptions;
  #upTo: ReadBlock | undefined;

  private constructor(options: FollowerOptions, created: CreatedLedger, mirrorCount: number) {
    this.#options = options;
    this.created = created;
    this.state = new HomeState(created, mirrorCount);
  }

  /** Finds the contract among the blocks up to `toBlock`. Throws what findHome throws. */
  static async open(options: FollowerOptions, toBlock: number): Promise<HomeFollower> {
    const { reader, contract, fromBlock, onProgress } = options;
    const created = await findHome(reader, {
      fromBlock,
      toBlock,
      address: contract,
      onProgress: (block, last) =>
        onProgress?.("looking for the contract", block - fromBlock, last - fromBlock),
    });
    const { mirrorCount } = await readTerms(reader, created.address);
    return new HomeFollower(options, created, mirrorCount);
  }

  get reader(): L1Reader {
    return this.#options.reader;
  }

  get upTo(): ReadBlock {
    if (this.#upTo === undefined) throw new Error("nothing has been read yet");
    return this.#upTo;
  }

  /**
   * Reads on to the end of the block, which must not lie before the one read last, and checks the result.
   * Throws {@link ChainReplacedError}, HistoryError, ReplayError, ForeignCalldataError, L1RequestError.
   */
  async readTo(blockNumber: number): Promise<HomeViews> {
    const { reader, onProgress } = this.#options;
    const { address, firstBlock } = this.created;
    if (this.#upTo !== undefined) await this.#demandUnchanged(this.#upTo);
    const block = await reader.block(blockNumber);
    const from = this.#upTo === undefined ? firstBlock : this.#upTo.number + 1;
    for await (const { toBlock, events } of homeHistory(reader, address, from, blockNumber)) {
      for (const event of events) this.state.apply(event);
      onProgress?.(`batch ${this.state.newest.number}`, toBlock - firstBlock, blockNumber - firstBlock);
    }
    this.#upTo = block;
    const views = await readHome(reader, address, blockNumber);
    await this.#check(views, blockNumber);
    await this.#demandUnchanged(block);
    return views;
  }

  async #demandUnchanged({ number, hash }: ReadBlock): Promise<void> {
    const { hash: actual } = await this.#options.reader.block(number);
    if (actual !== hash) throw new ChainReplacedError(number, hash, actual);
  }

  /** Events that were left out, and a ledger that the contract does not know, show here. */
  async #check(views: HomeViews, block: number): Promise<void> {
    const { state, created } = this;
    demand("the circuit of the contract", circuitIdOf(created.size), views.circuitId);
    demand("the number of batches", views.newestBatch, state.newest.number);
    demand("the newest root", views.newestRoot, state.roots.at(-1) ?? 0n);
    demand("the number of cells", views.newestCellCount, state.ledger.cellCount);
    demand("the queue's tail", views.queueTail, state.queueTail);
    demand("the queue's head", views.queueHead, state.queueHead);
    demand("whether the ledger is frozen", String(views.isFrozen), String(state.isFrozen));
    demand("whether the operator is deposed", String(views.isDeposed), String(state.isDeposed));
    for (const [mirror, units] of views.outOnMirrorUnits) {
      demand(`units out on mirror ${mirror}`, units, state.outOnMirrorUnits.get(mirror) ?? 0n);
    }
    await this.#checkHistory(block);
    await this.#checkEntries(block);
    await this.#checkClaims(block);
  }

  /**
   * The stream binds everything that a batch says, its roots among it, and the history every batch's stream: with this one hash
   * all batches are those that the contract accepted.
   */
  async #checkHistory(block: number): Promise<void> {
    const actual = await this.#view("the history of batches", block, (read, at) => read.historyHash(at));
    demand("the history of all batches", BigInt(actual), this.state.history);
  }

  async #checkEntries(block: number): Promise<void> {
    const entries = [...this.state.waiting.values()].filter(({ index }) => !this.state.refunded.has(index));
    const actual = await readEach(entries, ({ index }) =>
      this.#view(`queue entry ${index}`, block, (read, at) => read.queueEntry([BigInt(index)], at)),
    );
    entries.forEach((entry, i) => {
      demand(`queue entry ${entry.index}`, String(actual[i]), packedEntry(entry));
    });
  }

  async #checkClaims(block: number): Promise<void> {
    const unclaimed = unclaimedAtHome(this.state);
    const actual = await readEach(unclaimed, ({ batch, index }) =>
      this.#view("a claim", block, (read, at) => read.isClaimed([BigInt(batch), BigInt(index)], at)),
    );
    unclaimed.forEach(({ batch, index }, i) => {
      demand(`whether withdrawal ${index} of batch ${batch} is claimed`, String(actual[i]), "false");
    });
  }

  #view<T>(what: string, block: number, call: (read: RollupReads, at: AtBlock) => Promise<T>): Promise<T> {
    return this.#options.reader.ask(`reading ${what}`, (client) =>
      call(rollupAt(client, this.created.address).read, { blockNumber: BigInt(block) }),
    );
  }
}

interface AtBlock {
  readonly blockNumber: bigint;
}

const rollupAt = (client: PublicClient, address: Address) =>
  getContract({ address, abi: neuraRollupAbi, client });
type RollupReads = ReturnType<typeof rollupAt>["read"];

const DEADLINE_BITS = 40n;

/** An entry as the contract stores it: the upper 216 bits of its hash, and below them its deadline. */
function packedEntry({ words, caller, queuedAt, deadline }: QueueEntry): string {
  const values = [...words, caller, queuedAt];
  const hash = BigInt(
    keccak256(
      encodeAbiParameters(
        values.map(() => ({ type: "uint256" })),
        values,
      ),
    ),
  );
  return numberToHex(((hash >> DEADLINE_BITS) << DEADLINE_BITS) | deadline, { size: 32 });
}
