import { createEVM, type EVM } from "@ethereumjs/evm";
import { Account, Address } from "@ethereumjs/util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Database, Overlay } from "../../../state/database.ts";
import { BlockState } from "../../../state/evm/block-state.ts";
import { chainRules } from "../../../state/evm/chain-rules.ts";
import { evmBlock } from "../../../state/evm/executor.ts";
import { StateNodes } from "../../../state/evm/trie-nodes.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { chainId, temporaryDirectory } from "./lane-fixture.ts";

const contracts = [1, 2, 3].map((byte) => new Address(new Uint8Array(20).fill(byte)));
const caller = new Address(new Uint8Array(20).fill(9));
const gasLimit = 300_000n;
const rules = chainRules(chainId);
const block = evmBlock(
  { number: 7, timestampSeconds: 70, gasLimit, baseFeeWei: 1n, coinbase: caller.toString() },
  rules,
);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;

beforeEach(async () => {
  directory = await temporaryDirectory();
  database = await Database.open(directory.path);
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

const push = (value: number): number[] => [0x61, value >> 8, value & 0xff];

/** Instructions with their operands small and mostly right, so that programs get somewhere; the rest is noise. */
function someProgram(random: SeededRandom): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < 60; i++) {
    const at = () => push(random.below(128));
    const draw = random.below(20);
    if (draw < 4) bytes.push(...at());
    else if (draw === 4)
      bytes.push(...at(), ...at(), 0x52); // MSTORE
    else if (draw === 5)
      bytes.push(...at(), 0x51); // MLOAD
    else if (draw === 6)
      bytes.push(...push(random.below(3)), ...push(random.below(4)), 0x55); // SSTORE
    else if (draw === 7)
      bytes.push(...push(random.below(4)), 0x54); // SLOAD
    else if (draw === 8)
      bytes.push(...push(random.below(64)), ...at(), 0x20); // KECCAK256
    else if (draw === 9)
      bytes.push(...push(bytes.length + 5 + random.below(3)), 0x56, 0x5b, 0x5b); // JUMP
    else if (draw === 10)
      bytes.push(...push(random.below(2)), ...push(bytes.length + 8), 0x57, 0x5b); // JUMPI
    else if (draw === 11) {
      const to = random.pick(contracts).bytes;
      const operands = [...push(32), ...push(0), ...push(32), ...push(0), ...push(random.below(2))];
      bytes.push(...operands, 0x73, ...to, ...push(20_000 + random.below(20_000)), 0xf1); // CALL
    } else if (draw === 12)
      bytes.push(...push(random.below(16)), ...at(), 0xa0 + random.below(1)); // LOG0
    else if (draw === 13)
      bytes.push(...push(random.below(40)), ...at(), random.pick([0xf3, 0xfd])); // RETURN, REVERT
    else if (draw === 14)
      bytes.push(...push(random.below(3)), ...push(0), ...push(0), 0xf0); // CREATE
    else if (draw === 15) bytes.push(random.below(256));
    else
      bytes.push(
        random.pick([0x01, 0x02, 0x03, 0x10, 0x16, 0x50, 0x5a, 0x80, 0x90, 0x5f, 0x30, 0x33, 0x3d, 0x00]),
      );
  }
  return Uint8Array.from(bytes);
}

async function openEvm(codes: readonly Uint8Array[]): Promise<{ evm: EVM; state: BlockState }> {
  const state = new BlockState(new StateNodes(new Overlay(database)));
  await state.checkpoint();
  await state.putAccount(caller, new Account(1n, 1_000n));
  for (const [i, code] of codes.entries()) {
    const address = contracts[i] as Address;
    await state.putAccount(address, new Account(1n, 100n));
    await state.putCode(address, code);
  }
  const evm = await createEVM({ common: rules.detached(), stateManager: state });
  return { evm, state };
}

/** Everything that a call leaves behind. */
async function outcome(codes: readonly Uint8Array[], isWatched: boolean): Promise<unknown> {
  const { evm, state } = await openEvm(codes);
  let steps = 0;
  // With a listener the package's own loop runs.
  if (isWatched) evm.events.on("step", () => steps++);
  const [to] = contracts as [Address];
  const { execResult } = await evm.runCall({
    block,
    caller,
    origin: caller,
    to,
    gasLimit,
    data: Uint8Array.of(1, 2, 3),
  });
  await state.commit();
  if (isWatched) expect(steps).toBeGreaterThan(0);
  return {
    returned: Buffer.from(execResult.returnValue).toString("hex"),
    gasUsed: execResult.executionGasUsed,
    refund: execResult.gasRefund,
    exception: execResult.exceptionError?.error,
    logs: execResult.logs?.map((log) => log.map(String)),
    root: Buffer.from(await state.getStateRoot()).toString("hex"),
  };
}

it("does what the package's own loop does, with programs of all sorts", async () => {
  const random = new SeededRandom(7);
  const ends = new Set<unknown>();
  for (let run = 0; run < 150; run++) {
    const codes = contracts.map(() => someProgram(random));
    const fast = (await outcome(codes, false)) as { exception?: string };
    expect(fast, `run ${run}`).toEqual(await outcome(codes, true));
    ends.add(fast.exception?.replace(/ at .*/, ""));
  }
  // The programs end in all ways that matter.
  for (const end of [undefined, "out of gas", "revert", "stack underflow", "invalid opcode", "invalid JUMP"])
    expect([...ends]).toContain(end);
});

it("goes on from the place that a call asks for", async () => {
  const { evm } = await openEvm([]);
  const code = Uint8Array.from([0x60, 1, 0x60, 2, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]);
  const { returnValue } = await evm.runCode({ code, pc: 2, gasLimit });
  expect(returnValue.at(-1)).toBe(2);
});
