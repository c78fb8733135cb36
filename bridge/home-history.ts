/** What happened at a home contract, from its events and, for batches, from their transactions' calldata. */
import { type Address, type Hex, type ParseEventLogsReturnType, parseEventLogs } from "viem";
import { neuraRollupAbi } from "../contracts/abi.ts";
import type { OpWords } from "../state/ledger/operation.ts";
import type { L1Reader, MinedLog } from "./l1-reader.ts";
import { decodePublishedBatch, ForeignCalldataError, type PublishedBatch } from "./posted-batch.ts";

/** An operation in the home contract's queue. */
export interface QueueEntry {
  readonly index: number;
  /** With object 0 for kinds whose object the sequencer chooses. */
  readonly words: OpWords;
  readonly caller: bigint;
  readonly queuedAt: bigint;
  /** Last second at which it may wait. */
  readonly deadline: bigint;
}

/** A batch that the contract has accepted: as its transaction published it, and as the contract's event says it. */
export interface AcceptedBatch {
  readonly type: "batch";
  readonly published: PublishedBatch;
  readonly root: bigint;
  readonly cellCount: number;
  readonly timeSeconds: bigint;
  readonly blockHash: bigint;
  readonly laneDataHash: bigint;
  /** keccak256 of the words of its home withdrawals, if it has any. */
  readonly withdrawalsHash: Hex | undefined;
  readonly isPermissionless: boolean;
  readonly transactionHash: Hex;
}

export type HomeEvent =
  | AcceptedBatch
  | { readonly type: "queued"; readonly entry: QueueEntry }
  | {
      readonly type: "returned";
      readonly mirror: number;
      readonly entryIndex: number;
      readonly units: bigint;
    }
  | { readonly type: "claimed"; readonly batch: number; readonly index: number }
  | { readonly type: "frozen" }
  | { readonly type: "opened"; readonly cell: number }
  | { readonly type: "paid"; readonly account: number; readonly units: bigint }
  | { readonly type: "refunded"; readonly index: number }
  | { readonly type: "released"; readonly units: bigint }
  | { readonly type: "deposed" };

export interface HistoryPage {
  /** All events up to the end of this block have been read. */
  readonly toBlock: number;
  readonly events: readonly HomeEvent[];
}

/** Transactions that are asked for at the same time. */
const parallelRequests = 8;

type RollupLog = ParseEventLogsReturnType<typeof neuraRollupAbi, undefined, true>[number];
type AcceptedLog = Extract<RollupLog, { eventName: "BatchAccepted" }>;

/**
 * The contract's events in their order, page by page, so that a long history needs no memory. Events that the ledger does not
 * depend on are left out. Throws L1RequestError, {@link ForeignCalldataError}.
 */
export async function* homeHistory(
  reader: L1Reader,
  address: Address,
  fromBlock: number,
  toBlock: number,
): AsyncGenerator<HistoryPage> {
  for await (const page of reader.logs({ address }, fromBlock, toBlock)) {
    const logs = parseEventLogs({ abi: neuraRollupAbi, logs: [...page.logs], strict: true });
    const accepted = logs.filter((log): log is AcceptedLog => log.eventName === "BatchAccepted");
    const batches = await acceptedBatches(reader, address, accepted, logs);
    const events = logs.flatMap((log) =>
      log.eventName === "BatchAccepted" ? [batches.get(log.args.number)] : [ledgerEvent(log)],
    );
    yield { toBlock: page.toBlock, events: events.filter((event) => event !== undefined) };
  }
}

function ledgerEvent(log: RollupLog): HomeEvent | undefined {
  switch (log.eventName) {
    case "OperationQueued": {
      const { index, words, caller, queuedAt, deadline } = log.args;
      const times = { queuedAt: BigInt(queuedAt), deadline: BigInt(deadline) };
      return { type: "queued", entry: { index: Number(index), words, caller: BigInt(caller), ...times } };
    }
    case "ReturnBroughtHome": {
      const { mirror, queueIndex, amountUnits } = log.args;
      return { type: "returned", mirror, entryIndex: Number(queueIndex), units: amountUnits };
    }
    case "WithdrawalClaimed":
      return { type: "claimed", batch: Number(log.args.batch), index: Number(log.args.index) };
    case "Frozen":
      return { type: "frozen" };
    case "CellOpened":
      return { type: "opened", cell: log.args.id };
    case "AccountPaid":
      return { type: "paid", account: log.args.id, units: log.args.amountUnits };
    case "DepositRefunded":
      return { type: "refunded", index: Number(log.args.index) };
    case "MirrorsReleased":
      return { type: "released", units: log.args.amountUnits };
    case "OperatorDeposed":
      return { type: "deposed" };
    default:
      return undefined;
  }
}

/** The batches by number. */
async function acceptedBatches(
  reader: L1Reader,
  address: Address,
  accepted: readonly AcceptedLog[],
  logs: readonly RollupLog[],
): Promise<Map<bigint, AcceptedBatch>> {
  const withdrawals = new Map<bigint, Hex>();
  const permissionless = new Set<bigint>();
  for (const log of logs) {
    if (log.eventName === "WithdrawalsRecorded") withdrawals.set(log.args.batch, log.args.hash);
    if (log.eventName === "PermissionlessBatchAccepted") permissionless.add(log.args.number);
  }
  const batches = new Map<bigint, AcceptedBatch>();
  for (let start = 0; start < accepted.length; start += parallelRequests) {
    const group = accepted.slice(start, start + parallelRequests);
    const calldata = await Promise.all(group.map((log) => calldataOf(reader, address, log)));
    group.forEach(({ args, transactionHash }, i) => {
      batches.set(args.number, {
        type: "batch",
        published: decodePublishedBatch(calldata[i] ?? "0x", transactionHash),
        root: args.root,
        cellCount: args.cellCount,
        timeSeconds: BigInt(args.time),
        blockHash: BigInt(args.blockHash),
        laneDataHash: BigInt(args.laneDataHash),
        withdrawalsHash: withdrawals.get(args.number),
        isPermissionless: permissionless.has(args.number),
        transactionHash,
      });
    });
  }
  return batches;
}

/** The contract accepts batches only from a transaction that calls it directly: its input is the batch. */
async function calldataOf(
  reader: L1Reader,
  address: Address,
  { transactionHash }: Pick<MinedLog, "transactionHash">,
): Promise<Hex> {
  const { to, input } = await reader.ask(`reading transaction ${transactionHash}`, (client) =>
    client.getTransaction({ hash: transactionHash }),
  );
  if (to?.toLowerCase() === address.toLowerCase()) return input;
  throw new ForeignCalldataError(transactionHash, "the contract that it calls", address, String(to));
}
