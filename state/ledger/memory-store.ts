import type { Cell } from "./cells.ts";
import type { CellTree, TreeStore } from "./tree.ts";

/** A tree store in memory, for a ledger that is rebuilt from the chain and thrown away afterwards. */
export class MemoryStore implements TreeStore {
  readonly #cells = new Map<number, Cell>();
  readonly #levels: Map<number, bigint>[] = [];

  readonly readCell = (id: number): Cell | undefined => this.#cells.get(id);
  readonly readNode = (level: number, index: number): bigint | undefined => this.#levels[level]?.get(index);

  /** Takes over what the tree has changed since it was saved last; other ledgers over this store see it from now on. */
  save(tree: CellTree): void {
    const { cells, nodes } = tree.takeChanges();
    for (const [id, cell] of cells) this.#cells.set(id, cell);
    for (const [level, index, hash] of nodes) {
      this.#levels[level] ??= new Map();
      this.#levels[level].set(index, hash);
    }
  }
}
