import { concatBytes } from "@ethereumjs/util";
import { type Database, keySpace, numberFromKey, numberKey, type Write } from "../../state/database.ts";
import type { Block } from "../../state/evm/block-store.ts";
import { minBaseFeeWei } from "../../state/evm/chain-rules.ts";
import type { ContractLane } from "../../state/evm/contract-lane.ts";
import type { KeyRecoverer } from "../../state/evm/key-recovery.ts";
import {
  requireFunds,
  requireNonceNotUsed,
  SignedTransaction,
  TransactionError,
} from "../../state/evm/transaction.ts";
import type { Address, Hex } from "../../state/evm/types.ts";
import { Listeners } from "../../state/listeners.ts";
import { type Evictable, EvictionQueue } from "./eviction.ts";
import { PriceQueue } from "./price-queue.ts";

/**
 * Transactions of the contract lane that wait for a block. Each is on the disk before its sender gets the hash,
 * so an acknowledged transaction survives `kill -9`. Error texts are geth's: wallets match on them.
 */

const maxPooledTransactions = 50_000;
const maxTransactionsPerSender = 2_048;
/** Percent of the old price that a replacement must offer at least, for fee cap and tip (geth's price bump). */
const replacementPercent = 110n;

const pool = keySpace("contract-pool"); // arrival -> sender (20 bytes), raw transaction
const addressBytes = 20;

/** What no batch or no block could ever take is refused: it would wait for ever. */
export interface TransactionLimits {
  readonly maxBytes: number;
  readonly maxGas: bigint;
  /** Of all senders together; more push out the ones that pay least. */
  readonly maxTransactions?: number;
}

interface Pooled {
  readonly transaction: SignedTransaction;
  readonly arrival: number;
}

interface Sender {
  /** Nonce and balance as they are after this block. */
  asOfBlock: number;
  nonce: bigint;
  balanceWei: bigint;
  /** What all that waits costs at most. */
  queuedWei: bigint;
  readonly byNonce: Map<bigint, Pooled>;
}

/** What waits of one sender: `pending` can run one after the other, `queued` lies behind a gap in the nonces. */
export interface SenderContent {
  readonly sender: Address;
  readonly pending: readonly SignedTransaction[];
  readonly queued: readonly SignedTransaction[];
}

