import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as message from "../../../state/ledger/message.ts";
import { TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "./test-sequencer.ts";

vi.mock("../../../state/ledger/message.ts", async (original) => {
  const real = await original<typeof message>();
  return { ...real, signedMessage: vi.fn(real.signedMessage) };
});

let directory: { path: string; remove: () => Promise<void> };
let sequencer: TestSequencer;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  sequencer = await TestSequencer.open({ path: directory.path, clock });
});
afterEach(async () => {
  await sequencer.close();
  await directory.remove();
});

describe("admission", () => {
  it("hashes the message of an operation once", async () => {
    const alice = await sequencer.fund("alice", 1_000n);
    const op = sequencer.scenario().signed(alice, { kind: "transfer", object: alice, amountUnits: 1n });
    vi.mocked(message.signedMessage).mockClear();
    await sequencer.operations.submit(op);
    expect(message.signedMessage).toHaveBeenCalledTimes(1);
  });
});
