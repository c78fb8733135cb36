import { type Database, keySpace, numberFromKey, numberKey, type Write } from "../database.ts";
import { bornAt, nodeKeyBytes, trieNodes } from "./trie-nodes.ts";

/**
 * Which states of the contract lane can still be read. Every block is written together with the keys of the nodes that it has
 * replaced; when the states before it are not wanted any more, these nodes are deleted.
 */

/** Number of a block -> keys of the nodes that the state before it had, and its own has not, one after the other. */
const droppedNodes = keySpace("dropped-node");
const cursors = keySpace("state-history");
const cursorKey = new TextEncoder().encode("next");

/** The next block whose dropped nodes are to be deleted, and how many of them are gone already. */
interface Cursor {
  readonly block: number;
  readonly done: number;
}

export interface PruneLimits {
  /** The newest block whose dropped nodes may go: states before it cannot be read then. */
  readonly upToBlock: number;
  /** Looked at in this call, and blocks count as well. */
  readonly maxNodes: number;
}

/** To be written together with the block. */
export function droppedWrites(blockNumber: number, keys: Iterable<Uint8Array>): Write[] {
  const value = Buffer.concat([...keys]);
  return value.length === 0 ? [] : [{ space: droppedNodes, key: numberKey(blockNumber), value }];
}

export class StateHistory {
  readonly #database: Database;
  readonly #held = new Map<symbol, number>();
  #cursor: Cursor;
  #deletedNodes = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
    const stored = database.get(cursors, cursorKey);
    // Nothing dies in genesis.
    this.#cursor =
      stored === undefined
        ? { block: 1, done: 0 }
        : { block: numberFromKey(stored), done: numberFromKey(stored.subarray(8)) };
  }

  /** Number of the oldest block whose state is whole. */
  get oldestBlock(): number {
    const { block, done } = this.#cursor;
    return done > 0 ? block : block - 1;
  }

  /** Since the history was opened. */
  get deletedNodes(): number {
    return this.#deletedNodes;
  }

  /** Keeps the state after a block, which must not be older than the oldest one, until the returned function is called. */
  hold(blockNumber: number): () => void {
    if (blockNumber < this.oldestBlock)
      throw new RangeError(`the state after block ${blockNumber} is pruned already`);
    const hold = Symbol();
    this.#held.set(hold, blockNumber);
    return () => this.#held.delete(hold);
  }

  /**
   * Runs a write of trie nodes when no other one is under way. A node that was dropped may be written again by the next block:
   * deleting it must come before that, or see its new stamp.
   */
  alone<Result>(write: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(write);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Deletes some nodes that only states before the given block have. Returns whether there are more. */
  prune(limits: PruneLimits): Promise<boolean> {
    return this.alone(() => this.#prune(limits));
  }

  async #prune({ upToBlock, maxNodes }: PruneLimits): Promise<boolean> {
    const last = Math.min(upToBlock, ...this.#held.values());
    const writes: Write[] = [];
    let { block, done } = this.#cursor;
    for (let left = maxNodes; left > 0 && block <= last; left--) {
      const keys = this.#database.get(droppedNodes, numberKey(block)) ?? new Uint8Array(0);
      const count = keys.length / nodeKeyBytes;
      const end = Math.min(count, done + left);
      left -= end - done;
      for (; done < end; done++) {
        const key = keys.subarray(done * nodeKeyBytes, (done + 1) * nodeKeyBytes);
        if (this.#isDead(key, block)) writes.push({ space: trieNodes, key, value: undefined });
      }
      if (end < count) break;
      if (count > 0) writes.push({ space: droppedNodes, key: numberKey(block), value: undefined });
      block += 1;
      done = 0;
    }
    if (block === this.#cursor.block && done === this.#cursor.done) return false;
    const deleted = writes.filter(({ space }) => space === trieNodes).length;
    // First of all nobody may begin to read these states.
    this.#cursor = { block, done };
    await this.#database.writeEventually([...writes, cursorWrite(this.#cursor)]);
    this.#deletedNodes += deleted;
    return block <= last;
  }

  /** A later block may have written the node again: then a state that is kept has it. */
  #isDead(key: Uint8Array, droppedBy: number): boolean {
    const stored = this.#database.get(trieNodes, key);
    return stored !== undefined && bornAt(stored) <= droppedBy;
  }
}

function cursorWrite({ block, done }: Cursor): Write {
  return { space: cursors, key: cursorKey, value: Buffer.concat([numberKey(block), numberKey(done)]) };
}
