import type { Hex } from "viem";
import { isFieldElement } from "../state/ledger/field.ts";
import type { OpWords } from "../state/ledger/operation.ts";
import { NeuraResponseError, SdkError } from "./errors.ts";
import { toQuantity, toWord } from "./hex.ts";
import type { Receipt, ReceiptScope, ReceiptsEnd } from "./receipts.ts";
import { Json } from "./responses.ts";
import type { IssuedTerms, Voucher, VoucherClaim } from "./vouchers.ts";

/** Receipts, vouchers and the states of both sides as JSON: on the line between requester and worker, and on their disks. */

const VERSION = 1;

export interface ReceiptJson {
  readonly task: Hex;
  readonly serial: Hex;
  readonly index: Hex;
  readonly input: Hex;
  readonly output: Hex;
  readonly priceUnits: Hex;
  readonly cumulativeUnits: Hex;
  readonly timeSeconds: Hex;
}

export interface VoucherJson {
  readonly count: Hex;
  readonly words: readonly Hex[];
  readonly nonce: Hex;
  readonly maxFeeUnits: Hex;
  readonly validUntil: Hex;
  readonly signature: { readonly r8x: Hex; readonly r8y: Hex; readonly s: Hex };
}

export interface ClaimJson {
  readonly count: Hex;
  readonly totalUnits: Hex;
  readonly root: Hex;
}

interface StateJson {
  readonly version: number;
  readonly task: Hex;
  readonly serial: Hex;
}

/** What a VoucherIssuer needs after a restart. */
export interface IssuerState extends StateJson {
  readonly count: Hex;
  readonly totalUnits: Hex;
  readonly timeSeconds: Hex;
  readonly peaks: readonly Hex[];
  readonly issued: (ClaimJson & { readonly maxFeeUnits: Hex; readonly validUntil: Hex }) | null;
}

/** What a VoucherCollector needs after a restart. */
export interface CollectorState extends StateJson {
  readonly receipts: readonly ReceiptJson[];
  readonly best: VoucherJson | null;
}

/** Reads what somebody else has sent. Throws an SdkError "malformed-message" that names the part. */
function parsed<T>(what: string, value: unknown, read: (json: Json) => T): T {
  try {
    return read(new Json(value, what));
  } catch (error) {
    if (!(error instanceof NeuraResponseError)) throw error;
    const { where, expected, actual } = error;
    throw new SdkError(
      "malformed-message",
      `${where} is not as it should be`,
      expected,
      JSON.stringify(actual),
    );
  }
}

const element = (json: Json): bigint => {
  const value = json.big();
  if (isFieldElement(value)) return value;
  throw new NeuraResponseError(json.where, "a field element", json.value);
};

export const receiptToJson = (receipt: Receipt): ReceiptJson => ({
  task: toQuantity(receipt.task),
  serial: toQuantity(receipt.serial),
  index: toQuantity(receipt.index),
  input: toWord(receipt.input),
  output: toWord(receipt.output),
  priceUnits: toQuantity(receipt.priceUnits),
  cumulativeUnits: toQuantity(receipt.cumulativeUnits),
  timeSeconds: toQuantity(receipt.timeSeconds),
});

const readReceipt = (json: Json): Receipt => ({
  task: json.at("task").int(),
  serial: json.at("serial").big(),
  index: json.at("index").int(),
  input: element(json.at("input")),
  output: element(json.at("output")),
  priceUnits: json.at("priceUnits").big(),
  cumulativeUnits: json.at("cumulativeUnits").big(),
  timeSeconds: json.at("timeSeconds").big(),
});

export const receiptFromJson = (value: unknown): Receipt => parsed("receipt", value, readReceipt);

export const voucherToJson = ({ count, words, authorization }: Voucher): VoucherJson => ({
  count: toQuantity(count),
  words: words.map(toWord),
  nonce: toQuantity(authorization.nonce),
  maxFeeUnits: toQuantity(authorization.maxFeeUnits),
  validUntil: toQuantity(authorization.validUntil),
  signature: {
    r8x: toWord(authorization.signature.r8x),
    r8y: toWord(authorization.signature.r8y),
    s: toWord(authorization.signature.s),
  },
});

