import { type Database, type KeySpace, keySpace, type Range, type Write } from "../database.ts";
import { decodeRecord, encodeRecord } from "./record-codec.ts";

/** One key space of records of one type. */
export class Table<Key, Value> {
  readonly space: KeySpace;
  readonly #keyOf: (key: Key) => Uint8Array;

  constructor(name: string, keyOf: (key: Key) => Uint8Array) {
    this.space = keySpace(name);
    this.#keyOf = keyOf;
  }

  get(database: Database, key: Key): Value | undefined {
    const bytes = database.get(this.space, this.#keyOf(key));
    return bytes === undefined ? undefined : decodeRecord<Value>(bytes);
  }

  put(key: Key, value: Value): Write {
    return { space: this.space, key: this.#keyOf(key), value: encodeRecord(value) };
  }

  del(key: Key): Write {
    return { space: this.space, key: this.#keyOf(key), value: undefined };
  }

  /** All records of a range, in key order. */
  async *values(database: Database, range: Range = {}): AsyncGenerator<Value> {
    for await (const [, bytes] of database.range(this.space, range)) yield decodeRecord<Value>(bytes);
  }
}
