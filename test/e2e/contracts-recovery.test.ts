/** What the recovery contract gets, and how it pays. */
import { type Address, concatHex, encodeAbiParameters, keccak256 } from "viem";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { RESERVED_CELL } from "../../state/ledger/cells.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { writeCoverage } from "../fixtures/contracts/coverage-recorder.ts";
import {
  ann,
  ben,
  deposit,
  enterWorld,
  freezeWith,
  refused,
  send,
  settle,
  toHome,
  tokensOf,
  world,
} from "../fixtures/contracts/driven-world.ts";
import { checkInvariants } from "../fixtures/contracts/settlement-invariants.ts";
import { payoutProof, payoutsRoot } from "../fixtures/contracts/settlement-recovery.ts";
import { guardian, WEI_PER_UNIT } from "../fixtures/contracts/settlement-world.ts";
import type { LedgerScenario } from "../support/ledger-scenario.ts";

afterAll(writeCoverage);

describe("the gateway's funds", () => {
  beforeEach(() => enterWorld());

  it("go to the recovery contract, which pays what its guardian proposed and everyone had time to check", async () => {
    await toHome("depositToEvm", [100n * WEI_PER_UNIT, ben]);
    const words = opWords({ kind: "depositToEvm", object: 3, amountUnits: 100n, w1: BigInt(ben) });
    world.model.push(words, ann, world.now);
    await settle(world.build({ entries: 1 }));
    await freezeWith(1n);
    const cell = world.scenario.ledger.cell(RESERVED_CELL.gateway);
    await toHome("openCell", [3, cell, await world.membershipProof(3, cell)]);
    await toHome("payAccount", [3]);
    expect(await tokensOf(world.recovery.address)).toBe(100n * WEI_PER_UNIT);

    const recover = (name: string, args: readonly unknown[], from = ann) =>
      send(world.recovery, name, args, from);
    const leafOf = (index: bigint, recipient: Address, units: bigint) => {
      const types = ["uint256", "address", "uint256"].map((type) => ({ type }));
      return keccak256(keccak256(encodeAbiParameters(types, [index, recipient, units * WEI_PER_UNIT])));
    };
    const leaves = [leafOf(0n, ben, 60n), leafOf(1n, ann, 40n)];
    const root = keccak256(concatHex(leaves.toSorted()));
    const toBen = [1n, 0n, ben, 60n * WEI_PER_UNIT, [leaves[1]]];
    expect(await refused(recover("propose", [root]))).toBe("NotGuardian");
    expect(await refused(recover("finalize", []))).toBe("NothingProposed");
    await recover("propose", [keccak256("0x01")], guardian);
    world.chain.timeSeconds += 599;
    await recover("propose", [root], guardian);
    world.chain.timeSeconds += 599;
    expect(await refused(recover("finalize", []))).toBe("TimelockRunning");
    expect(await refused(recover("claim", toBen))).toBe("NotFinal");
    world.chain.timeSeconds += 1;
    expect((await recover("finalize", [])).result).toBe(1n);
    expect(await refused(recover("finalize", []))).toBe("NothingProposed");
    expect(await refused(recover("claim", toBen.with(3, 61n * WEI_PER_UNIT)))).toBe("WrongPayoutProof");
    expect(await refused(recover("claim", toBen.with(0, 2n)))).toBe("NotFinal");
    await recover("claim", toBen);
    expect(await refused(recover("claim", toBen))).toBe("AlreadyClaimed");
    await recover("claim", [1n, 1n, ann, 40n * WEI_PER_UNIT, [leaves[0]]]);
    expect(await tokensOf(world.recovery.address)).toBe(0n);
  });

  it("are paid in rounds, of which a later one leaves the earlier ones as they are", async () => {
    const recover = (name: string, args: readonly unknown[], from = ann) =>
      send(world.recovery, name, args, from);
    await send(world.token, "transfer", [world.recovery.address, 1_000n]);
    const payouts = [ann, ben].map((recipient, i) => ({ recipient, wei: 10n + BigInt(i) }));
    const larger = payouts.map(({ recipient, wei }) => ({ recipient, wei: wei * 10n }));
    for (const [i, round] of [payouts, larger].entries()) {
      await recover("propose", [payoutsRoot(round)], guardian);
      world.chain.timeSeconds += 600;
      expect((await recover("finalize", [])).result).toBe(BigInt(i + 1));
    }
    expect(await world.chain.read(world.recovery, "rounds")).toBe(2n);
    expect(await world.chain.read(world.recovery, "finalRootOf", [1n])).toBe(payoutsRoot(payouts));
    expect(await world.chain.read(world.recovery, "finalRootOf", [2n])).toBe(payoutsRoot(larger));
    const before = await tokensOf(ben);
    const claim = (round: bigint, of: typeof payouts) =>
      recover("claim", [round, 1n, ben, of[1]?.wei, payoutProof(of, 1)]);
    expect(await refused(claim(1n, larger))).toBe("WrongPayoutProof");
    await claim(2n, larger);
    expect(await world.chain.read(world.recovery, "isClaimed", [1n, 1n])).toBe(false);
    await claim(1n, payouts);
    expect((await tokensOf(ben)) - before).toBe(121n);
    expect(await refused(claim(1n, payouts))).toBe("AlreadyClaimed");
    expect(await refused(claim(2n, larger))).toBe("AlreadyClaimed");
  });
});

describe("what is out on mirrors", () => {
  beforeEach(() => enterWorld());

  it("goes to the recovery contract when the operator is deposed, as often as more has gone out", async () => {
    await deposit(100n);
    await settle(world.build({ entries: 1 }));
    const withdraws = (units: bigint) => (ledger: LedgerScenario) =>
      ledger.batch.ops.length > 0
        ? undefined
        : ledger.signed(5, { kind: "withdraw", amountUnits: units, param: 1n, w1: BigInt(ben) });
    await settle(world.build({ entries: 0, signedOps: withdraws(30n) }));
    expect(await refused(toHome("releaseMirrors", []))).toBe("NotFrozen");
    const disputed = keccak256("0x0a");
    const shown = world.model.historyOf(1);
    await toHome("reportFalseBatch", [1n, disputed, await world.signFinal(1n, disputed), ...shown], ben);
    world.model.depose();
    await toHome("releaseMirrors", []);
    world.model.release();
    expect(await tokensOf(world.recovery.address)).toBe(30n * WEI_PER_UNIT);
    expect(await refused(toHome("releaseMirrors", []))).toBe("NothingOutOnMirrors");
    const built = world.build({ entries: 0, signedOps: withdraws(12n) });
    const argument = await world.proven(built);
    await toHome("submitBatch", [argument, "0x", "0x"], ben);
    world.model.accept({ ...built, argument }, 0, ben, world.now);
    world.scenario = built.after;
    await toHome("releaseMirrors", []);
    world.model.release();
    expect(await tokensOf(world.recovery.address)).toBe(42n * WEI_PER_UNIT);
    await checkInvariants(world);
  });
});
