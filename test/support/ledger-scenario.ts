import { keccak_256 } from "@noble/hashes/sha3.js";
import {
  type Applied,
  applyToBatch,
  closeBatch,
  contextOf,
  hasRoomFor,
  type OpenBatch,
  openBatch,
} from "../../state/ledger/batch.ts";
import {
  CELL_TAG,
  type Cell,
  decodeAccount,
  decodeModel,
  decodeTask,
  TASK_MONEY,
  TASK_TERMS,
  tagOf,
  unitsHeldBy,
} from "../../state/ledger/cells.ts";
import {
  type PrivateKey,
  type PublicKey,
  privateKeyFromSeed,
  publicKeyOf,
  sign,
} from "../../state/ledger/eddsa.ts";
import { fromBytes32 } from "../../state/ledger/field.ts";
import { RULES } from "../../state/ledger/kinds/index.ts";
import { type GenesisAccounts, Ledger } from "../../state/ledger/ledger.ts";
import {
  isCreating,
  type LedgerOp,
  type OpParts,
  opFields,
  opWords,
  type PriorityOp,
  type SignedOp,
} from "../../state/ledger/operation.ts";
import { pack } from "../../state/ledger/packing.ts";
import { BATCH_SIZES, type BatchSize } from "../../state/ledger/sizes.ts";
import { domainOf } from "../../state/ledger/stream.ts";
import { messageOf, type SignatureVerifier } from "../../state/ledger/transition.ts";
import { MapStore } from "./map-store.ts";

/** A person of the tests: a key pair and an L1 address, both functions of the name. */
export interface Actor {
  readonly name: string;
  readonly key: PrivateKey;
  readonly publicKey: PublicKey;
  readonly l1Address: bigint;
}

const actorsByName = new Map<string, Actor>();
const actorsByPubX = new Map<bigint, Actor>();

const digest = (text: string): Uint8Array => keccak_256(new TextEncoder().encode(text));

export function actor(name: string): Actor {
  const known = actorsByName.get(name);
  if (known !== undefined) return known;
  const key = privateKeyFromSeed(digest(`test actor: ${name}`));
  const made = {
    name,
    key,
    publicKey: publicKeyOf(key),
    l1Address: fromBytes32(digest(`test l1 address: ${name}`)) >> 96n,
  };
  actorsByName.set(name, made);
  actorsByPubX.set(made.publicKey.x, made);
  return made;
}

const identityOf = ({ publicKey, l1Address }: Actor) => ({ l1Address, pubX: publicKey.x, pubY: publicKey.y });

/** The reserved accounts of every test ledger; tests hold their keys. */
export const genesisAccounts = (): GenesisAccounts => ({
  operator: identityOf(actor("operator")),
  treasury: identityOf(actor("treasury")),
  gateway: identityOf(actor("gateway")),
  governor: identityOf(actor("governor")),
});

export const TEST_DOMAIN = domainOf(31337n, 0x5fbdb2315678afecb367f032d93f642f64180aa3n);
export const TEST_START_SECONDS = 1_800_000_000n;

export interface ScenarioOptions {
  readonly size?: BatchSize;
  /** Starts with this many cells handed out; those beyond the reserved accounts are empty. For full-tree tests. */
  readonly cellCount?: number;
  readonly timeSeconds?: bigint;
}

export interface SignOptions {
  readonly nonce?: bigint;
  readonly maxFeeUnits?: bigint;
  readonly validUntil?: bigint;
  readonly key?: PrivateKey;
  readonly domain?: bigint;
}

export interface PostedTask {
  readonly verifier: number;
  readonly model?: number;
  readonly kind?: bigint;
  readonly flags?: bigint;
  readonly deadline?: bigint;
  readonly window?: bigint;
  /** The model's, unless given. */
  readonly share?: bigint;
  readonly reward?: bigint;
  readonly bond?: bigint;
  readonly verifierFee?: bigint;
}

/** A ledger over a store in memory, with one open batch, and builders for the ops that go into it. */
export class LedgerScenario {
  readonly size: BatchSize;
  readonly domain = TEST_DOMAIN;
  readonly store: MapStore;
  readonly ledger: Ledger;
  /** Cells that hold something, in the order of their creation. */
  readonly ids: number[];
  batch: OpenBatch;
  /** Deposited so far: what the home vault holds, before withdrawals. */
  depositedUnits = 0n;
  withdrawnUnits = 0n;

