import { createEVM, type EVM } from "@ethereumjs/evm";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, Address } from "@ethereumjs/util";
import { describe, expect, it } from "vitest";
import { Overlay } from "../../../state/database.ts";
import { BlockState } from "../../../state/evm/block-state.ts";
import { chainRules } from "../../../state/evm/chain-rules.ts";
import { evmBlock } from "../../../state/evm/executor.ts";
import { openEvm as openLaneEvm } from "../../../state/evm/open-evm.ts";
import { StateNodes } from "../../../state/evm/trie-nodes.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { chainId } from "./lane-fixture.ts";
import { temporaryDatabase } from "./temporary-database.ts";

const contracts = [1, 2, 3].map((byte) => new Address(new Uint8Array(20).fill(byte)));
const caller = new Address(new Uint8Array(20).fill(9));
const gasLimit = 300_000n;
const rules = chainRules(chainId);
const block = evmBlock(
  { number: 7, timestampSeconds: 70, gasLimit, baseFeeWei: 1n, coinbase: caller.toString() },
  rules,
);

const opened = temporaryDatabase();

interface Machine {
  readonly evm: EVM;
  readonly state: BlockState | MerkleStateManager;
}

async function openLaneMachine(): Promise<Machine> {
  const state = new BlockState(new StateNodes(new Overlay(opened.database)));
  const evm = await openLaneEvm({
    common: rules.detached(),
    state,
    readCell: () => undefined as never,
    blockHashOf: () => undefined,
    slot: { current: undefined },
  });
  return { evm, state };
}

/** The package's own loop (it runs when somebody listens), journal and state. */
async function openPackageMachine(): Promise<Machine> {
  const common = rules.detached();
  const state = new MerkleStateManager({ common });
  const evm = await createEVM({ common, stateManager: state });
  evm.events.on("step", () => undefined);
  return { evm, state };
}

/** Everything that calls of the first contract leave behind, each a transaction of its own, in one block. */
async function outcome(
  { evm, state }: Machine,
  codes: readonly Uint8Array[],
  calldata: readonly Uint8Array[],
): Promise<{ calls: { exception?: string | undefined }[]; root: string }> {
  await state.checkpoint();
  await state.putAccount(caller, new Account(1n, 1_000n));
  for (const [i, code] of codes.entries()) {
    const address = contracts[i] as Address;
    await state.putAccount(address, new Account(1n, 100n));
    await state.putCode(address, code);
  }
  const [to] = contracts as [Address];
  const calls = [];
  for (const data of calldata) {
    for (const address of evm.precompiles.keys()) evm.journal.addAlwaysWarmAddress(address);
    evm.journal.addAlwaysWarmAddress(to.toString());
    await evm.journal.checkpoint();
    const { execResult } = await evm.runCall({ block, caller, origin: caller, to, gasLimit, data });
    await evm.journal.cleanup();
    await state.commit();
    state.originalStorageCache.clear();
    calls.push({
      returned: Buffer.from(execResult.returnValue).toString("hex"),
      gasUsed: execResult.executionGasUsed,
      refund: execResult.gasRefund,
      // The package says also where a jump went wrong.
      exception: execResult.exceptionError?.error.replace(/ at .*/, ""),
      logs: execResult.logs?.map((log) => log.map(String)),
    });
  }
  await state.commit();
  return { calls, root: Buffer.from(await state.getStateRoot()).toString("hex") };
}

async function bothOutcomes(codes: readonly Uint8Array[], calldata: readonly Uint8Array[]) {
  return [
    await outcome(await openLaneMachine(), codes, calldata),
    await outcome(await openPackageMachine(), codes, calldata),
  ] as const;
}

const push = (value: number): number[] => [0x61, value >> 8, value & 0xff];

/** A word of any size, and often at an edge. */
function pushWord(random: SeededRandom): number[] {
  const draw = random.below(6);
  if (draw === 0) return [0x5f];
  if (draw === 1) return push(random.below(300));
  if (draw === 2) return [0x7f, ...Array(32).fill(0xff)];
  if (draw === 3) return [0x7f, 0x80, ...Array(31).fill(0)];
  const bytes = 1 + random.below(32);
  return [0x5f + bytes, ...Array.from({ length: bytes }, () => random.below(256))];
}

