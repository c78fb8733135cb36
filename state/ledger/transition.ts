import { CELL_TAG, type Cell, decodeAccount, EMPTY_CELL, encodeAccount, tagOf } from "./cells.ts";
import { type PublicKey, type Signature, verify } from "./eddsa.ts";
import { demand, LedgerError } from "./errors.ts";
import { fitsBits } from "./field.ts";
import { RULES } from "./kinds/index.ts";
import { AUTH, type NamedIdentities, signedMessage } from "./message.ts";
import {
  demandWordRanges,
  HEAD,
  isCreating,
  isSigned,
  type LedgerOp,
  type OpFields,
  type OpWords,
  opFields,
  type SignedOp,
} from "./operation.ts";
import {
  type CellReader,
  type Change,
  demandAccount,
  demandModel,
  type OpPart,
  type Rule,
  type Slots,
} from "./rule.ts";

const MAX_NONCE = 0xffffffffn;

/** What an op is judged against. */
export interface TransitionContext {
  readonly domain: bigint;
  /** T, the time of the batch. */
  readonly timeSeconds: bigint;
  readonly cellCount: number;
  readonly capacity: number;
  readonly read: CellReader;
}

export type SignatureVerifier = (key: PublicKey, message: bigint, signature: Signature) => boolean;

/** Everything a valid op does. */
export interface Transition {
  readonly op: OpFields;
  readonly slots: Slots;
  readonly change: Change;
  /** The op takes the next never-used cell. */
  readonly isFresh: boolean;
}

/** The rule of an op's kind. Throws if there is none. */
export function ruleOf(op: OpFields): Rule {
  const rule = op.kind === undefined ? undefined : RULES.get(op.kind);
  if (rule === undefined) {
    throw new LedgerError(
      "unknown-kind",
      `operations of kind ${op.kind ?? op.code} are not executable in this version`,
      [...RULES.keys()].join(", "),
      op.kind ?? String(op.code),
    );
  }
  return rule;
}

/** Cells that an op reads, valid or not: the sequencer counts them, and the circuit opens them. */
export function slotsOf(
  op: OpFields,
  { read, capacity }: Pick<TransitionContext, "read" | "capacity">,
): Slots {
  const rule = op.kind === undefined ? undefined : RULES.get(op.kind);
  if (rule === undefined) return { sender: 0, object: 0, party: 0, model: 0 };
  const inRange = (id: number | undefined): number => (id !== undefined && id < capacity ? id : 0);
  const { object, party, model } = rule.slots(op, (id) => (inRange(id) === 0 ? EMPTY_CELL : read(id)));
  return {
    sender: rule.parts.includes("sender") ? inRange(op.sender) : 0,
    object: inRange(object),
    party: inRange(party),
    model: inRange(model),
  };
}

const PART_VALUE: Record<OpPart, (op: OpFields) => bigint> = {
  sender: (op) => BigInt(op.sender),
  object: (op) => BigInt(op.object),
  fee: (op) => op.feeUnits,
  amount: (op) => op.amountUnits,
  param: (op) => op.param,
  w1: (op) => op.w1,
  w2: (op) => op.w2,
  w3: (op) => op.w3,
};

/** Parts in which a queued op names its task. */
const TASK_IDENTITY: readonly OpPart[] = ["w1", "w2"];

function demandUnusedPartsZero(op: OpFields, rule: Rule, namesTask: boolean): void {
  for (const name of Object.keys(PART_VALUE) as OpPart[]) {
    if (rule.parts.includes(name) || (namesTask && TASK_IDENTITY.includes(name))) continue;
    const value = PART_VALUE[name](op);
    demand(value === 0n, "unused-part-set", `${rule.kind} does not use ${name}: it must be 0`, 0, value);
  }
}

