import { homeHistory } from "../../bridge/home-history.ts";
import { provenStreamHash } from "../../bridge/posted-batch.ts";
import { systemAddress } from "../../state/evm/chain-rules.ts";
import type { StateSize } from "../../state/evm/state-audit.ts";
import type { SignedTransaction } from "../../state/evm/transaction.ts";
import { GENESIS_CELL_COUNT } from "../../state/ledger/cells.ts";
import { NEURACHAIN_ID } from "../lanes.ts";
import type { HomeFollower } from "./home-follower.ts";
import { demand } from "./home-state.ts";
import { LaneRebuild } from "./lane-rebuild.ts";

/** Where the contract lane stands by home's data. */
export interface LaneReport {
  readonly chainId: number;
  /** Of the newest block. */
  readonly number: number;
  readonly hash: string;
  readonly stateRoot: string;
  readonly timestampSeconds: number;
  /** Signed transactions in all blocks. */
  readonly transactions: number;
  /** Under the newest state root, which the trie package has made once more of them. */
  readonly state: StateSize;
}

/**
 * Executes the contract lane of all batches that the follower has read, in a database that does not exist yet. The batches are read once
 * more, so that no history is too long for the memory, and each must be the one that the follower has compared with the contract.
 * Throws what LaneRebuild throws, a StateRootError, HistoryError, L1RequestError.
 */
export async function rebuildLane(
  { created, state, upTo, reader }: HomeFollower,
  directory: string,
  onProgress: (what: string, done: number, total: number) => void,
): Promise<LaneReport> {
  const { size, accounts, domain, address, firstBlock } = created;
  const rebuild = await LaneRebuild.open({
    directory,
    size,
    domain,
    genesis: accounts,
    chainId: NEURACHAIN_ID,
    mirrorCount: state.mirrorCount,
    // Of the operator, as home's contract and the genesis name it.
    feeRecipient: `0x${accounts.operator.l1Address.toString(16).padStart(40, "0")}`,
  });
  try {
    let cellCountBefore = GENESIS_CELL_COUNT;
    let transactions = 0;
    for await (const { events } of homeHistory(reader, address, firstBlock, upTo.number)) {
      for (const event of events) {
        if (event.type !== "batch") continue;
        const { published, transactionHash } = event;
        const number = Number(published.number);
        const hash = provenStreamHash(published, { domain, size, cellCountBefore }, transactionHash);
        demand(`the stream of batch ${number}`, state.streamHashes[number] ?? 0n, hash);
        const blocks = await rebuild.apply(published);
        transactions += blocks.flatMap((block) => block.transactions).filter(isSigned).length;
        cellCountBefore = published.cellCountAfter;
        onProgress(`batch ${number}`, number, state.newest.number);
      }
    }
    const { number, hash, stateRoot, timestampSeconds } = rebuild.lane.head;
    const stateSize = await rebuild.audit();
    return {
      chainId: NEURACHAIN_ID,
      number,
      hash,
      stateRoot,
      timestampSeconds,
      transactions,
      state: stateSize,
    };
  } finally {
    await rebuild.close();
  }
}

const isSigned = ({ sender }: SignedTransaction): boolean => sender !== systemAddress;
