import type { TransactionReceipt } from "viem";
import { describe, expect, it } from "vitest";
import type { CreatedLedger } from "../../../bridge/ledger-finder.ts";
import { type BatchRunOptions, runBatches } from "../../../sequencer/recovery/batch-run.ts";
import { ChainReplacedError } from "../../../sequencer/recovery/home-follower.ts";
import { HomeState } from "../../../sequencer/recovery/home-state.ts";
import type { HomeViews } from "../../../sequencer/recovery/home-views.ts";
import { CallRefusedError } from "../../../sequencer/recovery/l1-wallet.ts";
import { nextDeadline, standingOf } from "../../../sequencer/recovery/standing.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import { opWords } from "../../../state/ledger/operation.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";
import { genesisAccounts } from "../../support/ledger-scenario.ts";

const NOW = 1_800_000_000n;
const size = BATCH_SIZES.test;
const accounts = genesisAccounts();
const created: CreatedLedger = {
  chainId: 31337,
  address: "0x00000000000000000000000000000000000000A1",
  firstBlock: 1,
  domain: 1n,
  genesisRoot: Ledger.genesis(size, accounts).root(),
  size,
  accounts,
};
const views = { terms: { freezeDelay: 1_000 }, batchVerifier: created.address } as HomeViews;
const noop = opWords({ kind: "noop" });
const proof = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n] as const;
const receipt = { transactionHash: "0x11", gasUsed: 5n } as unknown as TransactionReceipt;

/** A home with one waiting entry, which disappears when a batch takes it. */
class FakeHome {
  readonly created = created;
  readonly state = new HomeState(created, 0);
  timestampSeconds = NOW;
  reads = 0;
  isReplaced = false;

  constructor(deadline: bigint) {
    const entry = { index: 0, words: noop, caller: 1n, queuedAt: NOW - 500n, deadline };
    this.state.apply({ type: "queued", entry });
  }

  get upTo() {
    return { number: this.reads, hash: "0x", timestampSeconds: this.timestampSeconds };
  }

  async readTo(): Promise<HomeViews> {
    this.reads += 1;
    if (this.isReplaced) throw new ChainReplacedError(1, "0xa", "0xb");
    return views;
  }

  take(): void {
    this.state.waiting.clear();
  }
}

function optionsOf(home: FakeHome, changes: Partial<BatchRunOptions> = {}): BatchRunOptions {
  return {
    open: async () => home,
    latestBlock: async () => 1,
    prove: async () => proof,
    wallet: {
      send: async () => {
        home.take();
        return receipt;
      },
    },
    isUntilEmpty: false,
    sleep: async () => {},
    onEvent: () => {},
    ...changes,
  };
}

