import { RLP } from "@ethereumjs/rlp";
import { bigIntToUnpaddedBytes, bytesToBigInt } from "@ethereumjs/util";
import { type Database, keySpace, numberKey, type Write } from "../database.ts";
import { encodeRlp } from "../rlp.ts";
import type { CellReader } from "./types.ts";

/**
 * The ledger's cells that the contracts of a block have read. The ledger keeps only its newest cells, so the block keeps these:
 * without them, a contract that reads one would do something else when the block is run again.
 */

const readCells = keySpace("block-cells"); // number -> RLP [[id, f0, f1, f2, f3], ...]

type Cell = NonNullable<ReturnType<CellReader>>;

/** Reads cells, and remembers which. All reads of one block are under one root. */
export class CellReads {
  readonly #readCell: CellReader;
  readonly #read = new Map<number, Cell>();

  constructor(readCell: CellReader) {
    this.#readCell = readCell;
  }

  readonly readCell: CellReader = (id, ledgerRoot) => {
    const cell = this.#readCell(id, ledgerRoot);
    if (cell !== undefined) this.#read.set(id, cell);
    return cell;
  };

  startOver(): void {
    this.#read.clear();
  }

  writes(blockNumber: number): Write[] {
    if (this.#read.size === 0) return [];
    const rows = [...this.#read].map(([id, cell]) => [BigInt(id), ...cell].map(bigIntToUnpaddedBytes));
    return [{ space: readCells, key: numberKey(blockNumber), value: encodeRlp(rows) }];
  }
}

/** Reads the cells of a past block: those that it has read then, the others from where cells are read now. */
export function readerOfBlock(database: Database, blockNumber: number, readCell: CellReader): CellReader {
  const encoded = database.get(readCells, numberKey(blockNumber));
  if (encoded === undefined) return readCell;
  const known = new Map(
    (RLP.decode(encoded) as Uint8Array[][]).map((row): [number, Cell] => {
      const [id, f0, f1, f2, f3] = row.map((field) => bytesToBigInt(field)) as [
        bigint,
        bigint,
        bigint,
        bigint,
        bigint,
      ];
      return [Number(id), [f0, f1, f2, f3]];
    }),
  );
  return (id, ledgerRoot) => known.get(id) ?? readCell(id, ledgerRoot);
}
