import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SolvencyAudit } from "../../../sequencer/solvency-audit.ts";
import { addSolvencyMetrics } from "../../../sequencer/solvency-metrics.ts";
import { keySpace, numberKey } from "../../../state/database.ts";
import { EMPTY_CELL, encodeAccount } from "../../../state/ledger/cells.ts";
import { RULES } from "../../../state/ledger/kinds/index.ts";
import type { OpKind } from "../../../state/ledger/operation.ts";
import type { Rule } from "../../../state/ledger/rule.ts";
import { SolvencyError } from "../../../state/ledger/solvency.ts";
import { LedgerStore } from "../../../state/store/ledger-store.ts";
import {
  AUDITS,
  BATCHES,
  CURSOR,
  CURSORS,
  LATEST,
  readCursor,
  VAULT_CHECKS,
  type VaultRecord,
  WITNESS_INPUTS,
} from "../../../state/store/records.ts";
import { solvencyOf } from "../../../state/store/solvency.ts";
import { TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { log, MIRRORS, TestSequencer } from "./test-sequencer.ts";

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;
let alice: number;
let bob: number;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  sequencer = await TestSequencer.open({ path: directory.path, clock });
  alice = await sequencer.fund("alice", 1_000n);
  bob = await sequencer.fund("bob", 500n);
  await sequencer.buildAll({ closing: true });
});

afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

/** Runs with one rule replaced by one that is wrong. */
async function withWrongRule(kind: OpKind, wrong: (rule: Rule) => Rule, run: () => Promise<void>) {
  const rules = RULES as Map<OpKind, Rule>;
  const rule = rules.get(kind) as Rule;
  rules.set(kind, wrong(rule));
  try {
    await run();
  } finally {
    rules.set(kind, rule);
  }
}

const transfer = () =>
  sequencer.operations.submit(
    sequencer.scenario().signed(alice, { kind: "transfer", object: bob, amountUnits: 10n }),
  );
const withdraw = (chain: bigint) =>
  sequencer.operations.submit(
    sequencer
      .scenario()
      .signed(
        alice,
        { kind: "withdraw", amountUnits: 7n, param: chain, w1: 0xb0bn },
        { nonce: sequencer.operations.nextNonce(alice) },
      ),
  );
const newestTotals = () =>
  BATCHES.get(sequencer.database, readCursor(sequencer.database, CURSOR.batches))?.totals;

describe("a batch", () => {
  it("has running totals of what the ledger holds and of what came in and went out", async () => {
    await withdraw(0n);
    await withdraw(2n);
    await sequencer.buildAll({ closing: true });
    expect(newestTotals()).toEqual({
      held: { accounts: 1_486n, gateway: 0n, tasks: 0n, revenues: 0n },
      depositedUnits: 1_500n,
      withdrawnUnits: [7n, 0n, 7n],
      consumedEntries: 2,
    });
    sequencer = await sequencer.reopen();
    await withdraw(1n);
    await sequencer.buildAll({ closing: true });
    expect(newestTotals()?.withdrawnUnits).toEqual([7n, 7n, 7n]);
  });

  it.each([
    ["mints", 1n],
    ["burns", -1n],
  ])(
    "of a ledger that %s is not stored, not proven, and stops the node with what to do",
    async (_, units) => {
      const before = readCursor(sequencer.database, CURSOR.batches);
      await withWrongRule(
        "transfer",
        (rule) => ({
          ...rule,
          execute: (input) => {
            const change = rule.execute(input);
            return { ...change, objectCreditUnits: (change.objectCreditUnits ?? 0n) + units };
          },
        }),
        async () => {
          await transfer();
          const error = await sequencer.buildAll({ closing: true }).catch((thrown: unknown) => thrown);
          expect(error).toBeInstanceOf(SolvencyError);
          expect(error).toMatchObject({
            code: "LEDGER_NOT_SOLVENT",
            expected: 1_500n,
            actual: 1_500n + units,
            message: expect.stringContaining("npm run rebuild"),
          });
        },
      );
      expect(readCursor(sequencer.database, CURSOR.batches)).toBe(before);
      expect(BATCHES.get(sequencer.database, before + 1)).toBeUndefined();
      expect(WITNESS_INPUTS.get(sequencer.database, before + 1)).toBeUndefined();
    },
  );

  it("of a withdrawal that takes nothing from its sender is not stored", async () => {
    await withWrongRule(
      "withdraw",
      (rule) => ({ ...rule, execute: (input) => ({ ...rule.execute(input), debitUnits: 0n }) }),
      async () => {
        await withdraw(1n);
        await expect(sequencer.buildAll({ closing: true })).rejects.toThrow(SolvencyError);
      },
    );
  });
});