  constructor(options: ScenarioOptions = {}, from?: LedgerScenario) {
    this.size = options.size ?? BATCH_SIZES.test;
    this.store = new MapStore(from?.store);
    this.ledger =
      from === undefined
        ? Ledger.genesis(this.size, genesisAccounts(), this.store)
        : new Ledger(this.size, this.store, from.ledger.cellCount);
    this.ids = from === undefined ? [1, 2, 3, 4] : [...from.ids];
    if (options.cellCount !== undefined) this.ledger.cellCount = options.cellCount;
    const time = options.timeSeconds ?? from?.batch.timeSeconds ?? TEST_START_SECONDS;
    this.batch = openBatch(this.ledger, from?.batch.number ?? 1n, time);
    this.depositedUnits = from?.depositedUnits ?? 0n;
    this.withdrawnUnits = from?.withdrawnUnits ?? 0n;
    this.store.save(this.ledger.tree);
  }

  /** An independent copy, for looking at both "before" and "after". Only between batches: the store has whole batches. */
  fork(): LedgerScenario {
    if (this.batch.ops.length > 0) throw new Error("fork before the first op of a batch");
    return new LedgerScenario({ size: this.size }, this);
  }

  get timeSeconds(): bigint {
    return this.batch.timeSeconds;
  }

  get context() {
    return contextOf(this.ledger, this.domain, this.batch.timeSeconds);
  }

  /** Closes the open batch, saves, and opens the next one; returns the closed batch. */
  nextBatch(secondsLater = 1n): OpenBatch {
    const closed = this.batch;
    closeBatch(this.ledger, closed);
    this.store.save(this.ledger.tree);
    this.batch = openBatch(this.ledger, closed.number + 1n, closed.timeSeconds + secondsLater);
    return closed;
  }

  hasRoomFor(op: LedgerOp): boolean {
    return hasRoomFor(this.batch, op, this.ledger, this.size);
  }

  /** Applies an op to the open batch and keeps count of what came from and left for the home chain. */
  apply(op: LedgerOp, verifySignature?: SignatureVerifier): Applied {
    const applied = applyToBatch(this.ledger, this.batch, op, this.domain, verifySignature);
    const { kind, amountUnits } = opFields(op.words);
    // The home queue takes no depositToEvm that can turn out invalid; an invalid one of a test brings nothing in.
    if (kind === "deposit" || (kind === "depositToEvm" && applied.valid)) this.depositedUnits += amountUnits;
    if (!applied.valid) {
      if (kind === "deposit") this.withdrawnUnits += amountUnits;
      return applied;
    }
    const { transition } = applied;
    this.withdrawnUnits += transition.change.withdrawal?.units ?? 0n;
    if (transition.isFresh) this.ids.push(transition.op.object);
    return applied;
  }