/** The message of a signed op over the cells as `read` sees them. */
export function messageOf(
  words: OpWords,
  authorization: { nonce: bigint; maxFeeUnits: bigint; validUntil: bigint },
  context: Pick<TransitionContext, "domain" | "read" | "capacity">,
): bigint {
  const op = opFields(words);
  const rule = ruleOf(op);
  const slots = slotsOf(op, context);
  const cell = (id: number): Cell => (id === 0 ? EMPTY_CELL : context.read(id));
  const creates = isCreating(op.kind);
  const named: NamedIdentities = {
    sender: cell(slots.sender)[1],
    object: creates ? 0n : cell(slots.object)[1],
    detail: rule.signedDetail?.({ object: cell(slots.object), model: cell(slots.model) }) ?? 0n,
    party: cell(slots.party)[1],
    partyKey: cell(slots.party)[2],
    model: cell(slots.model)[1],
  };
  return signedMessage(context.domain, words, op, authorization, named);
}

/** The parts of the signed message that are in no word have ranges of their own. */
const demandPackable = (value: bigint, bits: number, name: string): void =>
  demand(fitsBits(value, bits), "out-of-range", `${name} is too large`, `below 2^${bits}`, value);

function demandAuthorization(
  { words, authorization }: SignedOp,
  op: OpFields,
  sender: { nonce: bigint; pubX: bigint; pubY: bigint },
  context: TransitionContext,
  verifySignature: SignatureVerifier,
): void {
  const { nonce, maxFeeUnits, validUntil, signature } = authorization;
  demandPackable(maxFeeUnits, HEAD.fields.fee.bits, "the signed maximum fee");
  demandPackable(validUntil, AUTH.fields.validUntil.bits, "validUntil");
  const expectedNonce = ruleOf(op).isVoucher ? 0n : sender.nonce;
  demand(
    nonce === expectedNonce,
    "wrong-nonce",
    "the nonce is not the sender's next one (a voucher's is 0)",
    expectedNonce,
    nonce,
  );
  demand(
    op.feeUnits <= maxFeeUnits,
    "fee-above-maximum",
    "the fee exceeds the signed maximum",
    `at most ${maxFeeUnits}`,
    op.feeUnits,
  );
  demand(
    context.timeSeconds <= validUntil,
    "expired",
    "validUntil is over",
    `at least ${context.timeSeconds}`,
    validUntil,
  );
  const message = messageOf(words, authorization, context);
  demand(
    verifySignature({ x: sender.pubX, y: sender.pubY }, message, signature),
    "wrong-signature",
    "the signature does not match: check key, domain, and that every named cell is as it was when signed",
    `a signature of ${message} by the key with x ${sender.pubX}`,
    "another one",
  );
}

/**
 * Judges an op and says what it changes, changing nothing. Throws a LedgerError with the first condition that fails.
 * Source: docs/LEDGER.md, sections 3 and 4. The circuit (phases authorize and execute) enforces the same conditions.
 */
