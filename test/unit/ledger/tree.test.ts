import { describe, expect, it } from "vitest";
import { type Cell, EMPTY_CELL } from "../../../state/ledger/cells.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import { poseidon } from "../../../state/ledger/poseidon.ts";
import { CellTree, EMPTY_STORE } from "../../../state/ledger/tree.ts";
import { genesisAccounts } from "../../support/ledger-scenario.ts";
import { MapStore } from "../../support/map-store.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

const LEVELS = 3;
const CAPACITY = 8 ** LEVELS;

/** The root by the definition: all leaves, hashed level by level. */
function naiveRoot(cells: ReadonlyMap<number, Cell>): bigint {
  let row = Array.from({ length: CAPACITY }, (_, id) => {
    const cell = cells.get(id);
    return cell === undefined || cell[0] === 0n ? 0n : poseidon(cell);
  });
  while (row.length > 1) {
    row = Array.from({ length: row.length / 8 }, (_, i) => poseidon(row.slice(8 * i, 8 * i + 8)));
  }
  return row[0] as bigint;
}

const randomCell = (random: SeededRandom): Cell => [
  random.bits(104) | 1n,
  random.bits(160),
  random.bits(253),
  5n,
];

function expectPathsTo(tree: CellTree, id: number): void {
  const cell = tree.cell(id);
  let node = cell[0] === 0n ? 0n : poseidon(cell);
  let index = id;
  for (const children of tree.path(id)) {
    expect(children).toHaveLength(8);
    expect(children[index % 8]).toBe(node);
    node = poseidon(children);
    index = Math.floor(index / 8);
  }
  expect(node).toBe(tree.root());
}

describe("the root", () => {
  it.each([1, 2, 3])(
    "equals the definition's after random writes, overwrites and clearings (seed %d)",
    (seed) => {
      const random = new SeededRandom(seed);
      const tree = new CellTree(LEVELS, EMPTY_STORE);
      const cells = new Map<number, Cell>();
      for (let round = 0; round < 4; round++) {
        for (let writes = 0; writes < 12; writes++) {
          const id = random.pick([0, 7, 8, 63, 64, 511, random.below(CAPACITY)]);
          const cell = random.chance(1, 5) ? EMPTY_CELL : randomCell(random);
          tree.setCell(id, cell);
          cells.set(id, cell);
        }
        expect(tree.root()).toBe(naiveRoot(cells));
        for (const id of [0, 63, 511, random.below(CAPACITY)]) expectPathsTo(tree, id);
      }
    },
  );

  it("of an empty tree is that of empty leaves", () => {
    expect(new CellTree(LEVELS, EMPTY_STORE).root()).toBe(naiveRoot(new Map()));
  });

  it("returns to an earlier value when the cells do", () => {
    const tree = new CellTree(LEVELS, EMPTY_STORE);
    const empty = tree.root();
    tree.setCell(9, [1n, 2n, 3n, 4n]);
    expect(tree.root()).not.toBe(empty);
    tree.setCell(9, EMPTY_CELL);
    expect(tree.root()).toBe(empty);
  });

  it("depends on every field of a cell and on its place", () => {
    const roots = new Set<bigint>();
    const cells: Cell[] = [
      [1n, 2n, 3n, 4n],
      [2n, 2n, 3n, 4n],
      [1n, 3n, 3n, 4n],
      [1n, 2n, 4n, 4n],
      [1n, 2n, 3n, 5n],
    ];
    for (const cell of cells) {
      for (const id of [1, 2, 8, 511]) {
        const tree = new CellTree(LEVELS, EMPTY_STORE);
        tree.setCell(id, cell);
        roots.add(tree.root());
      }
    }
    expect(roots.size).toBe(cells.length * 4);
  });
});

