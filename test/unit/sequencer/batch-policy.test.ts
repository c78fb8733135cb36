import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { DEFAULT_BATCH_POLICY, isDue, LEDGER_GAS_RESERVE } from "../../../sequencer/batch-policy.ts";
import { encodeBlockOperations } from "../../../sequencer/block-operations.ts";
import { maxRequestsPerBlock, recordGas } from "../../../sequencer/gateway/gateway-draft.ts";
import { Database } from "../../../state/database.ts";
import { chainRules, ledgerAddress } from "../../../state/evm/chain-rules.ts";
import { systemTransaction } from "../../../state/evm/transaction.ts";
import { BATCH_SIZES, MAX_OPS_PER_BATCH } from "../../../state/ledger/sizes.ts";
import { CURSOR, CURSORS } from "../../../state/store/records.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";

const policy = { maxAgeMs: 1_000, minAgeMs: 100, maxLaneBytes: 0 };
let directory: { path: string; remove: () => Promise<void> };
let database: Database;

beforeAll(async () => {
  directory = await temporaryDirectory();
  database = await Database.open(directory.path);
});

afterAll(async () => {
  await database.close();
  await directory.remove();
});

const setProver = (batches: number, proofs: number) =>
  database.write([CURSORS.put(CURSOR.batches, batches), CURSORS.put(CURSOR.proofs, proofs)]);

beforeEach(() => setProver(3, 3));

it("lets a batch fill while the prover is busy, and closes it early when the prover is idle", async () => {
  expect(isDue(database, policy, 99)).toBe(false);
  expect(isDue(database, policy, 100)).toBe(true);
  await setProver(3, 2);
  expect(isDue(database, policy, 100)).toBe(false);
  expect(isDue(database, policy, 999)).toBe(false);
});

it("closes a batch at its greatest age in any case", async () => {
  await setProver(9, 0);
  expect(isDue(database, policy, 1_000)).toBe(true);
});

it("leaves room in a home transaction of 128 KiB for the largest lane and its operations", () => {
  expect(DEFAULT_BATCH_POLICY.maxLaneBytes).toBeLessThan(100 * 1024);
});

it("leaves gas in a block for as many operations as a batch of any size can hold", () => {
  const largest = (1n << 253n) - 1n;
  const words = [largest, largest, largest, largest] as const;
  const op = { words, origin: { caller: 2n ** 160n - 1n, queuedAt: 2n ** 40n } };
  const calldata = encodeBlockOperations({
    batchNumber: 2 ** 40,
    timeSeconds: 2n ** 40n,
    closesBatch: true,
    ledgerRoot: largest,
    operations: Array.from({ length: MAX_OPS_PER_BATCH }, () => op),
  });
  const call = { to: ledgerAddress, calldata, executionGas: 0n };
  const { decoded } = systemTransaction(call, 0n, chainRules(1));
  // Every op of a batch may end a task of the contract lane.
  const items = maxRequestsPerBlock + Math.max(...Object.values(BATCH_SIZES).map(({ maxOps }) => maxOps));
  expect(decoded.gasLimit + recordGas(items) + 1_000_000n).toBeLessThan(LEDGER_GAS_RESERVE);
});
