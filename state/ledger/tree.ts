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

/**
 * The arity-8 Poseidon Merkle tree of the ledger over a sparse store. Writes stay in memory until `takeChanges`;
 * hashes are computed when the root is asked for, once per changed node.
 */
export class CellTree {
  readonly #levels: number;
  readonly #store: TreeStore;
  readonly #cells = new Map<number, Cell>();
  readonly #leaves = new Map<number, bigint>();
  readonly #nodes: Map<number, bigint>[];
  readonly #dirtyLeaves = new Set<number>();
  #unsavedCells = new Set<number>();
  #unsavedNodes: Set<number>[];

  constructor(levels: number, store: TreeStore) {
    this.#levels = levels;
    this.#store = store;
    this.#nodes = Array.from({ length: levels }, () => new Map());
    this.#unsavedNodes = Array.from({ length: levels }, () => new Set());
  }

  get levels(): number {
    return this.#levels;
  }

  cell(id: number): Cell {
    const known = this.#cells.get(id);
    if (known !== undefined) return known;
    const cell = this.#store.readCell(id) ?? EMPTY_CELL;
    this.#cells.set(id, cell);
    return cell;
  }

  setCell(id: number, cell: Cell): void {
    this.#cells.set(id, cell);
    // Hashed when the root is asked for: a cell may be written many times before.
    this.#leaves.delete(id);
    this.#dirtyLeaves.add(id);
    this.#unsavedCells.add(id);
  }

  /** The root over all cells set so far. */
  root(): bigint {
    let dirty: Iterable<number> = this.#dirtyLeaves;
    for (let level = 0; level < this.#levels; level++) {
      const parents = new Set<number>();
      for (const index of dirty) parents.add(Math.floor(index / ARITY));
      for (const parent of parents) {
        this.#nodes[level]?.set(parent, poseidon(this.#childrenOf(level, parent)));
        this.#unsavedNodes[level]?.add(parent);
      }
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

  /** What changed since the last call, for the store; afterwards the tree relies on the store having it. */
  takeChanges(): { cells: [number, Cell][]; nodes: [level: number, index: number, hash: bigint][] } {
    this.root();
    const cells = [...this.#unsavedCells].map((id): [number, Cell] => [id, this.cell(id)]);
    const nodes = this.#unsavedNodes.flatMap((indexes, level) =>
      [...indexes].map((index): [number, number, bigint] => [level, index, this.#node(level, index)]),
    );
    this.#unsavedCells = new Set();
    this.#unsavedNodes = this.#unsavedNodes.map(() => new Set());
    return { cells, nodes };
  }

  #childrenOf(level: number, parent: number): bigint[] {
    const first = parent * ARITY;
    return Array.from({ length: ARITY }, (_, child) =>
      level === 0 ? this.#leaf(first + child) : this.#node(level - 1, first + child),
    );
  }

  #leaf(id: number): bigint {
    const known = this.#leaves.get(id);
    if (known !== undefined) return known;
    const leaf = leafOf(this.cell(id));
    this.#leaves.set(id, leaf);
    return leaf;
  }

  #node(level: number, index: number): bigint {
    const nodes = this.#nodes[level];
    const known = nodes?.get(index);
    if (known !== undefined) return known;
    const node = this.#store.readNode(level, index) ?? emptyHash(level + 1);
    nodes?.set(index, node);
    return node;
  }
}

/** A store that holds nothing: for trees that live in memory. */
export const EMPTY_STORE: TreeStore = { readCell: () => undefined, readNode: () => undefined };