/** Where in the memory: mostly near its beginning, and sometimes where nobody can pay for it. */
function place(random: SeededRandom): number[] {
  if (random.chance(1, 60)) return [0x6b, ...Array(12).fill(0xff)];
  return push(random.below(random.chance(1, 20) ? 40_000 : 160));
}

type Draw = (random: SeededRandom, at: number) => number[];

const arithmetic = [1, 2, 3, 4, 5, 6, 7, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1a];
const environment = [
  0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x46, 0x47, 0x58, 0x59,
];
const copies = [0x37, 0x39, 0x3e, 0x5e];
const calls = [0xf1, 0xf2, 0xf4, 0xfa];

/** What programs are made of, with operands that let them get somewhere. */
const draws: readonly Draw[] = [
  (random) => pushWord(random),
  (random) => [...pushWord(random), ...pushWord(random), random.pick(arithmetic)],
  (random) => [...pushWord(random), ...push(random.below(260)), random.pick([0x1b, 0x1c, 0x1d])],
  (random) => [...pushWord(random), ...pushWord(random), ...pushWord(random), random.pick([8, 9])],
  (random) => [...pushWord(random), random.pick([0x15, 0x19, 0x35, 0x31, 0x3b, 0x3f])],
  (random) => [random.pick(environment)],
  (random) => [...pushWord(random), ...place(random), random.pick([0x52, 0x53])],
  (random) => [...place(random), 0x51],
  (random) => [...push(random.below(100)), ...push(random.below(200)), ...place(random), random.pick(copies)],
  (random) => {
    const other = random.pick([...contracts, caller]).bytes;
    return [...push(random.below(100)), ...pushWord(random), ...place(random), 0x73, ...other, 0x3c];
  },
  (random) => [...push(random.below(3)), ...push(random.below(3)), 0x55],
  (random) => [...push(random.below(3)), ...push(random.below(3)), 0x55],
  // Another value in each of the calls.
  (random) => [0x36, ...push(3), 0x16, ...push(random.below(3)), 0x55],
  (random) => [0x36, ...push(3), 0x16, ...push(random.below(3)), 0x55],
  (random) => [...push(random.below(4)), random.pick([0x54, 0x5c])],
  (random) => [...push(random.below(3)), ...push(random.below(3)), 0x5d],
  (random) => [...push(random.below(100)), ...place(random), 0x20],
  (_random, at) => [...push(at + 4), 0x56, 0x5b],
  (random, at) => [...push(random.below(2)), ...push(at + 7), 0x57, 0x5b],
  (random) => [0x5a, 0x50, 0x80 + random.below(16), 0x90 + random.below(16)],
  (random) => {
    const to = random.pick(contracts).bytes;
    const call = random.pick(calls);
    const value = call === 0xf1 || call === 0xf2 ? push(random.below(2)) : [];
    const [output, input] = [
      [...push(random.below(64)), ...place(random)],
      [...push(random.below(64)), ...place(random)],
    ];
    const gas = random.pick([0, 2_200 + random.below(200), 20_000 + random.below(20_000)]);
    return [...output, ...input, ...value, 0x73, ...to, ...push(gas), call];
  },
  (random) => {
    const topics = random.below(5);
    const words = Array.from({ length: topics }, () => pushWord(random)).flat();
    return [...words, ...push(random.below(70)), ...place(random), 0xa0 + topics];
  },
  (random) => [
    ...push(random.below(5)),
    ...push(random.below(40)),
    ...place(random),
    ...push(random.below(2)),
    random.pick([0xf0, 0xf5]),
  ],
];

const endings: readonly Draw[] = [
  (random) => [...push(random.below(80)), ...place(random), random.pick([0xf3, 0xfd])],
  () => [0x00],
  (random) => [random.below(256)],
  (random) => [...push(random.below(300)), 0x56],
  (random) => [0x73, ...random.pick(contracts).bytes, 0xff],
];

function someProgram(random: SeededRandom): Uint8Array {
  const bytes: number[] = [];
  const length = random.pick([2, 10, 70]);
  for (let i = 0; i < length; i++) {
    const from = random.chance(1, 40) ? endings : draws;
    bytes.push(...random.pick(from)(random, bytes.length));
  }
  // What came of it, for the caller to see.
  return Uint8Array.from([...bytes, ...push(224), 0x5f, 0xf3]);
}

