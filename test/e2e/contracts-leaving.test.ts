import { type Address, keccak256 } from "viem";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { bridgedNrxAbi } from "../../contracts/abi.ts";
import { unitsHeldBy } from "../../state/ledger/cells.ts";
import { busyLedger, SILENT_TASK } from "../fixtures/contracts/busy-ledger.ts";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import {
  ann,
  ben,
  depositArgs,
  enterWorld,
  freezeWith,
  refused,
  send,
  settle,
  toHome,
  world,
} from "../fixtures/contracts/driven-world.ts";
import type { TestContract } from "../fixtures/contracts/memory-chain.ts";
import { checkInvariants } from "../fixtures/contracts/settlement-invariants.ts";
import { operator, type SettlementWorld, WEI_PER_UNIT } from "../fixtures/contracts/settlement-world.ts";
import { MODEL } from "../support/ledger-world.ts";

afterAll(writeCoverage);

describe("a frozen ledger", () => {
  it("pays every kind of cell once, in any order, and to the last unit", async () => {
    for (const isReversed of [false, true]) {
      await enterWorld({ start: busyLedger() });
      await freezeWith(7n);
      const ids = isReversed ? world.scenario.ids.toReversed() : world.scenario.ids;
      for (const id of ids) {
        const cell = world.scenario.ledger.cell(id);
        const held = unitsHeldBy(cell);
        const { events } = await toHome("openCell", [id, cell, await world.membershipProof(id, cell)]);
        const credited = events.filter(({ name }) => name === "CellCredited");
        const fromCell = credited.reduce((sum, { args }) => sum + (args.amountUnits as bigint), 0n);
        // A model that is opened late passes on what tasks have credited to it before.
        expect(fromCell, `cell ${id}`).toBe(held + (id === MODEL && isReversed ? lateRevenue(world) : 0n));
        world.model.open(id, cell);
        await checkInvariants(world);
      }
      for (const [id, units] of [...world.model.creditedUnits]) {
        expect(await world.chain.read(world.home, "creditedUnits", [id]), `account ${id}`).toBe(units);
        if (units > 0n) await toHome("payAccount", [id]);
        world.model.creditedUnits.delete(id);
        await checkInvariants(world);
      }
      expect(world.unitsInCells()).toBe(0n);
    }
  });

  /** The model's part of what the silent task still had to pay. */
  const lateRevenue = ({ scenario }: SettlementWorld): bigint => {
    const { money, drawn, terms } = scenario.task(SILENT_TASK);
    return ((money.reward - drawn) * terms.share) / 10_000n;
  };
});

describe("bridged NRX", () => {
  beforeEach(() => enterWorld());

  it("goes out with a withdrawal, and comes home in order, never more than is out", async () => {
    await enterWorld({ start: busyLedger() });
    const mirror = world.mirror(1);
    await settle(
      world.build({
        entries: 0,
        signedOps: (ledger) =>
          ledger.batch.ops.length > 0
            ? undefined
            : ledger.signed(6, { kind: "withdraw", amountUnits: 100n, param: 1n, w1: BigInt(ben) }),
      }),
    );
    const { argument, streamHash } = world.model.batches[0] ?? {};
    if (argument === undefined || streamHash === undefined) throw new Error("the batch was accepted");
    await send(mirror, "submitBatch", [argument, keccak256("0x"), await world.signFinal(1n, streamHash)]);
    await send(mirror, "claimWithdrawal", [1n, [BigInt(ben) | (100n << 160n)], 0n]);
    const to = depositArgs(1n).slice(1);
    const back = (units: bigint) => send(mirror, "returnHome", [units * WEI_PER_UNIT, ...to], ben);
    const home = (index: bigint, units: bigint, from: Address = operator.address) =>
      toHome("queueReturn", [1, index, units, ...to], from);
    expect(await refused(back(101n))).toBe("InsufficientBalance");
    await back(60n);
    await back(40n);
    expect(await refused(home(0n, 60n, ann))).toBe("NotOperator");
    expect(await refused(home(1n, 40n))).toBe("WrongReturnIndex");
    expect(await refused(home(0n, 101n))).toBe("ReturnExceedsOut");
    expect(await refused(home(0n, 0n))).toBe("ZeroAmount");
    expect(await refused(toHome("queueReturn", [3, 0n, 1n, ...to], operator.address))).toBe("UnknownMirror");
    await home(0n, 60n);
    expect(await world.chain.read(world.home, "outOnMirrorUnits", [1])).toBe(40n);
    await home(1n, 40n);
    expect(await refused(home(2n, 1n))).toBe("ReturnExceedsOut");
    const bridged = world.bridged[1] as TestContract;
    expect(await world.chain.read(bridged, "totalSupply")).toBe(0n);
    const minter = { address: bridged.address, abi: bridgedNrxAbi };
    expect(await refused(send(minter, "mint", [ann, 1n]))).toBe("NotMirror");
    expect(await refused(send(minter, "burn", [ann, 1n]))).toBe("NotMirror");
  });
});
