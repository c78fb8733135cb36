import type { Database } from "../state/database.ts";
import { type ChainName, CURSORS, type ReturnRecord, readCursor, returnsOf } from "../state/store/records.ts";
import { ChainStage, type ChainStageHealth } from "./chain-stage.ts";
import { type BlockReference, blockMark } from "./l1-connection.ts";
import { RetryableError, type StageRuntime } from "./stage-loop.ts";

/** What the watcher needs from a mirror. */
export interface MirrorReturns {
  readonly rangeBlocks: number;
  finalizedBlock(): Promise<BlockReference>;
  block(number: number): Promise<BlockReference>;
  /** Returns ever asked for, as of the end of a block. */
  returnCount(atBlock: number): Promise<number>;
  /** Returns asked for in these blocks, both ends included, in order. */
  returns(fromBlock: number, toBlock: number): Promise<ReturnRecord[]>;
  abort(): void;
}

export interface ReturnWatcherOptions {
  readonly chain: ChainName;
  readonly database: Database;
  readonly contract: MirrorReturns;
  /** Block in which the mirror was deployed. */
  readonly firstBlock: number;
  readonly pollMs: number;
  readonly runtime: StageRuntime;
  readonly onFatal: (error: Error) => void;
}

export interface ReturnWatcherStatus extends ChainStageHealth {
  readonly chain: ChainName;
  readonly returnsRead: number;
}

/** The RPC left out returns, or the chain lost some. All of them are read again. */
export class IncompleteReturnsError extends RetryableError {
  override readonly name = "IncompleteReturnsError";
  constructor(
    readonly chain: ChainName,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(
      "RETURNS_INCOMPLETE",
      `${chain}: the mirror has ${expected} returns, its RPC shows ${actual}; they are read again, and if this goes on, use another RPC`,
    );
  }
}

/**
 * Reads what comes back from a mirror, at its finalized block, into the database. Entries and cursor are one write. What was
 * read is checked against the mirror's own count, and read again from the start when they differ: a local chain may lose its
 * newest blocks in a crash.
 */
export class ReturnWatcher extends ChainStage {
  readonly #options: ReturnWatcherOptions;

  constructor(options: ReturnWatcherOptions) {
    super({ ...options, abort: () => options.contract.abort() });
    this.#options = options;
  }

  status(): ReturnWatcherStatus {
    const { chain } = this.#options;
    return { ...this.health, chain, returnsRead: this.#known() };
  }

  #known(): number {
    return readCursor(this.#options.database, countCursor(this.#options.chain));
  }

  protected override async round(): Promise<void> {
    const { contract, chain } = this.#options;
    const finalized = await contract.finalizedBlock();
    // An RPC that lags behind, or a chain that lost blocks and has not made up for them yet.
    if (finalized.number <= this.#readBlock()) return;
    if (await this.#wasReplaced()) await this.#restart();
    const expected = await contract.returnCount(finalized.number);
    while (this.#readBlock() < finalized.number) await this.#read(finalized);
    const actual = this.#known();
    if (actual === expected) return;
    await this.#restart();
    throw new IncompleteReturnsError(chain, expected, actual);
  }

  #readBlock(): number {
    const { chain, database, firstBlock } = this.#options;
    return CURSORS.get(database, blockCursor(chain)) ?? Math.max(0, firstBlock - 1);
  }

  async #wasReplaced(): Promise<boolean> {
    const { chain, contract, database } = this.#options;
    const mark = readCursor(database, markCursor(chain));
    return mark !== 0 && mark !== blockMark(await contract.block(this.#readBlock()));
  }

  async #read(finalized: BlockReference): Promise<void> {
    const { contract, chain, database, runtime } = this.#options;
    const from = this.#readBlock() + 1;
    const to = Math.min(from + contract.rangeBlocks - 1, finalized.number);
    const last = to === finalized.number ? finalized : await contract.block(to);
    const found = await contract.returns(from, to);
    const table = returnsOf(chain);
    await database.write([
      ...found.map((record) => table.put(record.index, record)),
      CURSORS.put(countCursor(chain), this.#known() + found.length),
      CURSORS.put(blockCursor(chain), to),
      CURSORS.put(markCursor(chain), blockMark(last)),
    ]);
    if (found.length > 0) runtime.log.info({ returns: found.length, block: to }, "returns read");
  }

  async #restart(): Promise<void> {
    const { chain, database, firstBlock } = this.#options;
    const table = returnsOf(chain);
    await database.write([
      ...Array.from({ length: this.#known() }, (_, index) => table.del(index)),
      CURSORS.put(countCursor(chain), 0),
      CURSORS.put(blockCursor(chain), Math.max(0, firstBlock - 1)),
      CURSORS.put(markCursor(chain), 0),
    ]);
  }
}

const blockCursor = (chain: ChainName): string => `return-block-${chain}`;
const markCursor = (chain: ChainName): string => `return-mark-${chain}`;
const countCursor = (chain: ChainName): string => `return-count-${chain}`;
