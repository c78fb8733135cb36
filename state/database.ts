import { Level } from "level";

/**
 * The node's one database: an ordered map from bytes to bytes (LevelDB), divided into named key spaces.
 * Everything that belongs to one block goes through one `write`, which is a single synced batch, so after
 * `kill -9` the whole block is there or none of it. This is the only file that imports the database package.
 */

/** A key space: every noun of the node (a block, a cell, an index) keeps its keys under its own prefix. */
export interface KeySpace {
  readonly name: string;
  readonly prefix: Uint8Array;
}

/** One change. `value: undefined` deletes the key. */
export interface Write {
  readonly space: KeySpace;
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface Range {
  /** Bounds are keys inside the space, without its prefix; `gte` and `lt` as in a half-open interval. */
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export class DatabaseClosedError extends Error {
  readonly code = "DATABASE_CLOSED";
  constructor(readonly directory: string) {
    super(`the database in ${directory} is closed: open it again before using it`);
  }
}

export class DatabaseOpenError extends Error {
  readonly code = "DATABASE_OPEN_FAILED";
  constructor(
    readonly directory: string,
    options: { cause: unknown },
  ) {
    super(
      `cannot open the database in ${directory}: stop the other process that uses it, or check the disk`,
      options,
    );
  }
}

/** LevelDB block cache. Trie nodes near the root are read for every account. */
const blockCacheBytes = 64 * 1024 * 1024;
/** Memory table before it is sorted to disk: several blocks' worth of trie nodes. */
const writeBufferBytes = 16 * 1024 * 1024;

const spaceNamePattern = /^[a-z][a-z0-9-]*$/;
const terminator = 0x3a; // ":" is in no name, so no space contains the keys of another.

/** Declares a key space. The name is its prefix on disk, so it is part of the stored format. */
export function keySpace(name: string): KeySpace {
  if (!spaceNamePattern.test(name)) {
    throw new RangeError(`key space name "${name}" must match ${spaceNamePattern}`);
  }
  return { name, prefix: Uint8Array.of(...new TextEncoder().encode(name), terminator) };
}

/** A key that sorts like the number it holds (unsigned, big-endian, 8 bytes). */
export function numberKey(value: number | bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

export function numberFromKey(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset, 8).getBigUint64(0));
}

function prefixed(space: KeySpace, key: Uint8Array): Uint8Array {
  const full = new Uint8Array(space.prefix.length + key.length);
  full.set(space.prefix);
  full.set(key, space.prefix.length);
  return full;
}

function endOf(space: KeySpace): Uint8Array {
  const end = Uint8Array.from(space.prefix);
  end[end.length - 1] = terminator + 1;
  return end;
}

type Entries = AsyncIterable<[Uint8Array, Uint8Array]> & { readonly close: () => Promise<void> };
type ByteLevel = Level<Uint8Array, Uint8Array>;

export class Database {
  readonly directory: string;
  readonly #level: ByteLevel;
  #isOpen = true;

  private constructor(directory: string, level: ByteLevel) {
    this.directory = directory;
    this.#level = level;
  }

  /** Opens or creates the database. Throws `DatabaseOpenError`, for instance while another process holds it. */
  static async open(directory: string): Promise<Database> {
    const level: ByteLevel = new Level(directory, {
      keyEncoding: "view",
      valueEncoding: "view",
      cacheSize: blockCacheBytes,
      writeBufferSize: writeBufferBytes,
    });
    try {
      await level.open();
    } catch (cause) {
      throw new DatabaseOpenError(directory, { cause });
    }
    return new Database(directory, level);
  }

  /** Synchronous on purpose: a point read costs microseconds, a trip through the thread pool costs more. */
  get(space: KeySpace, key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    return this.#level.getSync(prefixed(space, key));
  }

  has(space: KeySpace, key: Uint8Array): boolean {
    return this.get(space, key) !== undefined;
  }

  /** Applies all writes or none, and returns once they are on the disk. Later writes of a key win. */
  async write(writes: readonly Write[]): Promise<void> {
    await this.#apply(writes, { sync: true });
  }

  /**
   * Applies all writes or none, and leaves it to the system when they get to the disk: at the latest with the next `write`. Until
   * then a power failure, though not the end of the process, undoes them. For what is only done again then.
   */
  async writeEventually(writes: readonly Write[]): Promise<void> {
    await this.#apply(writes, { sync: false });
  }

  async #apply(writes: readonly Write[], options: { readonly sync: boolean }): Promise<void> {
    this.#assertOpen();
    if (writes.length === 0) return;
    // An array of operations takes the package ten times as long: it copies each with all options.
    const batch = this.#level.batch();
    for (const { space, key, value } of writes) {
      if (value === undefined) batch.del(prefixed(space, key));
      else batch.put(prefixed(space, key), value);
    }
    await batch.write(options);
  }

  /** Iterates keys (without prefix) and values of one space in key order, over a snapshot of when the first is asked for. */
  async *range(space: KeySpace, range: Range = {}): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    yield* this.#entries(space, this.#iterator(space, range));
  }

  /** The same over a snapshot of the moment of the call. It must be iterated, or the snapshot stays. */
  snapshot(space: KeySpace): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
    return this.#entries(space, this.#iterator(space, {}));
  }

  #iterator(space: KeySpace, range: Range): Entries {
    this.#assertOpen();
    return this.#level.iterator({
      gte: range.gte === undefined ? space.prefix : prefixed(space, range.gte),
      lt: range.lt === undefined ? endOf(space) : prefixed(space, range.lt),
      reverse: range.reverse ?? false,
      limit: range.limit ?? -1,
    });
  }

  async *#entries(space: KeySpace, iterator: Entries) {
    try {
      for await (const [key, value] of iterator) yield [key.slice(space.prefix.length), value] as const;
    } finally {
      await iterator.close();
    }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#level.close();
  }

  #assertOpen(): void {
    if (!this.#isOpen) throw new DatabaseClosedError(this.directory);
  }
}

/**
 * Writes that are not on the disk yet, over a database: reads see them, `commit` makes them one batch together
 * with the caller's extra writes. A block is built on an overlay and either committed or discarded whole.
 */
export class Overlay {
  readonly #database: Database;
  readonly #pending = new Map<string, Write>();

  constructor(database: Database) {
    this.#database = database;
  }

  get(space: KeySpace, key: Uint8Array): Uint8Array | undefined {
    const pending = this.#pending.get(overlayKey(space, key));
    return pending === undefined ? this.#database.get(space, key) : pending.value;
  }

  put(space: KeySpace, key: Uint8Array, value: Uint8Array): void {
    this.#pending.set(overlayKey(space, key), { space, key, value });
  }

  del(space: KeySpace, key: Uint8Array): void {
    this.#pending.set(overlayKey(space, key), { space, key, value: undefined });
  }

  /** One synced batch. When it throws, nothing was written and the overlay still holds everything. */
  async commit(extraWrites: readonly Write[] = []): Promise<void> {
    await this.#database.write([...this.#pending.values(), ...extraWrites]);
    this.#pending.clear();
  }

  discard(): void {
    this.#pending.clear();
  }
}

/** Latin-1 is one character a byte: the cheapest injective map from bytes to a Map key. */
function overlayKey(space: KeySpace, key: Uint8Array): string {
  return `${space.name}:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1")}`;
}
