import { type SignedTransaction, TransactionError } from "../../state/evm/transaction.ts";
import type { Offer } from "./price-queue.ts";

/** The last transaction of some sender. `isStuck`: a nonce before it is missing, so it cannot run. */
export interface Evictable {
  readonly offer: Offer;
  readonly isStuck: boolean;
}

export interface EvictionSource {
  /** The last transaction of every sender. */
  readonly candidates: () => Evictable[];
  /** Whether it still waits, and nothing of its sender comes after it. */
  readonly isLast: (transaction: SignedTransaction) => boolean;
}

/**
 * Who makes room in a full pool: a transaction behind a nonce gap, or else the one that pays least. Only the last of
 * a sender may go, since those after it would wait for ever. The order is made once and then used up, not kept up to
 * date with every arrival: looking at the whole pool for each one would cost too much while it is full.
 */
export class EvictionQueue {
  readonly #source: EvictionSource;
  /** The one to go first at the end. */
  #order: Evictable[] = [];

  constructor(source: EvictionSource) {
    this.#source = source;
  }

  /** Throws `TransactionError` when the newcomer does not pay enough to push anything out. */
  makeRoomFor(newcomer: SignedTransaction): Offer {
    const found = this.#pop(newcomer) ?? this.#popAfresh(newcomer);
    if (found === undefined) {
      throw new TransactionError("POOL_FULL", "txpool is full: send again after the next blocks");
    }
    const price = found.offer.transaction.maxFeePerGasWei;
    if (found.isStuck || newcomer.maxFeePerGasWei > price) return found.offer;
    this.#order.push(found);
    throw new TransactionError(
      "UNDERPRICED",
      `transaction underpriced: the pool is full, offer more than ${price} wei per gas`,
    );
  }

  #popAfresh(newcomer: SignedTransaction): Evictable | undefined {
    this.#order = this.#source.candidates().sort(lastFirst);
    return this.#pop(newcomer);
  }

  #pop(newcomer: SignedTransaction): Evictable | undefined {
    const spared: Evictable[] = [];
    let found: Evictable | undefined;
    while (found === undefined && this.#order.length > 0) {
      const next = this.#order.pop() as Evictable;
      const { transaction } = next.offer;
      if (!this.#source.isLast(transaction)) continue;
      // The newcomer would wait for it.
      const isBefore = transaction.sender === newcomer.sender && transaction.nonce < newcomer.nonce;
      if (isBefore) spared.push(next);
      else found = next;
    }
    this.#order.push(...spared);
    return found;
  }
}

function lastFirst(a: Evictable, b: Evictable): number {
  if (a.isStuck !== b.isStuck) return a.isStuck ? 1 : -1;
  const [left, right] = [a.offer.transaction.maxFeePerGasWei, b.offer.transaction.maxFeePerGasWei];
  return left === right ? a.offer.arrival - b.offer.arrival : left > right ? -1 : 1;
}
