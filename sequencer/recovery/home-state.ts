import { concatHex, type Hex, keccak256, numberToHex } from "viem";
import type { AcceptedBatch, HomeEvent, QueueEntry } from "../../bridge/home-history.ts";
import type { CreatedLedger } from "../../bridge/ledger-finder.ts";
import { provenStreamHash } from "../../bridge/posted-batch.ts";
import { withdrawalsOf } from "../../state/ledger/batch.ts";
import { unitsHeldBy } from "../../state/ledger/cells.ts";
import { Ledger } from "../../state/ledger/ledger.ts";
import { MemoryStore } from "../../state/ledger/memory-store.ts";
import { HOME_CHAIN, isCreating, opFields, withObject } from "../../state/ledger/operation.ts";
import { type PostedOp, replayBatch } from "../../state/ledger/replay.ts";
import { historyAfter } from "../../state/ledger/stream.ts";

/** The newest accepted batch; number 0 is the genesis. */
export interface NewestBatch {
  readonly number: number;
  readonly timeSeconds: bigint;
  readonly transactionHash: Hex | undefined;
}

/** What a batch pays on one chain, as the words that the contract wants to see again. */
export interface BatchPayouts {
  readonly batch: number;
  /** The recipient in the low 160 bits, the amount in units in the 64 bits above. */
  readonly words: readonly bigint[];
}

const AMOUNT_SHIFT = 160n;
const RECIPIENT_MASK = (1n << AMOUNT_SHIFT) - 1n;

export const payoutOf = (word: bigint): { recipient: bigint; units: bigint } => ({
  recipient: word & RECIPIENT_MASK,
  units: word >> AMOUNT_SHIFT,
});

/** keccak256 of the withdrawal words, as the contracts keep it. */
export const payoutsHash = (words: readonly bigint[]): Hex =>
  keccak256(concatHex(words.map((word) => numberToHex(word, { size: 32 }))));

/** What the RPC tells contradicts itself. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  readonly code = "HISTORY_INCONSISTENT";
  constructor(
    readonly what: string,
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`${what}: expected ${expected}, the RPC gives ${actual}; read the chain through another RPC`);
  }
}

/** The home contract and its ledger, as the events since the contract's creation make them. */
export class HomeState {
  readonly created: CreatedLedger;
  readonly mirrorCount: number;
  readonly store = new MemoryStore();
  readonly ledger: Ledger;
  /** Entries that wait, by index, in order. */
  readonly waiting = new Map<number, QueueEntry>();
  /** Indices of waiting entries that brought no tokens: returns from mirrors. */
  readonly returns = new Set<number>();
  readonly refunded = new Set<number>();
  /** Operations in batches, by kind. */
  readonly operations = new Map<string, number>();
  invalidOperations = 0;
  permissionlessBatches = 0;
  /** Per chain, the batches whose withdrawals are not all known to be claimed. */
  readonly payouts = new Map<number, Map<number, BatchPayouts>>();
  /** Home withdrawals that were paid, as `batch:index`. */
  readonly claimed = new Set<string>();
  readonly outOnMirrorUnits = new Map<number, bigint>();
  /** Root after each batch; at 0 that of the genesis. */
  readonly roots: bigint[];
  /** keccak256 of each batch's stream and commitment; 0 for the genesis. */
  readonly streamHashes: bigint[] = [0n];
  /** All of them in one hash, which starts from the genesis root. */
  history: bigint;
  readonly openedCells = new Set<number>();
  /** Units that escapes have paid to accounts. */
  paidUnits = 0n;
  isFrozen = false;
  isDeposed = false;
  newest: NewestBatch = { number: 0, timeSeconds: 0n, transactionHash: undefined };
  queueHead = 0;
  queueTail = 0;

  constructor(created: CreatedLedger, mirrorCount: number) {
    this.created = created;
    this.mirrorCount = mirrorCount;
    this.ledger = Ledger.genesis(created.size, created.accounts, this.store);
    this.store.save(this.ledger.tree);
    this.roots = [created.genesisRoot];
    this.history = created.genesisRoot;
  }

  /** An independent ledger with the newest state, to try things on. */
  fork(): Ledger {
    return new Ledger(this.created.size, this.store, this.ledger.cellCount);
  }

  /** Units in all cells (docs/LEDGER.md, section 8); what escapes have paid since is still in them. */
  unitsInCells(): bigint {
    let units = 0n;
    for (let id = 1; id < this.ledger.cellCount; id++) units += unitsHeldBy(this.ledger.cell(id));
    return units;
  }

  /** Takes the next event of the home contract. Throws {@link HistoryError}, ReplayError, ForeignCalldataError. */
  apply(event: HomeEvent): void {
    switch (event.type) {
      case "queued":
        this.#queue(event.entry);
        break;
      case "returned":
        this.#return(event.mirror, event.entryIndex, event.units);
        break;
      case "batch":
        this.#accept(event);
        break;
      case "claimed":
        this.claimed.add(`${event.batch}:${event.index}`);
        break;
      case "frozen":
        this.isFrozen = true;
        break;
      case "opened":
        this.openedCells.add(event.cell);
        break;
      case "paid":
        this.paidUnits += event.units;
        break;
      case "refunded":
        this.refunded.add(event.index);
        break;
      case "released":
        this.#release(event.units);
        break;
      case "deposed":
        this.isDeposed = true;
        break;
    }
  }