export class ContractMempool {
  /** Told of every accepted transaction once it is on the disk. */
  readonly added = new Listeners<SignedTransaction>();
  readonly #database: Database;
  readonly #lane: ContractLane;
  readonly #limits: TransactionLimits;
  readonly #recover: KeyRecoverer | undefined;
  readonly #senders = new Map<Address, Sender>();
  readonly #byHash = new Map<Hex, Pooled>();
  #nextArrival = 0;
  #hasLeftOut = false;
  #unwritten: Write[] = [];
  #writing: Promise<void> | undefined;
  readonly #eviction = new EvictionQueue({
    candidates: () => this.#lastOfSenders(),
    isLast: (transaction) => this.#isLast(transaction),
  });

  private constructor(
    database: Database,
    lane: ContractLane,
    limits: TransactionLimits,
    recover: KeyRecoverer | undefined,
  ) {
    this.#database = database;
    this.#lane = lane;
    this.#limits = limits;
    this.#recover = recover;
  }

  /** Opens the pool with what was acknowledged and is in no block yet. Without `recover`, this thread recovers senders. */
  static async open(
    database: Database,
    lane: ContractLane,
    limits: TransactionLimits = { maxBytes: Number.POSITIVE_INFINITY, maxGas: lane.blockGasLimit },
    recover?: KeyRecoverer,
  ): Promise<ContractMempool> {
    const mempool = new ContractMempool(database, lane, limits, recover);
    const stale: Write[] = [];
    for await (const [key, value] of database.range(pool)) {
      const arrival = numberFromKey(key);
      mempool.#nextArrival = arrival + 1;
      const transaction = stored(value, lane);
      const sender = await mempool.#sender(transaction.sender);
      if (transaction.nonce < sender.nonce) stale.push({ space: pool, key, value: undefined });
      else mempool.#insert(sender, { transaction, arrival });
    }
    for (const [address, sender] of mempool.#senders) mempool.#forgetIfIdle(address, sender);
    await database.write(stale);
    return mempool;
  }

  get size(): number {
    return this.#byHash.size;
  }

  get(hash: Hex): SignedTransaction | undefined {
    return this.#byHash.get(hash)?.transaction;
  }

  /** Accepts a raw transaction and returns its hash once it is on the disk. Throws `TransactionError`. */
  async add(raw: Uint8Array): Promise<Hex> {
    const transaction = await this.#lane.decode(raw, this.#recover);
    if (this.#byHash.has(transaction.hash)) throw new TransactionError("ALREADY_KNOWN", "already known");
    const sender = await this.#sender(transaction.sender);
    // No await from here to the insertion: two transactions with one nonce must not both pass.
    try {
      this.#requireAcceptable(transaction, sender);
    } catch (error) {
      this.#forgetIfIdle(transaction.sender, sender);
      throw error;
    }
    const replaced = sender.byNonce.get(transaction.nonce);
    const evicted = replaced ?? this.#makeRoom(transaction);
    if (evicted !== undefined) this.#remove(evicted);
    const pooled = { transaction, arrival: this.#nextArrival++ };
    this.#senders.set(transaction.sender, sender);
    this.#insert(sender, pooled);
    const writes = [put(pooled), ...(evicted === undefined ? [] : [del(evicted)])];
    try {
      await this.#write(writes);
    } catch (error) {
      this.#remove(pooled);
      throw error;
    }
    this.added.tell(transaction);
    return transaction.hash;
  }

  /** Whether a block built now could contain something of the pool. */
  hasExecutable(): boolean {
    const baseFeeWei = this.#lane.nextBaseFeeWei;
    for (const sender of this.#senders.values()) {
      const first = sender.byNonce.get(sender.nonce);
      if (first !== undefined && first.transaction.maxFeePerGasWei >= baseFeeWei) return true;
    }
    return false;
  }

  /**
   * The best-paying transactions that can run one after another in the next block, at most `maxBytes` of them
   * and not more than a block of gas. They stay in the pool until `onBlock` reports what became of them.
   */
  take(maxBytes: number = Number.POSITIVE_INFINITY): SignedTransaction[] {
    const baseFeeWei = this.#lane.nextBaseFeeWei;
    const queue = new PriceQueue(baseFeeWei);
    for (const sender of this.#senders.values()) queue.offer(sender.byNonce.get(sender.nonce));
    const taken: SignedTransaction[] = [];
    this.#hasLeftOut = false;
    let gasLeft = this.#limits.maxGas;
    let bytesLeft = maxBytes;
    for (let best = queue.pop(); best !== undefined; best = queue.pop()) {
      const { transaction } = best;
      const { gasLimit } = transaction.decoded;
      // What does not fit is left out with all that follows from its sender; cheaper ones may still fit.
      if (gasLimit > gasLeft || transaction.size > bytesLeft) {
        this.#hasLeftOut = true;
        continue;
      }
      gasLeft -= gasLimit;
      bytesLeft -= transaction.size;
      taken.push(transaction);
      queue.offer(this.#senders.get(transaction.sender)?.byNonce.get(transaction.nonce + 1n));
    }
    return taken;
  }

  /** The last `take` found more than there was room for. */
  get hasLeftOut(): boolean {
    return this.#hasLeftOut;
  }

  /** Forgets what a committed block contains or rejected, and takes over the new nonces and balances. */
  async onBlock(block: Block, rejected: readonly { readonly hash: Hex }[]): Promise<void> {
    const gone = [...block.transactions, ...rejected].flatMap(({ hash }) => this.#byHash.get(hash) ?? []);
    const touched = new Set(gone.map(({ transaction }) => transaction.sender));
    for (const { sender } of block.transactions) if (this.#senders.has(sender)) touched.add(sender);
    for (const pooled of gone) this.#remove(pooled);
    const writes = gone.map(del);
    for (const address of touched) {
      if (!this.#senders.has(address)) continue;
      const sender = await this.#sender(address);
      for (const pooled of [...sender.byNonce.values()]) {
        if (pooled.transaction.nonce >= sender.nonce) continue;
        this.#remove(pooled);
        writes.push(del(pooled));
      }
    }
    await this.#write(writes);
  }

  /** The nonce that the next transaction of an account should have (`pending`). */
  async pendingNonce(address: Address): Promise<bigint> {
    const state = await this.#lane.getNonce(address);
    const sender = this.#senders.get(address);
    if (sender === undefined) return state;
    let nonce = state;
    if (nonce < sender.nonce) nonce = sender.nonce;
    while (sender.byNonce.has(nonce)) nonce += 1n;
    return nonce;
  }

  /** All that waits, or what waits of one sender. */
  content(only?: Address): SenderContent[] {
    const wanted = only === undefined ? [...this.#senders] : [[only, this.#senders.get(only)] as const];
    return wanted.flatMap(([address, sender]) => (sender === undefined ? [] : [contentOf(address, sender)]));
  }

  counts(): { readonly pending: number; readonly queued: number } {
    let pending = 0;
    for (const { byNonce, nonce } of this.#senders.values()) {
      for (let next = nonce; byNonce.has(next); next++) pending += 1;
    }
    return { pending, queued: this.#byHash.size - pending };
  }

  #requireAcceptable(transaction: SignedTransaction, sender: Sender): void {
    if (this.#byHash.has(transaction.hash)) throw new TransactionError("ALREADY_KNOWN", "already known");
    const { gasLimit } = transaction.decoded;
    const { maxGas, maxBytes } = this.#limits;
    if (gasLimit > maxGas) {
      throw new TransactionError(
        "GAS_LIMIT_EXCEEDED",
        `exceeds block gas limit: tx gas ${gasLimit}, a block has ${maxGas} for one transaction`,
      );
    }
    if (transaction.size > maxBytes) {
      throw new TransactionError(
        "OVERSIZED",
        `oversized data: transaction size ${transaction.size}, limit ${maxBytes}`,
      );
    }
    requireNonceNotUsed(transaction, sender.nonce);
    // Above the floor the base fee comes and goes, and the transaction waits for it. Below it nothing ever runs.
    if (transaction.maxFeePerGasWei < minBaseFeeWei) {
      throw new TransactionError(
        "FEE_CAP_TOO_LOW",
        `max fee per gas less than block base fee: address ${transaction.sender}, maxFeePerGas: ` +
          `${transaction.maxFeePerGasWei} baseFee: ${this.#lane.nextBaseFeeWei}`,
      );
    }
    requireFunds(transaction, sender.balanceWei);
    requireTotalFunds(transaction, sender);
    const old = sender.byNonce.get(transaction.nonce);
    if (old !== undefined) requirePriceBump(old.transaction, transaction);
    else if (sender.byNonce.size >= maxTransactionsPerSender) {
      throw new TransactionError(
        "POOL_FULL",
        `account limit exceeded: ${maxTransactionsPerSender} transactions wait`,
      );
    }
  }

  #makeRoom(newcomer: SignedTransaction): Pooled | undefined {
    const limit = this.#limits.maxTransactions ?? maxPooledTransactions;
    return this.#byHash.size < limit ? undefined : this.#eviction.makeRoomFor(newcomer);
  }

  #lastOfSenders(): Evictable[] {
    return [...this.#senders.values()].flatMap((sender) => {
      let offer: Pooled | undefined;
      for (const pooled of sender.byNonce.values()) {
        if (offer === undefined || pooled.transaction.nonce > offer.transaction.nonce) offer = pooled;
      }
      if (offer === undefined) return [];
      const isStuck = offer.transaction.nonce >= sender.nonce + BigInt(sender.byNonce.size);
      return [{ offer, isStuck }];
    });
  }

  /** Whether it still waits, and nothing of its sender comes after it. */
  #isLast({ sender, nonce, hash }: SignedTransaction): boolean {
    const waiting = this.#senders.get(sender)?.byNonce;
    if (waiting?.get(nonce)?.transaction.hash !== hash) return false;
    for (const other of waiting.keys()) if (other > nonce) return false;
    return true;
  }

  /** The sender's record, brought up to the newest block. */
  async #sender(address: Address): Promise<Sender> {
    for (;;) {
      const asOfBlock = this.#lane.head.number;
      const known = this.#senders.get(address);
      if (known?.asOfBlock === asOfBlock) return known;
      const state = await this.#lane.getAccount(address, asOfBlock);
      const sender = this.#senders.get(address) ?? {
        asOfBlock,
        ...state,
        queuedWei: 0n,
        byNonce: new Map<bigint, Pooled>(),
      };
      Object.assign(sender, state, { asOfBlock });
      this.#senders.set(address, sender);
    }
  }

  #insert(sender: Sender, pooled: Pooled): void {
    sender.byNonce.set(pooled.transaction.nonce, pooled);
    sender.queuedWei += pooled.transaction.maxCostWei;
    this.#byHash.set(pooled.transaction.hash, pooled);
  }

  #remove({ transaction }: Pooled): void {
    this.#byHash.delete(transaction.hash);
    const sender = this.#senders.get(transaction.sender);
    if (sender?.byNonce.get(transaction.nonce)?.transaction !== transaction) return;
    sender.byNonce.delete(transaction.nonce);
    sender.queuedWei -= transaction.maxCostWei;
    this.#forgetIfIdle(transaction.sender, sender);
  }

  #forgetIfIdle(address: Address, sender: Sender): void {
    if (sender.byNonce.size === 0 && this.#senders.get(address) === sender) this.#senders.delete(address);
  }

  /** Transactions that arrive together share one synced write. */
  #write(writes: readonly Write[]): Promise<void> {
    this.#unwritten.push(...writes);
    this.#writing ??= Promise.resolve().then(() => {
      const batch = this.#unwritten;
      this.#unwritten = [];
      this.#writing = undefined;
      return this.#database.write(batch);
    });
    return this.#writing;
  }
}