const readVoucher = (json: Json): Voucher => ({
  count: json.at("count").int(),
  words: json.at("words").tuple4() as OpWords,
  authorization: {
    nonce: json.at("nonce").big(),
    maxFeeUnits: json.at("maxFeeUnits").big(),
    validUntil: json.at("validUntil").big(),
    signature: {
      r8x: json.at("signature").at("r8x").big(),
      r8y: json.at("signature").at("r8y").big(),
      s: json.at("signature").at("s").big(),
    },
  },
});

export const voucherFromJson = (value: unknown): Voucher => parsed("voucher", value, readVoucher);

export const claimToJson = ({ count, totalUnits, root }: VoucherClaim): ClaimJson => ({
  count: toQuantity(count),
  totalUnits: toQuantity(totalUnits),
  root: toWord(root),
});

const readClaim = (json: Json): VoucherClaim => ({
  count: json.at("count").int(),
  totalUnits: json.at("totalUnits").big(),
  root: element(json.at("root")),
});

export const claimFromJson = (value: unknown): VoucherClaim => parsed("claim", value, readClaim);

const stateHead = ({ task, serial }: ReceiptScope): StateJson => ({
  version: VERSION,
  task: toQuantity(task),
  serial: toQuantity(serial),
});

/** A state is good for the task that it was made for, and no other. */
function demandScope(json: Json, scope: ReceiptScope): void {
  const version = json.at("version").int();
  if (version !== VERSION) {
    throw new SdkError("malformed-message", "a state of another version", String(VERSION), String(version));
  }
  const [task, serial] = [json.at("task").int(), json.at("serial").big()];
  if (task === scope.task && serial === scope.serial) return;
  throw new SdkError(
    "changed-identity",
    "the state is of another task",
    `${scope.task} (${scope.serial})`,
    `${task} (${serial})`,
  );
}

export const issuerState = (
  scope: ReceiptScope,
  { count, totalUnits, timeSeconds }: ReceiptsEnd,
  peaks: readonly bigint[],
  issued: IssuedTerms | undefined,
): IssuerState => ({
  ...stateHead(scope),
  count: toQuantity(count),
  totalUnits: toQuantity(totalUnits),
  timeSeconds: toQuantity(timeSeconds),
  peaks: peaks.map(toWord),
  issued:
    issued === undefined
      ? null
      : {
          ...claimToJson(issued),
          maxFeeUnits: toQuantity(issued.maxFeeUnits),
          validUntil: toQuantity(issued.validUntil),
        },
});

export const readIssuerState = (value: IssuerState, scope: ReceiptScope) =>
  parsed("the issuer's state", value, (json) => {
    demandScope(json, scope);
    const issued = json.at("issued").orNull(
      (terms): IssuedTerms => ({
        ...readClaim(terms),
        maxFeeUnits: terms.at("maxFeeUnits").big(),
        validUntil: terms.at("validUntil").big(),
      }),
    );
    return {
      end: {
        count: json.at("count").int(),
        totalUnits: json.at("totalUnits").big(),
        timeSeconds: json.at("timeSeconds").big(),
      },
      peaks: json.at("peaks").list(element),
      issued: issued ?? undefined,
    };
  });

export const collectorState = (
  scope: ReceiptScope,
  receipts: readonly Receipt[],
  best: Voucher | undefined,
): CollectorState => ({
  ...stateHead(scope),
  receipts: receipts.map(receiptToJson),
  best: best === undefined ? null : voucherToJson(best),
});

export const readCollectorState = (value: CollectorState, scope: ReceiptScope) =>
  parsed("the collector's state", value, (json) => {
    demandScope(json, scope);
    return {
      receipts: json.at("receipts").list(readReceipt),
      best: json.at("best").orNull(readVoucher) ?? undefined,
    };
  });
