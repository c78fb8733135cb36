import { type Cell, EMPTY_CELL, SERIAL, TASK_PHASE, TASK_TERMS } from "../state/ledger/cells.ts";
import type { PublicKey } from "../state/ledger/eddsa.ts";
import { type Authorization, type OpWords, opWords, type SignedOp } from "../state/ledger/operation.ts";
import { unpack } from "../state/ledger/packing.ts";
import { type Split, splitPayout } from "../state/ledger/payout.ts";
import { messageOf } from "../state/ledger/transition.ts";
import type { NeuraClient } from "./client.ts";
import { SdkError } from "./errors.ts";
import { toWord } from "./hex.ts";
import { namedTask, payeesOf, requesterOf, taskOf } from "./named-cells.ts";
import type { Exchange, ReceiptScope } from "./receipts.ts";
import type { TaskState } from "./types.ts";

/** A drawTask that the requester has signed: it pays the worker up to a total, for the first `count` receipts. */
export interface Voucher extends SignedOp {
  readonly count: number;
}

/** What the worker asks to be paid for: the requester signs only if its own receipts come to the same. */
export interface VoucherClaim {
  readonly count: number;
  readonly totalUnits: bigint;
  readonly root: bigint;
}

/** Terms of the newest voucher that was signed. */
export interface IssuedTerms extends VoucherClaim {
  readonly maxFeeUnits: bigint;
  readonly validUntil: bigint;
}

/** The price of an exchange, agreed upon beforehand: both sides compute it. */
export type PriceOf = (exchange: Exchange) => bigint;

/** A draw's fee is at most a hundredth of what the worker gets (docs/LEDGER.md, drawTask). */
const LEAST_PAYOUT_PER_FEE = 100n;

export const serialOf = (task: TaskState): bigint => task.terms & ((1n << BigInt(SERIAL.bits)) - 1n);

/** What the vouchers of a claimed task are signed over. It stays the same as long as the task is claimed. */
export class VoucherChannel {
  readonly scope: ReceiptScope;
  readonly rewardUnits: bigint;
  readonly deadline: bigint;
  readonly requesterKey: PublicKey;
  readonly #task: TaskState;
  readonly #cells: ReadonlyMap<number, Cell>;
  readonly #capacity: number;

  private constructor(
    task: TaskState,
    network: { readonly domain: bigint; readonly levels: number },
    cells: ReadonlyMap<number, Cell>,
  ) {
    this.#task = task;
    this.#cells = cells;
    this.#capacity = 8 ** network.levels;
    this.scope = { domain: network.domain, task: task.id, serial: serialOf(task) };
    this.rewardUnits = task.rewardUnits;
    this.deadline = task.deadline;
    const [, , x, y] = cells.get(task.requester) ?? EMPTY_CELL;
    this.requesterKey = { x, y };
  }

  /** Throws an SdkError unless the task is claimed. */
  static async open(client: NeuraClient, id: number): Promise<VoucherChannel> {
    const task = await taskOf(client, id);
    demandClaimed(task);
    const [network, requester, payees] = await Promise.all([
      client.chainInfo(),
      requesterOf(client, task),
      payeesOf(client, task),
    ]);
    return new VoucherChannel(task, network, new Map([namedTask(task), requester, ...payees]));
  }

  get requester(): number {
    return this.#task.requester;
  }

  /** The words of the draw of a total; their fee is the sequencer's. */
  words(totalUnits: bigint, root: bigint): OpWords {
    const { id, requester } = this.#task;
    return opWords({ kind: "drawTask", sender: requester, object: id, amountUnits: totalUnits, w3: root });
  }

  /** What the requester signs; also the id of the operation. */
  message({ words, authorization }: SignedOp | { words: OpWords; authorization: VoucherTerms }): bigint {
    return messageOf(words, authorization, {
      domain: this.scope.domain,
      capacity: this.#capacity,
      read: (id) => this.#cells.get(id) ?? EMPTY_CELL,
    });
  }

  /** How a draw is divided. */
  split(units: bigint): Split {
    return splitPayout(units, unpack(TASK_TERMS, this.#task.terms));
  }

  /** Whether the ledger takes the fee out of a draw of so much. */
  covers(units: bigint, feeUnits: bigint): boolean {
    return units > 0n && feeUnits * LEAST_PAYOUT_PER_FEE <= this.split(units).workerUnits;
  }

  /** Throws an SdkError unless this is still the task, claimed by the same worker. */
  demandSame(task: TaskState): void {
    if (task.terms !== this.#task.terms) {
      throw new SdkError(
        "changed-identity",
        `cell ${task.id} holds another task by now: this one's vouchers are worth nothing any more`,
        toWord(this.#task.terms),
        toWord(task.terms),
      );
    }
    demandClaimed(task);
  }
}

type VoucherTerms = Omit<Authorization, "signature">;

function demandClaimed({ id, phase }: TaskState): void {
  if (phase === TASK_PHASE.claimed) return;
  throw new SdkError(
    "wrong-phase",
    `task ${id} is not claimed: vouchers are good from its claim to the submission of its result`,
    String(TASK_PHASE.claimed),
    String(phase),
  );
}