  #queue(entry: QueueEntry): void {
    demand("the index of the next queue entry", this.queueTail, entry.index);
    this.waiting.set(entry.index, entry);
    this.queueTail += 1;
  }

  #return(mirror: number, entryIndex: number, units: bigint): void {
    this.returns.add(entryIndex);
    this.outOnMirrorUnits.set(mirror, (this.outOnMirrorUnits.get(mirror) ?? 0n) - units);
  }

  /** Everything that is out on mirrors went to the recovery contract. A deposed operator's mirrors may get more later. */
  #release(units: bigint): void {
    const out = [...this.outOnMirrorUnits.values()].reduce((sum, each) => sum + each, 0n);
    demand("the units that were released from mirrors", out, units);
    this.outOnMirrorUnits.clear();
  }

  #accept(event: AcceptedBatch): void {
    const { published, transactionHash } = event;
    const number = Number(published.number);
    demand("the number of the next batch", this.newest.number + 1, number);
    const of = (what: string) => `batch ${number}: its ${what} in calldata and event`;
    demand(of("root"), event.root, published.rootAfter);
    demand(of("cell count"), event.cellCount, published.cellCountAfter);
    demand(of("time"), event.timeSeconds, published.timeSeconds);
    demand(of("block hash"), event.blockHash, published.blockHash);
    demand(of("lane data hash"), event.laneDataHash, published.laneDataHash);
    const { domain, size } = this.created;
    const cellCountBefore = this.ledger.cellCount;
    const streamHash = provenStreamHash(published, { domain, size, cellCountBefore }, transactionHash);
    this.#consume(number, published.ops);
    replayBatch(this.ledger, published, domain);
    this.store.save(this.ledger.tree);
    this.roots.push(published.rootAfter);
    this.streamHashes.push(streamHash);
    this.history = historyAfter(this.history, streamHash);
    this.#count(published.ops);
    this.#recordPayouts(number, published.ops, event.withdrawalsHash);
    if (event.isPermissionless) this.permissionlessBatches += 1;
    this.newest = { number, timeSeconds: published.timeSeconds, transactionHash };
  }

  /** The batch's priority ops are the waiting entries, in order and as they were queued. */
  #consume(number: number, ops: readonly PostedOp[]): void {
    for (const { words, origin } of ops) {
      if (origin === undefined) continue;
      const index = this.queueHead;
      const entry = this.waiting.get(index);
      if (entry === undefined) throw new HistoryError(`batch ${number}`, `queue entry ${index}`, "none");
      const authored = isCreating(opFields(words).kind) ? withObject(words, 0) : words;
      const of = (what: string) => `batch ${number}: ${what} of queue entry ${index}`;
      entry.words.forEach((word, i) => {
        demand(of(`word ${i}`), word, authored[i] ?? -1n);
      });
      demand(of("the caller"), entry.caller, origin.caller);
      demand(of("the queueing time"), entry.queuedAt, origin.queuedAt);
      this.waiting.delete(index);
      this.returns.delete(index);
      this.queueHead += 1;
    }
  }

  #count(ops: readonly PostedOp[]): void {
    for (const { words, valid } of ops) {
      const { kind, code } = opFields(words);
      const name = kind ?? `kind ${code}`;
      this.operations.set(name, (this.operations.get(name) ?? 0) + 1);
      if (!valid) this.invalidOperations += 1;
    }
  }

  #recordPayouts(batch: number, ops: readonly PostedOp[], recordedHash: Hex | undefined): void {
    const byChain = new Map<number, bigint[]>();
    for (const { chain, recipient, units } of withdrawalsOf(ops, this.mirrorCount)) {
      byChain.set(chain, [...(byChain.get(chain) ?? []), recipient | (units << AMOUNT_SHIFT)]);
      if (chain !== HOME_CHAIN) {
        this.outOnMirrorUnits.set(chain, (this.outOnMirrorUnits.get(chain) ?? 0n) + units);
      }
    }
    for (const [chain, words] of byChain) {
      const batches = this.payouts.get(chain) ?? new Map<number, BatchPayouts>();
      this.payouts.set(chain, batches.set(batch, { batch, words }));
    }
    const atHome = byChain.get(HOME_CHAIN);
    const computed = atHome === undefined ? "none" : payoutsHash(atHome);
    demand<string>(`batch ${batch}: the hash of its home withdrawals`, computed, recordedHash ?? "none");
  }
}

/** `expected` is what follows from the rest of the history or from the contract, `actual` what the RPC gives here. */
export function demand<T extends string | number | bigint>(what: string, expected: T, actual: T): void {
  if (expected !== actual) throw new HistoryError(what, String(expected), String(actual));
}
