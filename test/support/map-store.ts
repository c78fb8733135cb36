import type { Cell } from "../../state/ledger/cells.ts";
import type { CellTree, TreeStore } from "../../state/ledger/tree.ts";

/** A tree store in memory that keeps what `takeChanges` hands out, as the node's database does. */
export class MapStore implements TreeStore {
  readonly cells: Map<number, Cell>;
  readonly nodes: Map<string, bigint>;

  constructor(from?: MapStore) {
    this.cells = new Map(from?.cells);
    this.nodes = new Map(from?.nodes);
  }

  readonly readCell = (id: number): Cell | undefined => this.cells.get(id);
  readonly readNode = (level: number, index: number): bigint | undefined =>
    this.nodes.get(`${level}:${index}`);

  save(tree: CellTree): void {
    const { cells, nodes } = tree.takeChanges();
    for (const [id, cell] of cells) this.cells.set(id, cell);
    for (const [level, index, hash] of nodes) this.nodes.set(`${level}:${index}`, hash);
  }
}
