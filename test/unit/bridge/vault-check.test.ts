import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HomeVault, VaultCheck, VaultShortfallError } from "../../../bridge/vault-check.ts";
import type { Database } from "../../../state/database.ts";
import { opWords } from "../../../state/ledger/operation.ts";
import { BATCHES, LATEST, PRIORITY_QUEUE, VAULT_CHECKS } from "../../../state/store/records.ts";
import { batchRecord, FakeRuntime, temporaryDatabase } from "./stage-fixtures.ts";

const weiPerUnit = 10n ** 9n;
/** In a ledger that holds 1,000 units and has paid 30 on home and 50 to the mirrors, 10 of which are back in the queue. */
const batch = batchRecord(2, {
  totals: {
    held: { accounts: 600n, gateway: 100n, tasks: 200n, revenues: 100n },
    depositedUnits: 1_080n,
    withdrawnUnits: [30n, 20n, 30n],
    consumedEntries: 4,
  },
});
const claimedUnits = 12n;
const owedUnits = 1_000n + (30n - 12n) + (20n + 20n) + (7n + 10n + 5n);

let database: Database;
let remove: () => Promise<void>;
let vault: HomeVault | undefined;

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  vault = {
    isFrozen: false,
    batchNumber: 2,
    root: batch.rootAfter,
    balanceWei: owedUnits * weiPerUnit + 3n,
    bondWei: 3n,
    queueHead: 4,
    queueTail: 8,
    outOnMirrorUnits: [20n, 20n],
  };
  const entry = (index: number, words: ReturnType<typeof opWords>) =>
    PRIORITY_QUEUE.put(index, { index, words, caller: 1n, queuedAt: 1n, deadlineSeconds: 2n });
  await database.write([
    BATCHES.put(2, batch),
    // Consumed already.
    entry(3, opWords({ kind: "deposit", amountUnits: 999n, w1: 1n })),
    entry(4, opWords({ kind: "deposit", amountUnits: 7n, w1: 1n })),
    entry(5, opWords({ kind: "deposit", amountUnits: 10n, w1: 2n })),
    entry(6, opWords({ kind: "withdraw", sender: 9, amountUnits: 400n, w1: 1n })),
    entry(7, opWords({ kind: "depositToEvm", object: 3, amountUnits: 5n, w1: 1n })),
  ]);
});

afterEach(() => remove());

const runtime = new FakeRuntime();
const check = () =>
  new VaultCheck({ database, mirrorCount: 2, readVault: async () => vault, runtime }).run(77, claimedUnits);

describe("the home contract's tokens", () => {
  it("cover exactly what it owes", async () => {
    await check();
    expect(VAULT_CHECKS.get(database, LATEST)).toMatchObject({
      blockNumber: 77,
      batchNumber: 2,
      waitingUnits: 22n,
      heldUnits: 1_000n,
      unclaimedUnits: 18n,
      outOnMirrorUnits: [20n, 20n],
      surplusWei: 0n,
    });
  });

  it("that lack a single wei stop the node, and the check says what is missing", async () => {
    vault = { ...(vault as HomeVault), balanceWei: owedUnits * weiPerUnit + 2n };
    const error = await check().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VaultShortfallError);
    expect(error).toMatchObject({
      code: "VAULT_SHORTFALL",
      expected: owedUnits * weiPerUnit + 3n,
      actual: owedUnits * weiPerUnit + 2n,
    });
    expect(VAULT_CHECKS.get(database, LATEST)?.surplusWei).toBe(-1n);
  });

  it("that somebody sent for nothing are only reported", async () => {
    vault = { ...(vault as HomeVault), balanceWei: owedUnits * weiPerUnit + 8n };
    await check();
    expect(VAULT_CHECKS.get(database, LATEST)?.surplusWei).toBe(5n);
  });

  it("cover the waiting deposits of a ledger without batches", async () => {
    vault = {
      ...(vault as HomeVault),
      batchNumber: 0,
      root: 0n,
      balanceWei: 22n * weiPerUnit,
      bondWei: 0n,
      outOnMirrorUnits: [0n, 0n],
    };
    await new VaultCheck({ database, mirrorCount: 2, readVault: async () => vault, runtime }).run(77, 0n);
    expect(VAULT_CHECKS.get(database, LATEST)?.surplusWei).toBe(0n);
  });

  it.each([
    ["the contract's batch is not this node's", { root: 5n }],
    ["the contract has a batch that this node lacks", { batchNumber: 9 }],
    ["the ledger is frozen, and paid out cell by cell", { isFrozen: true }],
  ])("are not judged while %s", async (_why, changes) => {
    vault = { ...(vault as HomeVault), balanceWei: 0n, ...changes };
    await check();
    expect(VAULT_CHECKS.get(database, LATEST)).toBeUndefined();
  });

  it("are not judged before the contract is deployed", async () => {
    vault = undefined;
    await check();
    expect(VAULT_CHECKS.get(database, LATEST)).toBeUndefined();
  });
});
