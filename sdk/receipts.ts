import { fitsBits, isFieldElement } from "../state/ledger/field.ts";
import { layout, pack } from "../state/ledger/packing.ts";
import { poseidon } from "../state/ledger/poseidon.ts";
import { contentElementOf } from "./content.ts";
import { SdkError } from "./errors.ts";
import { toWord } from "./hex.ts";
import { demandLeaf, hashTag, ReceiptTree } from "./receipt-tree.ts";

/** What was done for a task, one piece of it: a streamed inference. */
export interface Receipt {
  /** The task's cell, and its serial: (requester, nonce), docs/LEDGER.md, section 2. */
  readonly task: number;
  readonly serial: bigint;
  /** Place among the task's receipts, from 0. */
  readonly index: number;
  /** Content elements of what was sent and of what came back. */
  readonly input: bigint;
  readonly output: bigint;
  readonly priceUnits: bigint;
  /** Price of all receipts up to this one. */
  readonly cumulativeUnits: bigint;
  readonly timeSeconds: bigint;
}

/** What went over the line for one receipt. */
export interface Exchange {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}

/** The task that receipts are for, in its network. */
export interface ReceiptScope {
  readonly domain: bigint;
  readonly task: number;
  readonly serial: bigint;
}

const LEAF = hashTag("NeuraChain receipts v1: leaf");
const PLACE = layout([
  ["task", 24],
  ["serial", 56],
  ["index", 40],
  ["time", 40],
]);
const PRICE = layout([
  ["price", 64],
  ["cumulative", 64],
]);

/**
 * The leaf of a receipt: Poseidon(tag, domain, place, input, output, price). It is good for one task of one network only. Throws an
 * SdkError "wrong-receipt" if a part is out of range: two receipts must not have one leaf.
 */
export function receiptLeaf(domain: bigint, receipt: Receipt): bigint {
  demandRanges(receipt);
  const { task, serial, index, input, output, priceUnits, cumulativeUnits, timeSeconds } = receipt;
  const place = pack(PLACE, { task: BigInt(task), serial, index: BigInt(index), time: timeSeconds });
  const price = pack(PRICE, { price: priceUnits, cumulative: cumulativeUnits });
  return poseidon([LEAF, domain, place, input, output, price]);
}

function demandRanges(receipt: Receipt): void {
  const { task, serial, index, input, output, priceUnits, cumulativeUnits, timeSeconds } = receipt;
  const fits = (value: bigint | number, bits: number): boolean =>
    (typeof value === "bigint" || Number.isSafeInteger(value)) && fitsBits(BigInt(value), bits);
  const ranges: readonly [part: string, isInRange: boolean, value: bigint | number][] = [
    ["task", fits(task, PLACE.fields.task.bits), task],
    ["serial", fits(serial, PLACE.fields.serial.bits), serial],
    ["index", fits(index, PLACE.fields.index.bits), index],
    ["time", fits(timeSeconds, PLACE.fields.time.bits), timeSeconds],
    ["price", fits(priceUnits, PRICE.fields.price.bits), priceUnits],
    ["cumulative price", fits(cumulativeUnits, PRICE.fields.cumulative.bits), cumulativeUnits],
    ["input", isFieldElement(input), input],
    ["output", isFieldElement(output), output],
  ];
  for (const [part, isInRange, value] of ranges) {
    if (isInRange) continue;
    throw new SdkError("wrong-receipt", `the receipt's ${part} is out of range`, undefined, String(value));
  }
}

/** Where a list of receipts ends. */
export interface ReceiptsEnd {
  readonly count: number;
  readonly totalUnits: bigint;
  readonly timeSeconds: bigint;
}

export const NO_RECEIPTS: ReceiptsEnd = { count: 0, totalUnits: 0n, timeSeconds: 0n };

