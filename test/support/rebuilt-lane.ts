import { type LaneBatch, LaneRebuild } from "../../sequencer/recovery/lane-rebuild.ts";
import type { Database } from "../../state/database.ts";
import type { BatchSize } from "../../state/ledger/sizes.ts";
import { BATCHES, type BatchRecord } from "../../state/store/records.ts";
import { chainId, temporaryDirectory } from "../unit/evm/lane-fixture.ts";
import { genesisAccounts, TEST_DOMAIN } from "./ledger-scenario.ts";

/** Of home's contract, in tests. */
const MIRROR_COUNT = 2;

/** An empty contract lane of the test deployment, for batches from home. */
export const openRebuild = (directory: string, size: BatchSize): Promise<LaneRebuild> =>
  LaneRebuild.open({
    directory,
    size,
    genesis: genesisAccounts(),
    chainId,
    domain: TEST_DOMAIN,
    mirrorCount: MIRROR_COUNT,
  });

/** What the sender posts of a batch, and nothing more. */
const postedOf = ({ ops, number, ...record }: BatchRecord): LaneBatch => ({
  number: BigInt(number),
  timeSeconds: record.timeSeconds,
  rootBefore: record.rootBefore,
  rootAfter: record.rootAfter,
  cellCountAfter: record.cellCountAfter,
  blockHash: record.blockHash,
  laneData: record.laneData,
  ops: ops.map(({ words, valid, caller, queuedAt }) =>
    caller === undefined || queuedAt === undefined
      ? { words, valid }
      : { words, valid, origin: { caller, queuedAt } },
  ),
});

/** Executes all closed batches again, from what is posted of them. Returns the hash of the last block. */
export async function rebuiltHead(database: Database, size: BatchSize): Promise<string> {
  const directory = await temporaryDirectory();
  const rebuild = await openRebuild(directory.path, size);
  try {
    for await (const record of BATCHES.values(database)) await rebuild.apply(postedOf(record));
    return rebuild.lane.head.hash;
  } finally {
    await rebuild.close();
    await directory.remove();
  }
}
