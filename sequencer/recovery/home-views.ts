import { type Address, getContract } from "viem";
import type { L1Reader } from "../../bridge/l1-reader.ts";
import { neuraRollupAbi, nrxTokenAbi } from "../../contracts/abi.ts";

/** What the home contract itself says at the end of a block. Times in seconds. */
export interface HomeViews {
  readonly newestBatch: number;
  readonly newestRoot: bigint;
  readonly newestCellCount: number;
  readonly circuitId: bigint;
  readonly operator: Address;
  readonly batchVerifier: Address;
  readonly membershipVerifier: Address;
  readonly token: Address;
  readonly terms: HomeTerms;
  readonly queueHead: number;
  readonly queueTail: number;
  readonly newestDeadline: bigint;
  readonly potWei: bigint;
  readonly queueFeeWei: bigint;
  readonly isFrozen: boolean;
  readonly isDeposed: boolean;
  readonly bondWei: bigint;
  /** NRX that the contract has. */
  readonly balanceWei: bigint;
  /** By the mirrors' numbers. */
  readonly outOnMirrorUnits: ReadonlyMap<number, bigint>;
}

/** What the contract promises (docs/SETTLEMENT.md, section 1). Delays in seconds. */
export interface HomeTerms {
  readonly inclusionDelay: number;
  readonly entryInterval: number;
  readonly freezeDelay: number;
  readonly feeStepWei: bigint;
  readonly mirrorCount: number;
  readonly recovery: Address;
}

/** Calls of one kind that are made at the same time: they share an abort signal, and Node warns of leaks above ten listeners. */
const parallelCalls = 8;

export const readTerms = (reader: L1Reader, address: Address): Promise<HomeTerms> =>
  reader.ask("reading the terms", (client) =>
    client.readContract({ address, abi: neuraRollupAbi, functionName: "terms" }),
  );

export async function readHome(reader: L1Reader, address: Address, block: number): Promise<HomeViews> {
  return reader.ask(`reading the home contract at block ${block}`, async (client) => {
    const { read } = getContract({ address, abi: neuraRollupAbi, client });
    const at = { blockNumber: BigInt(block) };
    const [latest, queue, terms, token] = await Promise.all([
      read.latest(at),
      read.queueState(at),
      read.terms(at),
      read.token(at),
    ]);
    const [circuitId, operator, batchVerifier, membershipVerifier, newestRoot] = await Promise.all([
      read.circuitId(at),
      read.operator(at),
      read.batchVerifier(at),
      read.membershipVerifier(at),
      read.rootOf([latest.number], at),
    ]);
    const [queueFeeWei, isFrozen, isDeposed, bondWei, balanceWei] = await Promise.all([
      read.queueFeeWei(at),
      read.isFrozen(at),
      read.isDeposed(at),
      read.bondWei(at),
      client.readContract({
        address: token,
        abi: nrxTokenAbi,
        functionName: "balanceOf",
        args: [address],
        ...at,
      }),
    ]);
    const mirrors = Array.from({ length: terms.mirrorCount }, (_, i) => i + 1);
    const out = await Promise.all(mirrors.map((mirror) => read.outOnMirrorUnits([mirror], at)));
    return {
      newestBatch: Number(latest.number),
      newestRoot,
      newestCellCount: latest.cellCount,
      circuitId,
      operator,
      batchVerifier,
      membershipVerifier,
      token,
      terms,
      queueHead: Number(queue.head),
      queueTail: Number(queue.tail),
      newestDeadline: BigInt(queue.newestDeadline),
      potWei: queue.potWei,
      queueFeeWei,
      isFrozen,
      isDeposed,
      bondWei,
      balanceWei,
      outOnMirrorUnits: new Map(mirrors.map((mirror, i) => [mirror, out[i] ?? 0n])),
    };
  });
}

/** Asks the contract one question for each item, a bounded number at a time; answers in the items' order. */
export async function readEach<Item, Answer>(
  items: readonly Item[],
  read: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += parallelCalls) {
    answers.push(...(await Promise.all(items.slice(start, start + parallelCalls).map(read))));
  }
  return answers;
}