describe("neura_getSolvency", () => {
  const getSolvency = async () =>
    (await sequencer.rpc().neura_getSolvency?.([])) as {
      isSolvent: boolean;
      vault: object | null;
      audit: object | null;
      levels: Record<string, object>;
    };

  it("tells what is held, came in and went out, for every level", async () => {
    await withdraw(2n);
    await sequencer.buildAll({ closing: true });
    await sequencer.database.write([CURSORS.put(CURSOR.proofs, 1)]);
    const { isSolvent, levels, vault, audit } = await getSolvency();
    expect({ isSolvent, vault, audit }).toEqual({ isSolvent: true, vault: null, audit: null });
    expect(levels.closed).toEqual({
      batchNumber: "0x2",
      accountsUnits: "0x5d5",
      gatewayUnits: "0x0",
      tasksUnits: "0x0",
      revenuesUnits: "0x0",
      depositedUnits: "0x5dc",
      withdrawnUnits: { home: "0x0", arbitrum: "0x0", polygon: "0x7" },
      imbalanceUnits: "0x0",
    });
    expect(levels.proven).toMatchObject({ batchNumber: "0x1", accountsUnits: "0x5dc" });
    expect(levels.finalized).toMatchObject({ batchNumber: "0x0", accountsUnits: "0x0" });
  });

  const vaultOf = (surplusWei: bigint): VaultRecord => ({
    blockNumber: 9,
    atMs: 5,
    batchNumber: 1,
    balanceWei: 1_600n * 10n ** 9n,
    bondWei: 100n * 10n ** 9n,
    waitingUnits: 1n,
    heldUnits: 1_500n,
    unclaimedUnits: 2n,
    outOnMirrorUnits: [3n, 4n],
    surplusWei,
  });

  it("is not solvent while the vault lacks tokens, and the alarm says so", async () => {
    const registry = new Registry();
    addSolvencyMetrics(registry, ["home", ...MIRRORS], () => solvencyOf(sequencer.database, MIRRORS.length));
    const alarm = async () => (await registry.getSingleMetricAsString("neura_solvency_alarm")).split("\n")[2];
    await sequencer.database.write([VAULT_CHECKS.put(LATEST, vaultOf(5n))]);
    expect(await getSolvency()).toMatchObject({
      isSolvent: true,
      vault: { surplusWei: "0x5", outOnMirrorUnits: { arbitrum: "0x3", polygon: "0x4" } },
    });
    expect(await alarm()).toBe("neura_solvency_alarm 0");
    await sequencer.database.write([VAULT_CHECKS.put(LATEST, vaultOf(-1n))]);
    expect(await getSolvency()).toMatchObject({ isSolvent: false, vault: { surplusWei: "-0x1" } });
    expect(await alarm()).toBe("neura_solvency_alarm 1");
    const all = await registry.metrics();
    expect(all).toContain('neura_solvency_held_units{kind="accounts"} 1500');
    expect(all).toContain("neura_solvency_vault_surplus_wei -1");
  });
});

describe("the audit of the stored ledger", () => {
  const audit = (signal = new AbortController().signal) =>
    new SolvencyAudit({
      database: sequencer.database,
      batchedStore: new LedgerStore(sequencer.database, "batched"),
      mirrorCount: MIRRORS.length,
      clock: { now: () => 77, sleep: async () => undefined },
      log,
    }).run(signal);

  it("finds the sums of the newest batch, also while the head is further", async () => {
    await transfer();
    await sequencer.buildAll();
    await audit();
    expect(AUDITS.get(sequencer.database, LATEST)).toEqual({
      batchNumber: 1,
      cells: 6,
      heldUnits: 1_500n,
      atMs: 77,
    });
  });

  it("finds the sums of an empty ledger", async () => {
    await sequencer.close();
    await directory.remove();
    directory = await temporaryDirectory();
    sequencer = await TestSequencer.open({ path: directory.path, clock: { nowMs: 0 } });
    await audit();
    expect(AUDITS.get(sequencer.database, LATEST)).toMatchObject({ batchNumber: 0, heldUnits: 0n });
  });

  it("finds a stored cell that holds more than any batch gave it", async () => {
    const store = new LedgerStore(sequencer.database, "batched");
    const ledger = store.open(sequencer.size, {} as never);
    const account = sequencer.scenario().account(bob);
    ledger.tree.setCell(bob, encodeAccount({ ...account, balance: 501n }));
    await sequencer.database.write(store.changes(ledger));
    await expect(audit()).rejects.toThrow(
      /accounts after batch 1: the ledger must hold 1500 units, it holds 1501/,
    );
    expect(AUDITS.get(sequencer.database, LATEST)).toBeUndefined();
  });

  it("finds a cell that was lost", async () => {
    const store = new LedgerStore(sequencer.database, "batched");
    await sequencer.database.write([
      { space: keySpace("batched-cell"), key: numberKey(alice), value: undefined },
    ]);
    expect(store.readCell(alice) ?? EMPTY_CELL).toEqual(EMPTY_CELL);
    await expect(audit()).rejects.toThrow(SolvencyError);
  });

  it("ends when the node stops, with nothing noted", async () => {
    await audit(AbortSignal.abort());
    expect(AUDITS.get(sequencer.database, LATEST)).toBeUndefined();
  });
});