function contentOf(address: Address, { byNonce, nonce }: Sender): SenderContent {
  const waiting = [...byNonce.values()].map(({ transaction }) => transaction);
  waiting.sort((a, b) => (a.nonce < b.nonce ? -1 : 1));
  let next = nonce;
  const pending = waiting.filter((transaction) => {
    if (transaction.nonce !== next) return false;
    next += 1n;
    return true;
  });
  return { sender: address, pending, queued: waiting.slice(pending.length) };
}

function requireTotalFunds(transaction: SignedTransaction, sender: Sender): void {
  const replaced = sender.byNonce.get(transaction.nonce)?.transaction.maxCostWei ?? 0n;
  const queuedWei = sender.queuedWei - replaced;
  if (sender.balanceWei >= queuedWei + transaction.maxCostWei) return;
  throw new TransactionError(
    "INSUFFICIENT_FUNDS",
    `insufficient funds for gas * price + value: balance ${sender.balanceWei}, queued cost ${queuedWei}, ` +
      `tx cost ${transaction.maxCostWei}`,
  );
}

function requirePriceBump(old: SignedTransaction, next: SignedTransaction): void {
  const isEnough = (before: bigint, after: bigint) => after * 100n >= before * replacementPercent;
  if (
    isEnough(old.maxFeePerGasWei, next.maxFeePerGasWei) &&
    isEnough(old.maxPriorityFeePerGasWei, next.maxPriorityFeePerGasWei) &&
    next.maxFeePerGasWei > old.maxFeePerGasWei
  ) {
    return;
  }
  throw new TransactionError(
    "REPLACEMENT_UNDERPRICED",
    `replacement transaction underpriced: offer ${replacementPercent}% of fee cap ${old.maxFeePerGasWei} ` +
      `and tip ${old.maxPriorityFeePerGasWei}`,
  );
}

