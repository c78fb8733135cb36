/** Deterministic pseudo-random numbers for tests: the same seed gives the same sequence on every machine (splitmix64). */
export class SeededRandom {
  #state: bigint;

  constructor(seed: number | bigint) {
    this.#state = BigInt.asUintN(64, BigInt(seed));
  }

  #next(): bigint {
    this.#state = BigInt.asUintN(64, this.#state + 0x9e3779b97f4a7c15n);
    let z = this.#state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  }

  /** An unsigned integer of at most `bits` bits. */
  bits(bits: number): bigint {
    let value = 0n;
    for (let have = 0; have < bits; have += 64) value = (value << 64n) | this.#next();
    return BigInt.asUintN(bits, value);
  }

  /** An integer in [0, below). */
  below(below: number): number {
    return Number(this.bits(64) % BigInt(below));
  }

  /** A bigint in [from, to]. */
  between(from: bigint, to: bigint): bigint {
    return from + (this.bits(128) % (to - from + 1n));
  }

  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (items.length === 0 || item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }
}
