import type { SignedTransaction } from "../../state/evm/transaction.ts";

/** One transaction waiting, with its place in the order of arrival. */
export interface Offer {
  readonly transaction: SignedTransaction;
  readonly arrival: number;
}

/** A binary heap of transactions: the highest tip at this base fee first, then the earliest. */
export class PriceQueue {
  readonly #baseFeeWei: bigint;
  readonly #heap: { offer: Offer; tipWei: bigint }[] = [];

  constructor(baseFeeWei: bigint) {
    this.#baseFeeWei = baseFeeWei;
  }

  /** Adds a transaction; one that does not reach the base fee, or undefined, is ignored. */
  offer(offer: Offer | undefined): void {
    if (offer === undefined) return;
    const tipWei = offer.transaction.tipWei(this.#baseFeeWei);
    if (tipWei < 0n) return;
    this.#heap.push({ offer, tipWei });
    let at = this.#heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Offer | undefined {
    const best = this.#heap[0];
    const last = this.#heap.pop();
    if (best === undefined || last === undefined || this.#heap.length === 0) return best?.offer;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= this.#heap.length) break;
      const child = left + 1 < this.#heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, at)) break;
      this.#swap(child, at);
      at = child;
    }
    return best.offer;
  }

  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return false;
    return a.tipWei === b.tipWei ? a.offer.arrival < b.offer.arrival : a.tipWei > b.tipWei;
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }
}
