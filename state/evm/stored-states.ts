import { hexToBytes } from "@ethereumjs/util";
import type { Database } from "../database.ts";
import type { StateChanges } from "./block-state.ts";
import type { Block, BlockStore } from "./block-store.ts";
import { readerOfBlock } from "./cell-reads.ts";
import type { ChainRules } from "./chain-rules.ts";
import type { Header } from "./header.ts";
import { StatePrunedError } from "./lane-errors.ts";
import { ScratchPool, type StateSource } from "./scratch.ts";
import type { StateHistory } from "./state-history.ts";
import type { StoredState } from "./state-view.ts";
import { StateView } from "./state-view.ts";
import type { ReplaySource } from "./tracing/replay.ts";
import type { CellReader, Hex } from "./types.ts";

/** Accounts and slots of the newest state that stay in memory for whoever asks. */
const maxViewedEntries = 50_000;

export interface StoredStatesOptions {
  readonly database: Database;
  readonly rules: ChainRules;
  readonly store: BlockStore;
  readonly history: StateHistory;
  readonly readCell: CellReader;
}

/** The states after the lane's blocks, for whoever reads them or executes on them. All of it throws a `StatePrunedError`. */
export class StoredStates {
  readonly #options: StoredStatesOptions;
  readonly #scratch = new ScratchPool();
  #newest: { readonly stateRoot: Hex; readonly view: StateView } | undefined;

  constructor(options: StoredStatesOptions) {
    this.#options = options;
  }

  viewAfter(header: Header): StateView {
    return new StateView(this.#after(header));
  }

  /** The newest state, which is asked for most, stays open. */
  newestView(head: Header): StateView {
    const { stateRoot } = head;
    const kept = this.#newest;
    if (kept?.stateRoot === stateRoot && kept.view.size < maxViewedEntries) return kept.view;
    const view = this.viewAfter(head);
    this.#newest = { stateRoot, view };
    return view;
  }

  /** A block was made: who reads the newest state, or executes on it, goes on with what the block has not changed. */
  follow(before: Header, head: Header, changes: StateChanges): void {
    const after = this.#after(head);
    this.#scratch.follow(hexToBytes(before.stateRoot), after, changes);
    const kept = this.#newest;
    if (kept?.stateRoot !== before.stateRoot || kept.view.size > maxViewedEntries) return;
    kept.view.follow(after, changes);
    this.#newest = { stateRoot: head.stateRoot, view: kept.view };
  }

  /** For execution on the state after a block, as if in that block. */
  sourceAfter(header: Header): StateSource {
    const { store, readCell } = this.#options;
    return {
      ...this.#after(header),
      block: header,
      readCell,
      blockHashOf: (number) => store.hashOf(number),
      pool: this.#scratch,
    };
  }

  /** For running a block again. Undefined for genesis, which nothing runs in. */
  replayOf(block: Block): ReplaySource | undefined {
    const { database, store, readCell } = this.#options;
    const parent = store.header(block.number - 1);
    if (parent === undefined) return undefined;
    return {
      ...this.#after(parent),
      block,
      receipts: store.receipts(block.number) ?? [],
      transition: store.transition(block.number),
      readCell: readerOfBlock(database, block.number, readCell),
      blockHashOf: (number) => store.hashOf(number),
    };
  }

  #after({ number, stateRoot }: Header): StoredState {
    const { database, rules, history } = this.#options;
    // It may be pruned while somebody reads.
    const whyMissing = () =>
      number < history.oldestBlock ? new StatePrunedError(number, stateRoot) : undefined;
    const error = whyMissing();
    if (error !== undefined) throw error;
    return { database, rules, stateRoot: hexToBytes(stateRoot), whyMissing };
  }
}
