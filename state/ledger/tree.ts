import { CachedStore } from "./cached-store.ts";
import { type Cell, EMPTY_CELL } from "./cells.ts";
import { poseidon } from "./poseidon.ts";

export const ARITY = 8;

/** Where a tree keeps what it does not hold in memory. Level 0 is the level just above the leaves. */
export interface TreeStore {
  readonly readCell: (id: number) => Cell | undefined;
  readonly readNode: (level: number, index: number) => bigint | undefined;
}

const isEmpty = (cell: Cell): boolean => cell[0] === 0n;

const leafOf = (cell: Cell): bigint => (isEmpty(cell) ? 0n : poseidon(cell));

/** Hash of an empty subtree per level; index 0 is an empty leaf. */
const emptyHashes: bigint[] = [0n];
function emptyHash(height: number): bigint {
  for (let known = emptyHashes.length; known <= height; known++) {
    emptyHashes.push(poseidon(new Array<bigint>(ARITY).fill(emptyHashes[known - 1] as bigint)));
  }
  return emptyHashes[height] as bigint;
}

/** Cells, and as many hashes of leaves and of nodes, that a tree keeps in memory at most: about 50 MB of them. */
export const MAX_CACHED_CELLS = 65_536;

/** Distinguishes the nodes of all levels by one number: a level has at most 8^7 of them. */
const LEVEL_STRIDE = 2 ** 24;
const nodeKey = (level: number, index: number): number => level * LEVEL_STRIDE + index;

/**
 * The arity-8 Poseidon Merkle tree of the ledger over a sparse store. Writes stay in memory until `takeChanges`;
 * hashes are computed when the root is asked for, once per changed node. The store must have what `takeChanges` gave before
 * that is called again; what it has, the tree may forget.
 */
export class CellTree {
  readonly #levels: number;
  readonly #cells: CachedStore<Cell>;
  /** Hashes of cells, which are in no store. */
  readonly #leaves: CachedStore<bigint>;
  readonly #nodes: CachedStore<bigint>;
  readonly #dirtyLeaves = new Set<number>();

  constructor(levels: number, store: TreeStore, maxCached: number = MAX_CACHED_CELLS) {
    this.#levels = levels;
    this.#cells = new CachedStore((id) => store.readCell(id) ?? EMPTY_CELL, maxCached);
    this.#leaves = new CachedStore((id) => leafOf(this.cell(id)), maxCached);
    this.#nodes = new CachedStore((key) => {
      const level = Math.floor(key / LEVEL_STRIDE);
      return store.readNode(level, key % LEVEL_STRIDE) ?? emptyHash(level + 1);
    }, maxCached);
  }

  get levels(): number {
    return this.#levels;
  }

  /** Cells and hashes that are in memory now. */
  get cachedCount(): number {
    return this.#cells.size + this.#leaves.size + this.#nodes.size;
  }

  cell(id: number): Cell {
    return this.#cells.get(id);
  }

  setCell(id: number, cell: Cell): void {
    this.#cells.set(id, cell);
    // Hashed when the root is asked for: a cell may be written many times before.
    this.#leaves.drop(id);
    this.#dirtyLeaves.add(id);
  }

  /** The root over all cells set so far. */
  root(): bigint {
    let dirty: Iterable<number> = this.#dirtyLeaves;
    for (let level = 0; level < this.#levels; level++) {
      const parents = new Set<number>();
      for (const index of dirty) parents.add(Math.floor(index / ARITY));
      for (const parent of parents)
        this.#nodes.set(nodeKey(level, parent), poseidon(this.#childrenOf(level, parent)));
      dirty = parents;
    }
    this.#dirtyLeaves.clear();
    return this.#node(this.#levels - 1, 0);
  }

  /**
   * The children on the way from a cell to the root: `path[level]` are the 8 children of the cell's ancestor at that
   * level, so `path[0]` are leaves and `path[levels − 1]` are the root's children.
   */
  path(id: number): bigint[][] {
    this.root();
    const path: bigint[][] = [];
    let index = id;
    for (let level = 0; level < this.#levels; level++) {
      index = Math.floor(index / ARITY);
      path.push(this.#childrenOf(level, index));
    }
    return path;
  }

  /** Cells that were set since `takeChanges`, as they are now. */
  changedCells(): ReadonlyMap<number, Cell> {
    return this.#cells.written();
  }

  /** What changed since the last call, for the store; afterwards the tree relies on the store having it. */
  takeChanges(): { cells: [number, Cell][]; nodes: [level: number, index: number, hash: bigint][] } {
    this.root();
    const nodes = [...this.#nodes.take()].map(([key, hash]): [number, number, bigint] => [
      Math.floor(key / LEVEL_STRIDE),
      key % LEVEL_STRIDE,
      hash,
    ]);
    return { cells: [...this.#cells.take()], nodes };
  }

  #childrenOf(level: number, parent: number): bigint[] {
    const first = parent * ARITY;
    return Array.from({ length: ARITY }, (_, child) =>
      level === 0 ? this.#leaves.get(first + child) : this.#node(level - 1, first + child),
    );
  }

  #node(level: number, index: number): bigint {
    return this.#nodes.get(nodeKey(level, index));
  }
}

/** A store that holds nothing: for trees that live in memory. */
export const EMPTY_STORE: TreeStore = { readCell: () => undefined, readNode: () => undefined };
