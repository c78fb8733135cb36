import { encodeFunctionData, stringToHex } from "viem";
import { hexToBytes } from "viem/utils";
import { neuraGatewayAbi } from "../../contracts/lane/predeploy.ts";
import type { Database, Write } from "../../state/database.ts";
import type { Address, GatewayValue, SystemCall } from "../../state/evm/types.ts";
import { type Cell, decodeTask, RESERVED_CELL } from "../../state/ledger/cells.ts";
import type { LedgerError } from "../../state/ledger/errors.ts";
import { refusalFeeUnitsOf } from "../../state/ledger/fees.ts";
import { opFields } from "../../state/ledger/operation.ts";
import type { Payout } from "../../state/ledger/rule.ts";
import type { Transition } from "../../state/ledger/transition.ts";
import { GATEWAY_REQUESTS, GATEWAY_TASKS, type GatewayRequest } from "./gateway-requests.ts";

const WEI_PER_UNIT = 1_000_000_000n;

/** Requests that one block executes; the others wait for the next. Refused ones use no slot of a batch, so they need a bound of their own. */
export const maxRequestsPerBlock = 16;
/** Gas that one block gives to callbacks: several of the largest. */
export const callbackGasPerBlock = 3_000_000n;
/** More than the contract needs to note an outcome or the end of a task. */
const gasPerItem = 120_000n;
const gasBesidesItems = 300_000n;

/** Gas of the gateway's system transaction besides its calldata. */
export const recordGas = (items: number): bigint =>
  gasBesidesItems + BigInt(items) * gasPerItem + (callbackGasPerBlock * 33n) / 32n;

/** Where the contract stands after the newest block. */
export interface GatewayState {
  readonly requests: number;
  readonly done: number;
  readonly callbacks: number;
  readonly called: number;
  readonly flatFeeUnits: bigint;
}

/** The gateway's account was moved by something that is not a request: the contract lane does not know of it. */
export class GatewayMovedError extends Error {
  override readonly name = "GatewayMovedError";
  readonly code = "GATEWAY_MOVED";
  constructor(readonly kind: string) {
    super(
      `a ${kind} of the gateway's account (cell 3) that no request made: its l1Address must be one that nobody has the key of; see docs/GATEWAY.md`,
    );
  }
}

interface Outcome {
  readonly id: bigint;
  readonly failure: `0x${string}`;
  readonly task: number;
  readonly terms: bigint;
  readonly refundUnits: bigint;
}

interface Closure {
  readonly id: bigint;
  readonly phase: number;
  readonly result: bigint;
  readonly content: bigint;
  readonly refundUnits: bigint;
}

const NO_FAILURE = stringToHex("", { size: 32 });

export interface GatewayDraftOptions {
  readonly database: Database;
  /** Before the block. */
  readonly state: GatewayState;
  /** The flat fee that the sequencer takes from now on. */
  readonly flatFeeUnits: bigint;
  /** Gets the fees of refused requests, and what callbacks cost. */
  readonly feeRecipient: Address;
}

/** What the operations of one block mean for the gateway contract: money, outcomes of requests, ends of tasks. */
export class GatewayDraft {
  /** To be credited in the contract lane, from the ledger. */
  readonly credits: Payout[] = [];
  readonly #options: GatewayDraftOptions;
  readonly #outcomes: Outcome[] = [];
  readonly #closures: Closure[] = [];
  readonly #payouts: Payout[] = [];
  readonly #posted = new Map<bigint, number>();
  #debitUnits = 0n;
  #running: GatewayRequest | undefined;

  constructor(options: GatewayDraftOptions) {
    this.#options = options;
  }

  /** Requests or callbacks wait: there is something to make a block for. */
  get hasWork(): boolean {
    const { requests, done, callbacks, called } = this.#options.state;
    return requests > done || callbacks > called;
  }

  /** The requests that wait, in their order, as many as one block may take. Each must be executed or refused before the next. */
  *waiting(): Generator<GatewayRequest> {
    const { state, database } = this.#options;
    const last = Math.min(state.requests, state.done + maxRequestsPerBlock);
    for (let id = state.done + 1; id <= last; id++) {
      const request = GATEWAY_REQUESTS.get(database, id);
      if (request === undefined) throw new Error(`request ${id} of the gateway is missing in the database`);
      this.#running = request;
      yield request;
    }
  }

