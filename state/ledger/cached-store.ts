/**
 * Values of a store by number, with those that were written since and those that were read lately. What is written is never
 * forgotten before the store has it; what was only read is kept within a bound.
 */
export class CachedStore<Value> {
  readonly #load: (key: number) => Value;
  readonly #maxCached: number;
  /** Written since the last `take`. */
  #written = new Map<number, Value>();
  /** Taken last: the store has them at the next `take` at the latest, and not before. */
  #taken = new Map<number, Value>();
  /** Two generations of what the store has: the older one is forgotten when the younger one is full. */
  #young = new Map<number, Value>();
  #old = new Map<number, Value>();

  /** Keeps up to `maxCached` values besides those that the store may not have yet. */
  constructor(load: (key: number) => Value, maxCached: number) {
    this.#load = load;
    this.#maxCached = maxCached;
  }

  /** Values held in memory. */
  get size(): number {
    return this.#written.size + this.#taken.size + this.#young.size + this.#old.size;
  }

  get(key: number): Value {
    const known = this.#written.get(key) ?? this.#taken.get(key) ?? this.#young.get(key);
    if (known !== undefined) return known;
    const value = this.#old.get(key) ?? this.#load(key);
    this.#remember(key, value);
    return value;
  }

  set(key: number, value: Value): void {
    this.#written.set(key, value);
  }

  /** Forgets a value that the store does not hold but computes. */
  drop(key: number): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** What was written and not taken yet. */
  written(): ReadonlyMap<number, Value> {
    return this.#written;
  }

  /** Hands out what was written, for the store, which must have stored it before the next call. */
  take(): ReadonlyMap<number, Value> {
    for (const [key, value] of this.#taken) this.#remember(key, value);
    this.#taken = this.#written;
    this.#written = new Map();
    return this.#taken;
  }

  #remember(key: number, value: Value): void {
    this.#young.set(key, value);
    if (this.#young.size * 2 < this.#maxCached) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