/**
 * Puts transactions of blocks that are taken back before all that waits, in their order. To be written while no pool is open.
 * Which of them can still run, the next blocks find out.
 */
export async function requeueTransactions(
  database: Database,
  lane: ContractLane,
  transactions: readonly SignedTransaction[],
): Promise<Write[]> {
  if (transactions.length === 0) return [];
  const known = new Set(transactions.map(({ hash }) => hash));
  const waiting: SignedTransaction[] = [];
  const writes: Write[] = [];
  for await (const [key, value] of database.range(pool)) {
    writes.push({ space: pool, key, value: undefined });
    const transaction = stored(value, lane);
    if (!known.has(transaction.hash)) waiting.push(transaction);
  }
  const ordered = [...transactions, ...waiting];
  return [...writes, ...ordered.map((transaction, arrival) => put({ transaction, arrival }))];
}

function put({ transaction, arrival }: Pooled): Write {
  const value = concatBytes(Buffer.from(transaction.sender.slice(2), "hex"), transaction.raw);
  return { space: pool, key: numberKey(arrival), value };
}

function del({ arrival }: Pooled): Write {
  return { space: pool, key: numberKey(arrival), value: undefined };
}

function stored(value: Uint8Array, lane: ContractLane): SignedTransaction {
  const sender: Address = `0x${Buffer.from(value.subarray(0, addressBytes)).toString("hex")}`;
  return SignedTransaction.fromStore(sender, value.slice(addressBytes), lane.rules);
}