describe("submitting batches", () => {
  it("sends what is overdue and ends with an empty queue", async () => {
    const outcome = await runBatches(optionsOf(new FakeHome(NOW - 1n)));
    expect(outcome).toMatchObject({ end: "empty", sent: [{ number: 1, entries: 1, noOps: 0 }] });
  });

  it("sends nothing at the deadline itself, and tells the standing", async () => {
    const outcome = await runBatches(optionsOf(new FakeHome(NOW)));
    expect(outcome).toMatchObject({ end: "not yet", sent: [], standing: { firstDeadline: NOW } });
  });

  it("waits for the deadline when the queue is to be emptied", async () => {
    const home = new FakeHome(NOW + 3n);
    const sleep = async () => {
      home.timestampSeconds += 2n;
    };
    const outcome = await runBatches(optionsOf(home, { isUntilEmpty: true, sleep }));
    expect(outcome).toMatchObject({ end: "empty", sent: [{ number: 1 }] });
  });

  it("reads on when somebody else was faster", async () => {
    const home = new FakeHome(NOW - 1n);
    const events: string[] = [];
    const send = async () => {
      home.take();
      throw new CallRefusedError("submitBatch", "WrongBatchNumber", "WrongBatchNumber(2, 1)");
    };
    const outcome = await runBatches(
      optionsOf(home, { wallet: { send }, onEvent: (text) => events.push(text) }),
    );
    expect(outcome).toMatchObject({ end: "empty", sent: [] });
    expect(events.join()).toContain("somebody else was faster");
  });

  it("gives up on a refusal that no newer state explains, and after too many lost races", async () => {
    const refuse = (name: string) => async () => {
      throw new CallRefusedError("submitBatch", name, name);
    };
    const run = (name: string) =>
      runBatches(optionsOf(new FakeHome(NOW - 1n), { wallet: { send: refuse(name) } }));
    await expect(run("InvalidProof")).rejects.toMatchObject({ errorName: "InvalidProof" });
    await expect(run("WrongBatchNumber")).rejects.toThrow(/changed 50 times/);
  });

  it("makes a batch again whose time has become too old", async () => {
    const home = new FakeHome(NOW - 1n);
    const events: string[] = [];
    let sent = 0;
    const send = async () => {
      sent += 1;
      if (sent === 1) throw new CallRefusedError("submitBatch", "TimeTooOld", "TimeTooOld(2, 1)");
      home.take();
      return receipt;
    };
    const outcome = await runBatches(
      optionsOf(home, { wallet: { send }, onEvent: (text) => events.push(text) }),
    );
    expect(outcome).toMatchObject({ end: "empty", sent: [{ number: 1 }] });
    expect(events.join()).toContain("time lies too far back");
  });

  it("outlasts all batches that the operator may put before an overdue entry, entry by entry", async () => {
    const home = new FakeHome(NOW - 1n);
    const delaysPerEntry = 32;
    let lost = 0;
    const send = async () => {
      lost += 1;
      if (lost % delaysPerEntry === 0) home.state.queueHead += 1;
      if (lost === 3 * delaysPerEntry) home.take();
      throw new CallRefusedError("submitBatch", "WrongBatchNumber", "WrongBatchNumber(2, 1)");
    };
    expect(await runBatches(optionsOf(home, { wallet: { send } }))).toMatchObject({ end: "empty" });
    expect(lost).toBe(3 * delaysPerEntry);
  });

  it("reads the chain from the start when blocks were replaced", async () => {
    const home = new FakeHome(NOW - 1n);
    home.isReplaced = true;
    let opened = 0;
    const open = async () => {
      opened += 1;
      home.isReplaced = opened < 3;
      return home;
    };
    expect(await runBatches(optionsOf(home, { open }))).toMatchObject({
      end: "empty",
      sent: [{ number: 1 }],
    });
    expect(opened).toBe(3);
  });

  it("makes no batch of a frozen ledger", async () => {
    const home = new FakeHome(NOW - 1n);
    home.state.apply({ type: "frozen" });
    expect(await runBatches(optionsOf(home))).toMatchObject({ end: "frozen", sent: [] });
  });
});

describe("the deadline of what is queued now", () => {
  const terms = { inclusionDelay: 600, entryInterval: 10 };
  const at = (newestDeadline: bigint, waiting: number) =>
    nextDeadline({ terms, newestDeadline, queueHead: 5, queueTail: 5 + waiting }, NOW) - NOW;

  it("follows the entry before it, but no later than one interval for each that waits", () => {
    expect(at(0n, 0)).toBe(600n);
    expect(at(NOW + 601n, 3)).toBe(611n);
    expect(at(NOW + 900n, 3)).toBe(630n);
    expect(at(NOW + 900n, 0)).toBe(600n);
  });
});

describe("the standing", () => {
  const terms = { freezeDelay: 1_000 };
  const at = (seconds: bigint) => standingOf(new FakeHome(NOW).state, terms, seconds).phase;

  it("changes one second after the deadline, and one second after the freeze delay", () => {
    expect([at(NOW), at(NOW + 1n)]).toEqual(["running", "suspended"]);
    expect([at(NOW + 1_000n), at(NOW + 1_001n)]).toEqual(["suspended", "freezable"]);
  });

  it("is suspended for ever once the operator is deposed, and cannot be frozen while nothing is overdue", () => {
    const { state } = new FakeHome(NOW);
    state.apply({ type: "deposed" });
    const expected = { phase: "suspended", isDeposed: true, freezableAfter: undefined };
    expect(standingOf(state, terms, NOW)).toEqual(expected);
  });
});
