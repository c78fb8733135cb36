import type { Signature } from "./eddsa.ts";
import { demand } from "./errors.ts";
import { fitsBits, isFieldElement } from "./field.ts";
import { layout, pack, part } from "./packing.ts";

/** Layout of an op's first word (docs/LEDGER.md, section 3). */
export const HEAD = layout([
  ["kind", 8],
  ["sender", 24],
  ["object", 24],
  ["fee", 48],
  ["amount", 64],
  ["param", 24],
]);

export const MODEL_PARAM = layout([
  ["share", 16],
  ["status", 8],
]);

/** `param` of withdraw: 0 is home, other numbers are mirrors. */
export const WITHDRAWAL_PARAM = layout([["chain", 8]]);
export const HOME_CHAIN = 0;

export const ADDRESS_BITS = 160;
const LANE_BITS = 224;
const MONEY_BITS = 192;

export const OP_CODE = {
  noop: 0,
  deposit: 1,
  depositToEvm: 2,
  transfer: 3,
  openAccount: 4,
  withdraw: 5,
  registerModel: 6,
  updateModel: 7,
  claimRevenue: 8,
  postTask: 9,
  claimTask: 10,
  submitResult: 11,
  settleTask: 12,
  drawTask: 13,
  expireTask: 14,
} as const;

export type OpKind = keyof typeof OP_CODE;

const KIND_OF_CODE = new Map<number, OpKind>(
  Object.entries(OP_CODE).map(([kind, code]) => [code, kind as OpKind]),
);

/** Kinds whose object is a new cell that the sequencer picks; the author leaves it 0. */
const CREATING_KINDS: ReadonlySet<OpKind> = new Set(["deposit", "openAccount", "registerModel", "postTask"]);

/** An operation as it stands in the stream: four words. */
export type OpWords = readonly [bigint, bigint, bigint, bigint];

export interface OpFields {
  readonly code: number;
  /** Undefined if the code names no kind. */
  readonly kind: OpKind | undefined;
  readonly sender: number;
  readonly object: number;
  readonly feeUnits: bigint;
  readonly amountUnits: bigint;
  readonly param: bigint;
  readonly w1: bigint;
  readonly w2: bigint;
  readonly w3: bigint;
}

/** What the author of a signed op adds to its words: it is checked, but not posted. */
export interface Authorization {
  readonly nonce: bigint;
  readonly maxFeeUnits: bigint;
  /** Last second at which the op may execute. */
  readonly validUntil: bigint;
  readonly signature: Signature;
}

export interface SignedOp {
  readonly words: OpWords;
  readonly authorization: Authorization;
}

/** An op from the home chain's queue; `caller` is the L1 address that queued it. */
export interface PriorityOp {
  readonly words: OpWords;
  readonly caller: bigint;
  /** L1 time of queueing, seconds. */
  readonly queuedAt: bigint;
}

export type LedgerOp = SignedOp | PriorityOp;

export const isSigned = (op: LedgerOp): op is SignedOp => "authorization" in op;

export const isCreating = (kind: OpKind | undefined): boolean =>
  kind !== undefined && CREATING_KINDS.has(kind);

export function opFields(words: OpWords): OpFields {
  const [w0, w1, w2, w3] = words;
  const code = Number(part(HEAD, w0, "kind"));
  return {
    code,
    kind: KIND_OF_CODE.get(code),
    sender: Number(part(HEAD, w0, "sender")),
    object: Number(part(HEAD, w0, "object")),
    feeUnits: part(HEAD, w0, "fee"),
    amountUnits: part(HEAD, w0, "amount"),
    param: part(HEAD, w0, "param"),
    w1,
    w2,
    w3,
  };
}

/** Parts of an op by name; parts that are left out are 0. */
export type OpParts = { kind: OpKind } & Partial<Omit<OpFields, "code" | "kind">>;

/** Packs an op. Throws a RangeError that names the part that does not fit its width. */
export function opWords(op: OpParts): OpWords {
  const w0 = pack(HEAD, {
    kind: BigInt(OP_CODE[op.kind]),
    sender: BigInt(op.sender ?? 0),
    object: BigInt(op.object ?? 0),
    fee: op.feeUnits ?? 0n,
    amount: op.amountUnits ?? 0n,
    param: op.param ?? 0n,
  });
  return [w0, op.w1 ?? 0n, op.w2 ?? 0n, op.w3 ?? 0n];
}

export const withFee = ([w0, w1, w2, w3]: OpWords, feeUnits: bigint): OpWords => [
  replace(w0, "fee", feeUnits),
  w1,
  w2,
  w3,
];

export const withObject = ([w0, w1, w2, w3]: OpWords, object: number): OpWords => [
  replace(w0, "object", BigInt(object)),
  w1,
  w2,
  w3,
];

function replace(w0: bigint, name: "fee" | "object", value: bigint): bigint {
  const { offset, mask } = HEAD.fields[name];
  return (w0 & ~(mask << offset)) | pack(HEAD, { [name]: value });
}

/** The hard ranges: there is no valid batch with an op outside of them, and the home queue refuses it. */
export function demandWordRanges([w0, w1, w2, w3]: OpWords): void {
  demand(fitsBits(w0, HEAD.bits), "out-of-range", "word 0 is too large", `below 2^${HEAD.bits}`, w0);
  demand(fitsBits(w1, LANE_BITS), "out-of-range", "word 1 is too large", `below 2^${LANE_BITS}`, w1);
  demand(isFieldElement(w2), "out-of-range", "word 2 is no field element", "below the BN254 order", w2);
  demand(isFieldElement(w3), "out-of-range", "word 3 is no field element", "below the BN254 order", w3);
  if (part(HEAD, w0, "kind") === BigInt(OP_CODE.postTask)) {
    demand(fitsBits(w2, MONEY_BITS), "out-of-range", "word 2 of postTask is too large", "below 2^192", w2);
  }
}