/** Throws an SdkError "wrong-receipt" unless the receipt is the next one of the task. Gives the new end. */
export function demandNext(scope: ReceiptScope, end: ReceiptsEnd, receipt: Receipt): ReceiptsEnd {
  const expected: readonly [what: string, expected: bigint | number, actual: bigint | number][] = [
    ["another task", scope.task, receipt.task],
    ["another task that had this cell", scope.serial, receipt.serial],
    ["not the next one", end.count, receipt.index],
    ["not priced from the one before", end.totalUnits + receipt.priceUnits, receipt.cumulativeUnits],
  ];
  for (const [what, wanted, actual] of expected) {
    if (wanted !== actual) {
      throw new SdkError("wrong-receipt", `the receipt is ${what}`, String(wanted), String(actual));
    }
  }
  if (receipt.timeSeconds < end.timeSeconds) {
    const from = `${end.timeSeconds} or later`;
    throw new SdkError(
      "wrong-receipt",
      "the receipt is older than the one before",
      from,
      String(receipt.timeSeconds),
    );
  }
  return { count: end.count + 1, totalUnits: receipt.cumulativeUnits, timeSeconds: receipt.timeSeconds };
}

/** Throws an SdkError "wrong-content" unless the receipt is for exactly these bytes. */
export function demandExchange(receipt: Receipt, { input, output }: Exchange): void {
  const pairs = [
    ["input", contentElementOf(input), receipt.input],
    ["output", contentElementOf(output), receipt.output],
  ] as const;
  for (const [what, expected, actual] of pairs) {
    if (expected === actual) continue;
    throw new SdkError(
      "wrong-content",
      `the receipt names another ${what}`,
      toWord(expected),
      toWord(actual),
    );
  }
}

/** That a receipt is among the first `count` of its task. */
export interface ReceiptProof {
  readonly receipt: Receipt;
  readonly count: number;
  readonly path: readonly bigint[];
}

/**
 * Checks a receipt against the root that a draw has put into the ledger (`receipts` of a task). Throws an SdkError
 * "wrong-proof", or "wrong-receipt" if it is none.
 */
export const demandReceipt = (
  { receipt, count, path }: ReceiptProof,
  root: bigint,
  network: { readonly domain: bigint },
): void => demandLeaf(receiptLeaf(network.domain, receipt), receipt.index, count, path, root);

/** The receipts of one task in order, with the root and the total of each prefix. */
export class ReceiptLog {
  readonly scope: ReceiptScope;
  readonly #receipts: Receipt[] = [];
  readonly #tree = new ReceiptTree();
  #end = NO_RECEIPTS;

  constructor(scope: ReceiptScope, receipts: readonly Receipt[] = []) {
    this.scope = scope;
    for (const receipt of receipts) this.append(receipt);
  }

  get count(): number {
    return this.#end.count;
  }

  get totalUnits(): bigint {
    return this.#end.totalUnits;
  }

  get receipts(): readonly Receipt[] {
    return this.#receipts;
  }

  /** Makes the next receipt of an exchange, and appends it. */
  record({ input, output }: Exchange, priceUnits: bigint, nowSeconds: bigint): Receipt {
    const receipt: Receipt = {
      task: this.scope.task,
      serial: this.scope.serial,
      index: this.#end.count,
      input: contentElementOf(input),
      output: contentElementOf(output),
      priceUnits,
      cumulativeUnits: this.#end.totalUnits + priceUnits,
      // A clock that was set back makes no receipt that is older than the one before.
      timeSeconds: nowSeconds > this.#end.timeSeconds ? nowSeconds : this.#end.timeSeconds,
    };
    this.append(receipt);
    return receipt;
  }

  append(receipt: Receipt): void {
    const end = demandNext(this.scope, this.#end, receipt);
    this.#tree.append(receiptLeaf(this.scope.domain, receipt));
    this.#receipts.push(receipt);
    this.#end = end;
  }

  /** Price of the first `count` receipts. */
  totalUnitsAt(count: number): bigint {
    if (count === 0) return 0n;
    const last = this.#receipts[count - 1];
    if (last === undefined) throw new RangeError(`there are ${this.count} receipts, not ${count}`);
    return last.cumulativeUnits;
  }

  rootAt(count: number): bigint {
    return this.#tree.rootAt(count);
  }

  /** Shows that receipt `index` is among the first `count`: those of a voucher. */
  proof(index: number, count = this.count): ReceiptProof {
    const receipt = this.#receipts[index];
    if (receipt === undefined) throw new RangeError(`there are ${this.count} receipts, none is ${index}`);
    return { receipt, count, path: this.#tree.path(index, count) };
  }
}