export function transitionOf(
  ledgerOp: LedgerOp,
  context: TransitionContext,
  verifySignature: SignatureVerifier = verify,
): Transition {
  const { words } = ledgerOp;
  demandWordRanges(words);
  const op = opFields(words);
  const rule = ruleOf(op);
  const slots = slotsOf(op, context);
  const cell = (id: number): Cell => (id === 0 ? EMPTY_CELL : context.read(id));
  const cells = { object: cell(slots.object), party: cell(slots.party), model: cell(slots.model) };
  const senderCell = cell(slots.sender);
  const sender = decodeAccount(senderCell);

  // First of all, because it is the one condition without a computed no-op.
  const isFresh = isCreating(op.kind) && demandPlacement(op, rule, cells, context);
  const namesTask = rule.isOnTask === true && !isSigned(ledgerOp);
  demandUnusedPartsZero(op, rule, namesTask);

  if (rule.parts.includes("sender")) {
    demand(
      tagOf(senderCell) === CELL_TAG.account,
      "unknown-sender",
      `cell ${op.sender}, named as the sender, is not an account`,
      "an account",
      op.sender,
    );
    if (isSigned(ledgerOp)) demandAuthorization(ledgerOp, op, sender, context, verifySignature);
    else {
      const { caller } = ledgerOp;
      demand(
        caller === sender.l1Address,
        "wrong-caller",
        "only the sender's l1Address may queue its operations",
        sender.l1Address,
        caller,
      );
    }
    demand(
      rule.isVoucher === true || sender.nonce < MAX_NONCE,
      "wrong-nonce",
      "the account's nonces are used up",
      MAX_NONCE,
      sender.nonce,
    );
  } else if (isSigned(ledgerOp) && op.kind !== "noop") {
    throw new LedgerError(
      "wrong-caller",
      `${op.kind} comes from the home chain's queue only`,
      "a queued operation",
      "a signed one",
    );
  }

  if (namesTask) {
    // The cell may hold another task by now than when the op was queued.
    const [, terms, money] = cells.object;
    demand(op.w1 === terms, "stale-task", "the cell holds a task with other terms than w1", terms, op.w1);
    demand(op.w2 === money, "stale-task", "the cell holds a task with other money than w2", money, op.w2);
  }
  if (slots.party !== 0 || op.kind === "postTask") {
    const id = slots.party;
    demandAccount(
      cells.party,
      id,
      rule.kind === "postTask" || rule.kind === "claimTask" ? "verifier" : "payee",
    );
  }
  if (slots.model !== 0) demandModel(cells.model, slots.model);

  const change = rule.execute({ op, timeSeconds: context.timeSeconds, sender, ...cells, isFresh });
  const debit = debitOf(op, change, rule);
  demand(
    debit <= sender.balance || !rule.parts.includes("sender"),
    "insufficient-balance",
    "the sender's balance does not cover amount and fee",
    debit,
    sender.balance,
  );
  return { op, slots, change, isFresh };
}

/** What an op takes from its sender. A voucher's fee comes from the payout. */
const debitOf = (op: OpFields, change: Change, rule: Rule): bigint =>
  rule.isVoucher ? 0n : (change.debitUnits ?? 0n) + op.feeUnits;

/** True if the op takes the next never-used cell, false if it may use the cell it names. */
function demandPlacement(
  op: OpFields,
  rule: Rule,
  { object }: { object: Cell },
  context: TransitionContext,
): boolean {
  const isFresh = op.object === context.cellCount && context.cellCount < context.capacity;
  if (isFresh || rule.isPlacedIn?.(op, object)) return isFresh;
  demand(
    context.cellCount < context.capacity,
    "tree-full",
    "every cell of the ledger is taken",
    `below ${context.capacity}`,
    context.cellCount,
  );
  throw new LedgerError(
    "wrong-placement",
    "a new cell must be the next unused one",
    String(context.cellCount),
    String(op.object),
  );
}

/** The cells after a valid op, in place of those before; additive, so that slots may name the same account. */
export function applyTransition({ op, slots, change }: Transition, read: CellReader): Map<number, Cell> {
  const written = new Map<number, Cell>();
  const addBalance = (id: number, units: bigint, nonces: bigint): void => {
    const account = decodeAccount(written.get(id) ?? read(id));
    written.set(
      id,
      encodeAccount({ ...account, nonce: account.nonce + nonces, balance: account.balance + units }),
    );
  };
  const rule = ruleOf(op);
  if (slots.sender !== 0 && !rule.isVoucher) {
    addBalance(slots.sender, (change.senderCreditUnits ?? 0n) - debitOf(op, change, rule), 1n);
  }
  if (change.object !== undefined) written.set(slots.object, change.object);
  if (change.objectCreditUnits !== undefined) addBalance(slots.object, change.objectCreditUnits, 0n);
  if (change.partyCreditUnits !== undefined) addBalance(slots.party, change.partyCreditUnits, 0n);
  if (change.model !== undefined) written.set(slots.model, change.model);
  return written;
}
