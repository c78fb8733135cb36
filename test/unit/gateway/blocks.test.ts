import { Registry } from "prom-client";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContractArtifact } from "../../../contracts/compile.ts";
import { postTaskCall, withdrawToL1Call } from "../../../sdk/index.ts";
import { decodeLaneData } from "../../../sequencer/lane-data.ts";
import { addSolvencyMetrics } from "../../../sequencer/solvency-metrics.ts";
import { SupplyAudit } from "../../../sequencer/supply-audit.ts";
import { gatewayAddress, ledgerAddress, systemAddress } from "../../../state/evm/chain-rules.ts";
import { supplyWrite } from "../../../state/evm/supply.ts";
import { type ReplaySource, traceBlock } from "../../../state/evm/tracing/replay.ts";
import { BATCHES } from "../../../state/store/records.ts";
import { solvencyOf } from "../../../state/store/solvency.ts";
import { laneContract } from "../../fixtures/lane/lane-contracts.ts";
import { log, MIRRORS } from "../sequencer/test-sequencer.ts";
import { inference, LedgerPeople, later } from "./gateway-tasks.ts";
import { FEE_UNITS, GatewayWorld, named, RICH_UNITS, WEI_PER_UNIT } from "./gateway-world.ts";

const compileTimeoutMs = 120_000;
const feeWei = FEE_UNITS * WEI_PER_UNIT;

let caller: ContractArtifact;
let world: GatewayWorld;

beforeAll(async () => {
  caller = await laneContract("GatewayCaller");
}, compileTimeoutMs);

/** A chain with a task of a contract that is posted, expires and is told of, and a request that is refused. */
beforeEach(async () => {
  world = await GatewayWorld.open();
  const bob = await world.sequencer.fund("bob", RICH_UNITS);
  const author = await world.deploy(caller);
  const task = inference(world, named(bob, "bob"), { callbackGas: 200_000 });
  const { data, value } = postTaskCall(task, feeWei);
  await world.invoke(author, caller, "perform", [gatewayAddress, data], { value });
  await world.request(withdrawToL1Call(author, 9, 5n, feeWei));
  await later(world, 601);
  await new LedgerPeople(world).expire(bob, (await world.gateway("taskOf", 1n))[0]);
  await world.sequencer.buildAll({ closing: true });
});

afterEach(async () => {
  await world.close();
});

describe("a block with requests", () => {
  it("tells the gateway contract right after the ledger's transaction, and both are like any other", async () => {
    const { lane } = world.sequencer;
    let told = 0;
    for (let number = 1; number <= lane.head.number; number++) {
      const { transactions = [], gasUsed = 0n } = lane.getBlock(number) ?? {};
      const receipts = lane.getReceipts(number) ?? [];
      const system = transactions.filter(({ sender }) => sender === systemAddress);
      expect(transactions.slice(0, system.length)).toEqual(system);
      const targets = system.map(({ decoded }) => decoded.to?.toString());
      expect(targets).toEqual([ledgerAddress, gatewayAddress].slice(0, system.length));
      expect(receipts.every(({ status }) => status === 1)).toBe(true);
      expect(receipts.at(-1)?.cumulativeGasUsed ?? 0n).toBe(gasUsed);
      told += system.length - 1;
    }
    expect(told).toBe(4); // the fee, the posting, the refusal, the end of the task
  });

  it("runs again for traces with what it did the first time", async () => {
    const { lane } = world.sequencer;
    for (let number = 1; number <= lane.head.number; number++) {
      const source = lane.replayOf(number) as ReplaySource;
      const traces = await traceBlock(source, { tracer: "callTracer", onlyTopCall: false, withLog: false });
      const used = traces.map(({ result }) => BigInt((result as { gasUsed: string }).gasUsed));
      expect(used).toEqual(lane.getReceipts(number)?.map(({ gasUsed }) => gasUsed));
      for (const { result } of traces) expect((result as { error?: string }).error).toBeUndefined();
    }
  });

  it("is posted with the number of requests that it did, beside its signed transactions only", async () => {
    const posted: { requestCount: number; flatFeeUnits: number }[] = [];
    let requests = 0;
    for await (const { laneData, firstBlock } of BATCHES.values(world.sequencer.database)) {
      for (const [i, { transactions, gateway }] of decodeLaneData(laneData).entries()) {
        const block = world.sequencer.lane.getBlock(firstBlock + i);
        const signed = block?.transactions.filter(({ sender }) => sender !== systemAddress) ?? [];
        expect(transactions.map((raw) => Buffer.from(raw).toString("hex"))).toEqual(
          signed.map(({ raw }) => Buffer.from(raw).toString("hex")),
        );
        if (gateway !== undefined) posted.push(gateway);
        requests += gateway?.requestCount ?? 0;
      }
    }
    expect(requests).toBe(2);
    expect(posted).toHaveLength(4);
    expect(new Set(posted.map(({ flatFeeUnits }) => flatFeeUnits))).toEqual(new Set([Number(FEE_UNITS)]));
  });
});

describe("the solvency of the contract lane", () => {
  const getSolvency = async () =>
    (await world.sequencer.rpc().neura_getSolvency?.([])) as {
      isSolvent: boolean;
      contractLane: Record<string, unknown>;
    };

  it("is shown on both sides, with the newest audit", async () => {
    const { database, lane } = world.sequencer;
    const held = `0x${(world.gatewayUnits * WEI_PER_UNIT).toString(16)}`;
    const blockNumber = `0x${lane.head.number.toString(16)}`;
    const before = await getSolvency();
    expect(before).toMatchObject({
      isSolvent: true,
      contractLane: { blockNumber, supplyWei: held, gatewayWei: held, audit: null },
    });
    const clock = { now: () => 77, sleep: async () => undefined };
    await new SupplyAudit({ database, lane, clock, log }).run(new AbortController().signal);
    expect((await getSolvency()).contractLane.audit).toMatchObject({ blockNumber, supplyWei: held });
  });

  it("raises the alarm when they differ", async () => {
    const { database, lane } = world.sequencer;
    const registry = new Registry();
    addSolvencyMetrics(registry, ["home", ...MIRRORS], () => solvencyOf(database, MIRRORS.length));
    const read = async (name: string) =>
      Number((await registry.getSingleMetricAsString(name)).split("\n")[2]?.split(" ")[1]);
    expect(await read("neura_solvency_alarm")).toBe(0);
    expect(await read("neura_solvency_lane_surplus_wei")).toBe(0);
    await database.write([supplyWrite(lane.head.number, world.gatewayUnits * WEI_PER_UNIT + 3n)]);
    expect(await read("neura_solvency_alarm")).toBe(1);
    expect(await read("neura_solvency_lane_surplus_wei")).toBe(3);
    expect((await getSolvency()).isSolvent).toBe(false);
  });
});