describe("the lane's interpreter", () => {
  it("does what the package's own loop, journal and state do, with programs of all sorts", async () => {
    const random = new SeededRandom(7);
    const ends = new Set<unknown>();
    for (let run = 0; run < 300; run++) {
      const codes = contracts.map(() => someProgram(random));
      const calldata = Array.from({ length: 3 }, () =>
        new Uint8Array(random.below(80)).fill(random.below(256)),
      );
      const [lane, reference] = await bothOutcomes(codes, calldata);
      expect(lane, `run ${run}`).toEqual(reference);
      for (const { exception } of lane.calls) ends.add(exception);
    }
    // The programs end in all ways that matter.
    for (const end of [
      undefined,
      "out of gas",
      "revert",
      "stack underflow",
      "invalid opcode",
      "invalid JUMP",
    ])
      expect([...ends]).toContain(end);
  });

  it.each([
    { what: "a stack that is too high", code: [0x5b, 0x5f, 0x5f, 0x56], exception: "stack overflow" },
    { what: "a push that the code ends in", code: [0x61, 0x01], exception: undefined },
    { what: "a jump into what is pushed", code: [0x60, 0x03, 0x56, 0x60, 0x5b], exception: "invalid JUMP" },
  ])("halts as the package does at $what", async ({ code, exception }) => {
    const [lane, reference] = await bothOutcomes([Uint8Array.from(code)], [new Uint8Array(0)]);
    expect(lane).toEqual(reference);
    expect(lane.calls[0]?.exception).toBe(exception);
  });

  /** Calls the second contract with so much gas, and returns whether it succeeded. */
  const callingSecond = (call: number, gas: number): Uint8Array => {
    const value = call === 0xf1 ? [0x5f] : [];
    const to = (contracts[1] as Address).bytes;
    const range = [0x5f, 0x5f, 0x5f, 0x5f];
    return Uint8Array.from([
      ...range,
      ...value,
      0x73,
      ...to,
      ...push(gas),
      call,
      0x5f,
      0x52,
      0x60,
      32,
      0x5f,
      0xf3,
    ]);
  };

  it.each([
    {
      what: "SSTORE with no more gas than a stipend",
      call: 0xf1,
      gas: 2_304,
      code: [0x5f, 0x5f, 0x55],
      flag: 0,
    },
    { what: "SSTORE with one gas more", call: 0xf1, gas: 2_305, code: [0x5f, 0x5f, 0x55], flag: 1 },
    { what: "SSTORE in a static call", call: 0xfa, gas: 50_000, code: [0x5f, 0x5f, 0x55], flag: 0 },
    { what: "LOG0 in a static call", call: 0xfa, gas: 50_000, code: [0x5f, 0x5f, 0xa0], flag: 0 },
    { what: "LOG0 in another call", call: 0xf1, gas: 50_000, code: [0x5f, 0x5f, 0xa0], flag: 1 },
  ])("lets $what end as the package does", async ({ call, gas, code, flag }) => {
    const codes = [callingSecond(call, gas), Uint8Array.from(code)];
    const [lane, reference] = await bothOutcomes(codes, [new Uint8Array(0)]);
    expect(lane).toEqual(reference);
    expect(lane.calls[0]).toMatchObject({ returned: flag.toString().padStart(64, "0") });
  });

  it("says nothing of where a jump went wrong, for which it would hash the code", async () => {
    const { evm } = await openLaneMachine();
    const { exceptionError } = await evm.runCode({ code: Uint8Array.of(0x5f, 0x56), gasLimit });
    expect(exceptionError?.error).toBe("invalid JUMP");
  });

  it("gives nobody who looks on more memory than the gas pays for", async () => {
    const code = Uint8Array.from([0x64, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5f, 0xfd]);
    const { calls } = await outcome(await openPackageMachine(), [code], [new Uint8Array(0)]);
    expect(calls[0]?.exception).toBe("out of gas");
  });

  it("goes on from the place that a call asks for", async () => {
    const { evm } = await openLaneMachine();
    const code = Uint8Array.from([0x60, 1, 0x60, 2, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]);
    const { returnValue } = await evm.runCode({ code, pc: 2, gasLimit });
    expect(returnValue.at(-1)).toBe(2);
  });
});
