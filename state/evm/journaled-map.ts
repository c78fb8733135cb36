interface Step<Value> {
  readonly key: string;
  readonly before: Value | undefined;
  readonly wasChanged: boolean;
}

/** A map that takes back what was set since a checkpoint, and tells what was set at all. */
export class JournaledMap<Value> {
  readonly #values = new Map<string, Value>();
  readonly #changed = new Set<string>();
  readonly #journal: Step<Value>[] = [];
  /** Lengths of the journal at the open checkpoints. */
  readonly #checkpoints: number[] = [];

  get size(): number {
    return this.#values.size;
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** Takes over what is stored, which is no change. */
  remember(key: string, value: Value): void {
    this.#values.set(key, value);
  }

  /** Outside of checkpoints. */
  forget(key: string): void {
    this.#values.delete(key);
  }

  set(key: string, value: Value): void {
    if (this.#checkpoints.length > 0) {
      const wasChanged = this.#changed.has(key);
      this.#journal.push({ key, before: this.#values.get(key), wasChanged });
    }
    this.#values.set(key, value);
    this.#changed.add(key);
  }

  checkpoint(): void {
    this.#checkpoints.push(this.#journal.length);
  }

  commit(): void {
    this.#checkpoints.pop();
    if (this.#checkpoints.length === 0) this.#journal.length = 0;
  }

  revert(): void {
    const length = this.#checkpoints.pop() ?? 0;
    for (let at = this.#journal.length - 1; at >= length; at--) {
      const { key, before, wasChanged } = this.#journal[at] as Step<Value>;
      if (before === undefined) this.#values.delete(key);
      else this.#values.set(key, before);
      if (!wasChanged) this.#changed.delete(key);
    }
    this.#journal.length = length;
  }

  /** What was set since this was asked last, by key. To be asked outside of checkpoints. */
  takeChanges(): [string, Value][] {
    const changes = [...this.#changed].map((key): [string, Value] => [key, this.#values.get(key) as Value]);
    this.#changed.clear();
    return changes;
  }

  clear(): void {
    this.#values.clear();
    this.#changed.clear();
  }
}