  /** The ledger does not take the request: its author gets the money back, except the fee and what its callback costs. */
  refuse(request: GatewayRequest, { code }: LedgerError): void {
    const { author, valueUnits, callbackUnits, words } = request;
    this.#running = undefined;
    const { kind, feeUnits } = opFields(words);
    const keptUnits = callbackUnits + refusalFeeUnitsOf(kind, feeUnits);
    this.#pay(this.#options.feeRecipient, keptUnits);
    this.#pay(author, valueUnits - keptUnits);
    const failure = stringToHex(code, { size: 32 });
    const refundUnits = valueUnits - keptUnits;
    this.#outcomes.push({ id: BigInt(request.id), failure, task: 0, terms: 0n, refundUnits });
  }

  /**
   * Takes note of a valid operation, whoever made it. `before` and `after` are the object's cell; `result` is what was submitted
   * for the task in it.
   */
  executed({ op, slots, change }: Transition, before: Cell, after: Cell, result: () => bigint): void {
    const isOwn = slots.sender === RESERVED_CELL.gateway;
    if (isOwn) this.#own(op.kind, slots.object, (change.debitUnits ?? 0n) + op.feeUnits, after);
    if (op.kind !== "settleTask" && op.kind !== "expireTask") return;
    const task = decodeTask(before);
    if (Number(task.terms.requester) !== RESERVED_CELL.gateway) return;
    const request = this.#postingOf(task.terms.nonce);
    const refundUnits = slots.party === RESERVED_CELL.gateway ? (change.partyCreditUnits ?? 0n) : 0n;
    this.#credit(request.author, refundUnits);
    if (isOwn) this.#credit(request.verifierContract, change.senderCreditUnits ?? 0n);
    const { phase, content } = decodeTask(after);
    const closed = { id: BigInt(request.id), phase: Number(phase), result: result(), content, refundUnits };
    this.#closures.push(closed);
  }

  /** Requests that have an outcome in this block. */
  get taken(): number {
    return this.#outcomes.length;
  }

  /** What leaves the gateway contract; undefined if nothing does. */
  value(): GatewayValue | undefined {
    if (this.#outcomes.length === 0) return undefined;
    const payouts = this.#payouts.map(({ recipient, units }) => ({
      recipient: addressOf(recipient),
      valueWei: units * WEI_PER_UNIT,
    }));
    return { debitWei: this.#debitUnits * WEI_PER_UNIT, payouts };
  }

  /** What the contract is to be told; undefined if there is nothing. */
  record(): SystemCall | undefined {
    const { state, flatFeeUnits } = this.#options;
    const items = this.#outcomes.length + this.#closures.length;
    const isSilent = items === 0 && state.callbacks === state.called && state.flatFeeUnits === flatFeeUnits;
    if (isSilent) return undefined;
    const data = encodeFunctionData({
      abi: neuraGatewayAbi,
      functionName: "record",
      args: [this.#outcomes, this.#closures, Number(flatFeeUnits), callbackGasPerBlock],
    });
    return { calldata: hexToBytes(data), executionGas: recordGas(items) };
  }

  writes(): Write[] {
    return [...this.#posted].map(([nonce, id]) => GATEWAY_TASKS.put(nonce, id));
  }

  #own(kind: string | undefined, object: number, debitUnits: bigint, after: Cell): void {
    const request = this.#running;
    if (request === undefined) throw new GatewayMovedError(String(kind));
    this.#running = undefined;
    this.#debitUnits += debitUnits;
    this.#pay(this.#options.feeRecipient, request.callbackUnits);
    const outcome = { id: BigInt(request.id), failure: NO_FAILURE, refundUnits: 0n };
    if (kind !== "postTask") {
      this.#outcomes.push({ ...outcome, task: object, terms: 0n });
      return;
    }
    this.#outcomes.push({ ...outcome, task: object, terms: after[1] });
    this.#posted.set(decodeTask(after).terms.nonce, request.id);
  }

  #postingOf(nonce: bigint): GatewayRequest {
    const { database } = this.#options;
    const id = this.#posted.get(nonce) ?? GATEWAY_TASKS.get(database, nonce);
    const request = id === undefined ? undefined : GATEWAY_REQUESTS.get(database, id);
    if (request === undefined)
      throw new Error(`the request that posted the gateway's task ${nonce} is missing in the database`);
    return request;
  }

  #credit(recipient: Address, units: bigint): void {
    if (units > 0n) this.credits.push({ recipient: BigInt(recipient), units });
  }

  #pay(recipient: Address, units: bigint): void {
    if (units > 0n) this.#payouts.push({ recipient: BigInt(recipient), units });
  }
}

const addressOf = (value: bigint): Address => `0x${value.toString(16).padStart(40, "0")}`;
