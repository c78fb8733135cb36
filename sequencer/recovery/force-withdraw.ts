import { formatEther, type Hex, parseEventLogs, parseUnits } from "viem";
import { neuraRollupAbi } from "../../contracts/abi.ts";
import { decodeAccount } from "../../state/ledger/cells.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { ConfigError } from "../config.ts";
import type { Holdings } from "./holdings.ts";
import type { HomeFollower } from "./home-follower.ts";
import type { HomeViews } from "./home-views.ts";
import type { L1Wallet } from "./l1-wallet.ts";
import { describeTime } from "./standing.ts";

/** A withdrawal that waits in the queue. */
export interface ForcedWithdrawal {
  readonly index: bigint;
  readonly account: number;
  readonly units: bigint;
  readonly queuedAt: bigint;
  /** The operator must include it by then; afterwards anyone may. */
  readonly deadline: bigint;
  /** If nobody has, anyone may freeze the ledger after this time. */
  readonly freezableAfter: bigint;
  readonly transactionHash: Hex;
}

const UNIT_DECIMALS = 9;
/** What an entry may cost: far above the fee of a queue that is in use, and no fortune if an RPC lies about it. */
const MAX_FEE_WEI = 10n ** 16n;

/** The queue's fee is more than a withdrawal should cost, or the RPC lies. Nothing was sent. */
export class QueueFeeError extends Error {
  override readonly name = "QueueFeeError";
  readonly code = "QUEUE_FEE_TOO_HIGH";
  constructor(
    readonly expected: bigint,
    readonly actual: bigint,
  ) {
    super(
      `the queue asks a fee of ${formatEther(actual)} ETH, and this command pays at most ${formatEther(expected)}: wait until fewer entries wait; if another RPC shows a lower fee, this one lies`,
    );
  }
}

/**
 * Queues a withdrawal of the account's own address to itself on the home chain. It turns out a no-op if the balance does not
 * cover it when it is included. Throws a ConfigError if the key or the amount cannot be right, and a {@link QueueFeeError}.
 */
export async function forceWithdraw(
  amount: string,
  home: HomeFollower,
  views: HomeViews,
  holdings: Holdings,
  wallet: L1Wallet,
): Promise<ForcedWithdrawal> {
  const [id, second] = holdings.accounts;
  if (id === undefined)
    throw new ConfigError("--force-withdraw: there is no account in the ledger to withdraw from");
  if (second !== undefined) {
    throw new ConfigError(
      `--force-withdraw: say with --account which of ${holdings.accounts.join(", ")} is meant`,
    );
  }
  const { l1Address, balance } = decodeAccount(home.state.ledger.cell(id));
  if (l1Address !== BigInt(wallet.account.address)) {
    throw new ConfigError(
      `--force-withdraw: only the key of 0x${l1Address.toString(16).padStart(40, "0")} can withdraw from account ${id}`,
    );
  }
  const units = unitsOf(amount, balance);
  if (views.queueFeeWei > MAX_FEE_WEI) throw new QueueFeeError(MAX_FEE_WEI, views.queueFeeWei);
  const receipt = await wallet.send({
    address: home.created.address,
    abi: neuraRollupAbi,
    functionName: "enqueue",
    args: [opWords({ kind: "withdraw", sender: id, amountUnits: units, w1: l1Address })],
    valueWei: views.queueFeeWei,
  });
  const [queued] = parseEventLogs({ abi: neuraRollupAbi, eventName: "OperationQueued", logs: receipt.logs });
  if (queued === undefined) throw new Error("the contract queued nothing");
  const { index, queuedAt, deadline } = queued.args;
  return {
    index,
    account: id,
    units,
    queuedAt: BigInt(queuedAt),
    deadline: BigInt(deadline),
    freezableAfter: BigInt(deadline + views.terms.freezeDelay),
    transactionHash: receipt.transactionHash,
  };
}

function unitsOf(amount: string, balance: bigint): bigint {
  const isNumber = /^\d+(\.\d{1,9})?$/.test(amount);
  if (amount !== "all" && !isNumber) {
    throw new ConfigError(
      `--force-withdraw is an amount of NRX with at most 9 decimals, or all; got ${amount}`,
    );
  }
  const units = amount === "all" ? balance : parseUnits(amount, UNIT_DECIMALS);
  if (units >= 1n && units <= balance) return units;
  const most = `${balance / 10n ** 9n}.${(balance % 10n ** 9n).toString().padStart(UNIT_DECIMALS, "0")}`;
  throw new ConfigError(`--force-withdraw: the account has ${most} NRX, so at most that; got ${amount}`);
}

export function describeForced(forced: ForcedWithdrawal): string {
  const { index, account, deadline, queuedAt, freezableAfter, transactionHash } = forced;
  return [
    `The withdrawal from account ${account} is entry ${index} of the queue (transaction ${transactionHash}).`,
    `The operator must include it by ${describeTime(deadline, queuedAt)}; afterwards anyone may, with npm run batch,`,
    `and if nobody does, anyone may freeze the ledger after ${describeTime(freezableAfter, queuedAt)}.`,
    "Once it is included, run npm run escape again: it claims the withdrawal.",
  ].join("\n");
}