  /** Signs as account `sender` with its next nonce (a voucher has 0), over the cells as they are now. */
  signed(sender: number, parts: Omit<OpParts, "sender">, options: SignOptions = {}): SignedOp {
    const account = this.account(sender);
    const key = options.key ?? this.keyOf(sender);
    const object = parts.object ?? (isCreating(parts.kind) ? this.ledger.cellCount : 0);
    const words = opWords({ ...this.#namedByDefault(parts, object, false), ...parts, sender, object });
    const terms = {
      nonce: options.nonce ?? (RULES.get(parts.kind)?.isVoucher ? 0n : account.nonce),
      maxFeeUnits: options.maxFeeUnits ?? parts.feeUnits ?? 0n,
      validUntil: options.validUntil ?? this.timeSeconds + 3_600n,
    };
    const message = messageOf(words, terms, { ...this.context, domain: options.domain ?? this.domain });
    return { words, authorization: { ...terms, signature: sign(key, message) } };
  }

  /** An op from the home queue; the caller defaults to the sender's l1Address, the object of creating kinds to the next cell. */
  priority(parts: OpParts, caller?: bigint): PriorityOp {
    const object = parts.object ?? (isCreating(parts.kind) ? this.ledger.cellCount : 0);
    const words = opWords({ ...this.#namedByDefault(parts, object, true), ...parts, object });
    const senders = this.ledger.cell(parts.sender ?? 0)[1] & ((1n << 160n) - 1n);
    return { words, caller: caller ?? senders, queuedAt: this.timeSeconds - 10n };
  }

  /** What an op on a task says about it unless the test says otherwise: its identity if queued, its input if claimed. */
  #namedByDefault({ kind }: Pick<OpParts, "kind">, object: number, isQueued: boolean): Partial<OpParts> {
    const [, terms, money, content] = this.ledger.cell(object);
    if (RULES.get(kind)?.isOnTask !== true) return {};
    return {
      ...(isQueued ? { w1: terms, w2: money } : {}),
      ...(kind === "claimTask" ? { w3: content } : {}),
    };
  }

  /** A noop as the sequencer may include it; it needs no signature, so its authorization is all zeros. */
  unsignedNoop(): SignedOp {
    const signature = { r8x: 0n, r8y: 0n, s: 0n };
    return {
      words: [0n, 0n, 0n, 0n],
      authorization: { nonce: 0n, maxFeeUnits: 0n, validUntil: 0n, signature },
    };
  }

  /** A deposit to an actor's account, in the cell `object` (the next one unless given). */
  deposit(to: Actor, amountUnits: bigint, object?: number): PriorityOp {
    const { l1Address, pubX, pubY } = identityOf(to);
    const cell = object ?? this.ledger.cellCount;
    return this.priority(
      { kind: "deposit", object: cell, amountUnits, w1: l1Address, w2: pubX, w3: pubY },
      l1Address,
    );
  }

  /** Deposits in a batch of its own, closes it, and returns the account's id: the existing one, or a new one. */
  fund(name: string, amountUnits: bigint): number {
    const to = actor(name);
    const existing = this.ids.find((id) => {
      const cell = this.ledger.cell(id);
      return (
        id !== 3 && tagOf(cell) === CELL_TAG.account && cell[1] === to.l1Address && cell[2] === to.publicKey.x
      );
    });
    const id = existing ?? this.ledger.cellCount;
    const applied = this.apply(this.deposit(to, amountUnits, id));
    if (!applied.valid) throw applied.reason;
    this.nextBatch(0n);
    return id;
  }

  account(id: number) {
    return decodeAccount(this.#cellOf(id, CELL_TAG.account));
  }

  model(id: number) {
    return decodeModel(this.#cellOf(id, CELL_TAG.model));
  }

  task(id: number) {
    return decodeTask(this.#cellOf(id, CELL_TAG.task));
  }

  /** The key that owns an account made for an actor. */
  keyOf(account: number): PrivateKey {
    const known = actorsByPubX.get(this.account(account).pubX);
    if (known === undefined) throw new Error(`no actor of the tests owns cell ${account}`);
    return known.key;
  }

  /** The two packed words of a posted task. */
  taskWords(task: PostedTask): { w1: bigint; w2: bigint } {
    const model = this.ledger.cell(task.model ?? 0);
    return {
      w1: pack(TASK_TERMS, {
        verifier: BigInt(task.verifier),
        model: BigInt(task.model ?? 0),
        share: task.share ?? (tagOf(model) === CELL_TAG.model ? decodeModel(model).share : 0n),
        kind: task.kind ?? 2n,
        flags: task.flags ?? 0n,
        deadline: task.deadline ?? this.timeSeconds + 600n,
        window: task.window ?? 300n,
      }),
      w2: pack(TASK_MONEY, {
        reward: task.reward ?? 1_000_003n,
        bond: task.bond ?? 500_001n,
        verifierFee: task.verifierFee ?? 70_007n,
      }),
    };
  }

  /** Units in cells and in the running totals of the open batch (docs/LEDGER.md, section 8, without withdrawals). */
  unitsInLedger(): bigint {
    const held = this.ids.reduce((sum, id) => sum + unitsHeldBy(this.ledger.cell(id)), 0n);
    return held + this.batch.feeUnits + this.batch.treasuryUnits;
  }

  #cellOf(id: number, tag: bigint): Cell {
    const cell = this.ledger.cell(id);
    if (tagOf(cell) !== tag) throw new Error(`cell ${id} has tag ${tagOf(cell)}, not ${tag}`);
    return cell;
  }
}