describe("the store", () => {
  it("gives back the same root, cells and paths when the tree is opened anew", () => {
    const random = new SeededRandom(4);
    const store = new MapStore();
    const cells = new Map<number, Cell>();
    for (let session = 0; session < 3; session++) {
      const tree = new CellTree(LEVELS, store);
      expect(tree.root()).toBe(naiveRoot(cells));
      for (let round = 0; round < 2; round++) {
        for (let writes = 0; writes < 10; writes++) {
          const id = random.below(CAPACITY);
          const cell = randomCell(random);
          tree.setCell(id, cell);
          cells.set(id, cell);
        }
        store.save(tree);
      }
      const reopened = new CellTree(LEVELS, store);
      expect(reopened.root()).toBe(naiveRoot(cells));
      for (const [id, cell] of cells) expect(reopened.cell(id)).toEqual(cell);
      for (const id of [...cells.keys()].slice(0, 5)) expectPathsTo(reopened, id);
    }
  });

  it("is handed every change once, and only what changed", () => {
    const tree = new CellTree(LEVELS, EMPTY_STORE);
    tree.setCell(9, [1n, 2n, 3n, 4n]);
    tree.root();
    tree.setCell(9, [5n, 2n, 3n, 4n]);
    const { cells, nodes } = tree.takeChanges();
    expect(cells).toEqual([[9, [5n, 2n, 3n, 4n]]]);
    expect(nodes.map(([level, index]) => [level, index])).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
    ]);
    expect(nodes[2]?.[2]).toBe(tree.root());
    expect(tree.takeChanges()).toEqual({ cells: [], nodes: [] });
  });

  it("is not needed to keep cells that were only read", () => {
    const tree = new CellTree(LEVELS, EMPTY_STORE);
    tree.cell(3);
    tree.path(100);
    expect(tree.takeChanges()).toEqual({ cells: [], nodes: [] });
  });
});

/** A store that writes what it was handed only when the next change is due, as late as it may. */
class LateStore extends MapStore {
  #handed: ReturnType<CellTree["takeChanges"]> = { cells: [], nodes: [] };

  override save(tree: CellTree): void {
    for (const [id, cell] of this.#handed.cells) this.cells.set(id, cell);
    for (const [level, index, hash] of this.#handed.nodes) this.nodes.set(`${level}:${index}`, hash);
    this.#handed = tree.takeChanges();
  }
}

describe("the memory of a tree", () => {
  it("is bounded however many cells are read", () => {
    const maxCached = 64;
    const tree = new CellTree(8, EMPTY_STORE, maxCached);
    for (let id = 1; id < 20_000; id++) tree.cell(id);
    for (let id = 1; id < 400; id++) tree.path(id * 4_001);
    expect(tree.cachedCount).toBeLessThanOrEqual(3 * maxCached);
  });

  it("is bounded however many cells are written, once the store has them", () => {
    const store = new MapStore();
    const tree = new CellTree(8, store, 64);
    for (let id = 1; id < 3_000; id++) {
      tree.setCell(id, [1n, 2n, 3n, 4n]);
      if (id % 8 === 0) store.save(tree);
    }
    store.save(tree);
    store.save(tree);
    expect(tree.cachedCount).toBeLessThanOrEqual(3 * 64);
    expect(tree.cell(17)).toEqual([1n, 2n, 3n, 4n]);
  });

  it("never forgets what the store does not have yet, with the smallest of bounds (seeds 1 to 3)", () => {
    for (const seed of [1, 2, 3]) {
      const random = new SeededRandom(seed);
      const store = new LateStore();
      const tree = new CellTree(LEVELS, store, 2);
      const cells = new Map<number, Cell>();
      for (let round = 0; round < 25; round++) {
        for (let writes = random.below(6); writes > 0; writes--) {
          const id = random.below(CAPACITY);
          const cell = random.chance(1, 6) ? EMPTY_CELL : randomCell(random);
          tree.setCell(id, cell);
          cells.set(id, cell);
        }
        expect(tree.root()).toBe(naiveRoot(cells));
        for (const [id, cell] of cells) expect(tree.cell(id)).toEqual(cell);
        if (random.chance(1, 2)) store.save(tree);
      }
    }
  });
});

describe("a ledger at genesis", () => {
  it("has the four reserved accounts without money, and the next cell is 5", () => {
    const accounts = genesisAccounts();
    const ledger = Ledger.genesis({ levels: LEVELS }, accounts);
    expect(ledger.cellCount).toBe(5);
    for (const [id, role] of [
      [1, "operator"] as const,
      [2, "treasury"] as const,
      [3, "gateway"] as const,
      [4, "governor"] as const,
    ]) {
      const { l1Address, pubX, pubY } = accounts[role];
      expect(ledger.cell(id)).toEqual([1n, l1Address, pubX, pubY]);
    }
  });

  it("reads ids outside the tree, and cell 0, as empty", () => {
    const ledger = Ledger.genesis({ levels: LEVELS }, genesisAccounts());
    for (const id of [-1, 0, 5, CAPACITY, CAPACITY + 1, 0xffffff])
      expect(ledger.cell(id)).toEqual(EMPTY_CELL);
  });
});
