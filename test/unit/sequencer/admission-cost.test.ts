import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import type { TestSequencer } from "./test-sequencer.ts";

const MESSAGE = "../../../state/ledger/message.ts";
const signedMessage = vi.fn();

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;

beforeAll(async () => {
  // Test files share their modules: the sequencer of this one is loaded anew, with a message that is counted.
  vi.resetModules();
  vi.doMock(MESSAGE, async (original) => {
    const real = await original<typeof import("../../../state/ledger/message.ts")>();
    signedMessage.mockImplementation(real.signedMessage);
    return { ...real, signedMessage };
  });
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  const { TestSequencer: Counted } = await import("./test-sequencer.ts");
  sequencer = await Counted.open({ path: directory.path, clock });
});
afterAll(async () => {
  await sequencer.close();
  await directory.remove();
  vi.doUnmock(MESSAGE);
  vi.resetModules();
});

describe("admission", () => {
  it("hashes the message of an operation once", async () => {
    const alice = await sequencer.fund("alice", 1_000n);
    const op = sequencer.scenario().signed(alice, { kind: "transfer", object: alice, amountUnits: 1n });
    signedMessage.mockClear();
    await sequencer.operations.submit(op);
    expect(signedMessage).toHaveBeenCalledTimes(1);
  });
});
