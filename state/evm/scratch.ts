import type { EVM } from "@ethereumjs/evm";
import { Overlay } from "../database.ts";
import { BlockState, type StateChanges } from "./block-state.ts";
import { keyOf } from "./bytes.ts";
import type { BlockContext } from "./executor.ts";
import { openEvm } from "./open-evm.ts";
import type { StoredState } from "./state-view.ts";
import { StateNodes } from "./trie-nodes.ts";
import { withinTime } from "./turns.ts";
import type { CellReader, Hex } from "./types.ts";

/** Throwaway EVMs for everything that executes without making a block. */

/** The state after one block, and what execution on it needs to know of the chain. */
export interface StateSource extends StoredState {
  /** What the executed code sees of its block. */
  readonly block: BlockContext;
  readonly readCell: CellReader;
  readonly blockHashOf: (number: number) => Hex | undefined;
  readonly pool: ScratchPool;
}

/** One EVM on a copy of a state. It can run one thing at a time. */
export interface Scratch {
  readonly evm: EVM;
  readonly state: BlockState;
  readonly nodes: StateNodes;
}

/** States whose EVMs are kept: the head, the one before it, and what a client looks at by number. */
const maxKeptStates = 4;
/** They share one thread: more of them at once would only need more memory. */
const maxRunningPerState = 4;
/** Accounts and slots that an EVM has read of its state, and keeps for the next call. */
const maxCachedEntries = 20_000;

export async function openScratch(source: StateSource): Promise<Scratch> {
  const { rules, database, stateRoot, whyMissing, readCell, blockHashOf } = source;
  const nodes = new StateNodes(new Overlay(database), whyMissing);
  const state = new BlockState(nodes, stateRoot);
  const slot = { current: undefined };
  const evm = await openEvm({ common: rules.detached(), state, readCell, blockHashOf, slot });
  return { evm, state, nodes };
}

/**
 * Keeps EVMs for the states that are asked for most. Opening one costs more than most calls take. A lease is
 * exclusive, runs inside a checkpoint and ends with its revert, so that no call sees what another one did.
 */
export class ScratchPool {
  readonly #states = new Map<string, KeptState>();

  async use<Result>(source: StateSource, run: (scratch: Scratch) => Promise<Result>): Promise<Result> {
    const kept = this.#at(source.stateRoot);
    if (kept.running >= maxRunningPerState) await new Promise<void>((resolve) => kept.waiting.push(resolve));
    kept.running += 1;
    try {
      const scratch = kept.idle.pop() ?? (await openScratch(source));
      await scratch.state.checkpoint();
      const result = await withinTime(scratch.evm, () => run(scratch)); // when it throws, the EVM is in the middle of something: it is dropped
      await scratch.state.revert();
      scratch.evm.journal.cleanJournal();
      scratch.evm.transientStorage.clear();
      scratch.state.originalStorageCache.clear();
      scratch.state.startOver();
      if (scratch.state.size > maxCachedEntries) scratch.state.clearCaches();
      kept.idle.push(scratch);
      return result;
    } finally {
      kept.running -= 1;
      kept.waiting.shift()?.();
    }
  }

  /** The EVMs of the state before a block, as far as nothing runs on them, go on to the state after it. */
  follow(before: Uint8Array, { stateRoot, whyMissing }: StoredState, changes: StateChanges): void {
    const idle = this.#states.get(keyOf(before))?.idle.splice(0) ?? [];
    for (const { state, nodes } of idle) {
      nodes.goOn(whyMissing);
      state.follow(stateRoot, changes);
      if (state.size > maxCachedEntries) state.clearCaches();
    }
    if (idle.length > 0) this.#at(stateRoot).idle.push(...idle);
  }

  #at(stateRoot: Uint8Array): KeptState {
    const key = keyOf(stateRoot);
    const kept = this.#states.get(key) ?? { idle: [], running: 0, waiting: [] };
    this.#states.delete(key);
    this.#states.set(key, kept);
    if (this.#states.size > maxKeptStates) this.#states.delete(this.#states.keys().next().value as string);
    return kept;
  }
}

interface KeptState {
  readonly idle: Scratch[];
  running: number;
  readonly waiting: (() => void)[];
}
