import { concatHex, encodeFunctionData, type Hex, keccak256, numberToHex } from "viem";
import { describe, expect, it } from "vitest";
import type { AcceptedBatch, HomeEvent, QueueEntry } from "../../../bridge/home-history.ts";
import type { CreatedLedger } from "../../../bridge/ledger-finder.ts";
import { decodePublishedBatch } from "../../../bridge/posted-batch.ts";
import { neuraRollupAbi } from "../../../contracts/abi.ts";
import { AccountIndex } from "../../../sequencer/recovery/account-index.ts";
import { planBatch, submissionOf } from "../../../sequencer/recovery/batch-plan.ts";
import { HomeState, payoutsHash } from "../../../sequencer/recovery/home-state.ts";
import { valueStatement } from "../../../sequencer/recovery/value.ts";
import { decodeTask, TASK_MONEY, TASK_TERMS } from "../../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../../state/ledger/field.ts";
import { Ledger } from "../../../state/ledger/ledger.ts";
import { type OpParts, opWords } from "../../../state/ledger/operation.ts";
import { pack } from "../../../state/ledger/packing.ts";
import { BATCH_SIZES } from "../../../state/ledger/sizes.ts";
import { domainOf } from "../../../state/ledger/stream.ts";
import { actor, genesisAccounts } from "../../support/ledger-scenario.ts";

const size = BATCH_SIZES.test;
const address = "0x00000000000000000000000000000000000000A1";
const accounts = genesisAccounts();
const created: CreatedLedger = {
  chainId: 31337,
  address,
  firstBlock: 1,
  domain: domainOf(31337n, BigInt(address)),
  genesisRoot: Ledger.genesis(size, accounts).root(),
  size,
  accounts,
};
const NOW = 1_800_000_000n;
const transactionHash: Hex = `0x${"11".repeat(32)}`;

const newState = (levels: number = size.levels) =>
  new HomeState({ ...created, size: { ...size, levels } }, 1);

function queue(state: HomeState, caller: bigint, parts: OpParts): QueueEntry {
  const index = state.queueTail;
  const entry = { index, words: opWords(parts), caller, queuedAt: NOW - 10n, deadline: NOW + 100n };
  state.apply({ type: "queued", entry });
  return entry;
}

function depositOf(name: string, amountUnits: bigint): OpParts {
  const { l1Address, publicKey } = actor(name);
  return { kind: "deposit", amountUnits, w1: l1Address, w2: publicKey.x, w3: publicKey.y };
}

/** The next batch of the waiting entries, as its transaction publishes it and the contract's event tells it. */
function nextBatch(state: HomeState, timeSeconds = NOW): AcceptedBatch {
  const index = new AccountIndex();
  index.extend(state.ledger);
  const planned = planBatch(state, index, timeSeconds);
  if (planned === undefined) throw new Error("nothing waits");
  const args = submissionOf(planned, [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
  const calldata = encodeFunctionData({ abi: neuraRollupAbi, functionName: "submitBatch", args });
  const published = decodePublishedBatch(calldata, transactionHash);
  const words = planned.trace.ops.flatMap(({ op, valid }) => {
    const isHome = valid && (op.words[0] & 0xffn) === 5n && ((op.words[0] >> 168n) & 0xffn) !== 1n;
    return isHome ? [op.words[1] | (((op.words[0] >> 104n) & ((1n << 64n) - 1n)) << 160n)] : [];
  });
  return {
    type: "batch",
    published,
    root: published.rootAfter,
    cellCount: published.cellCountAfter,
    timeSeconds: published.timeSeconds,
    blockHash: published.blockHash,
    laneDataHash: published.laneDataHash,
    withdrawalsHash: words.length === 0 ? undefined : payoutsHash(words),
    isPermissionless: true,
    transactionHash,
  };
}

const code = (run: () => void): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return "nothing was wrong";
};

describe("a rebuilt home", () => {
  it("follows the queue through batches, and its value adds up at every step", () => {
    const state = newState();
    const [alice] = [actor("alice").l1Address];
    const vaultOf = (units: bigint) =>
      valueStatement(state, { bondWei: 0n, balanceWei: units * 10n ** 9n }).surplusWei;
    queue(state, alice, depositOf("alice", 1_000n));
    queue(state, alice, depositOf("alice", 50n));
    expect(vaultOf(1_050n)).toBe(0n);
    state.apply(nextBatch(state));
    // The second deposit met the account that the first one made.
    expect(state.ledger.cellCount).toBe(6);
    expect(vaultOf(1_050n)).toBe(0n);
    queue(state, alice, { kind: "withdraw", sender: 5, amountUnits: 100n, w1: alice });
    queue(state, alice, { kind: "withdraw", sender: 5, amountUnits: 30n, param: 1n, w1: alice });
    queue(state, 9n, { kind: "withdraw", sender: 5, amountUnits: 30n, w1: alice });
    state.apply(nextBatch(state));
    expect(state.outOnMirrorUnits.get(1)).toBe(30n);
    expect(state.invalidOperations).toBe(1);
    expect(vaultOf(1_050n)).toBe(0n);
    state.apply({ type: "claimed", batch: 2, index: 0 });
    expect(vaultOf(950n)).toBe(0n);
    expect(vaultOf(949n)).toBe(-(10n ** 9n));
  });

  it("fills a batch up to the cells and operations of its circuit, and leaves the rest waiting", () => {
    const state = newState();
    for (const name of ["a", "b", "c", "d", "e"]) queue(state, 1n, depositOf(name, 1n));
    state.apply(nextBatch(state));
    expect([state.queueHead, state.waiting.size]).toEqual([size.maxOps, 1]);
    state.apply(nextBatch(state));
    expect([state.ledger.cellCount, state.waiting.size]).toEqual([10, 0]);
  });

  it("puts new tasks into the cells of closed ones once the tree is full, each into another", () => {
    const state = newState(1);
    const alice = actor("alice").l1Address;
    const later = NOW + 50n;
    const w2 = pack(TASK_MONEY, { reward: 10n });
    const post = (w3: bigint, deadline = NOW + 99n) => {
      const w1 = pack(TASK_TERMS, { verifier: 5n, kind: 2n, deadline, window: 1n });
      queue(state, alice, { kind: "postTask", sender: 5, w1, w2, w3 });
    };
    queue(state, alice, depositOf("alice", 1_000n));
    for (const input of [1n, 2n]) post(input, later);
    state.apply(nextBatch(state));
    expect(state.ledger.cellCount).toBe(state.ledger.capacity);
    for (const object of [7, 6]) {
      const [, terms, money] = state.ledger.cell(object);
      queue(state, alice, { kind: "expireTask", sender: 5, object, w1: terms, w2: money });
    }
    for (const input of [3n, 4n, 5n]) post(input);
    state.apply(nextBatch(state, later));
    expect([6, 7].map((id) => decodeTask(state.ledger.cell(id)).content)).toEqual([3n, 4n]);
    // One task more than there are cells.
    state.apply(nextBatch(state, later));
    expect([state.waiting.size, state.invalidOperations]).toEqual([0, 1]);
    expect([6, 7].map((id) => decodeTask(state.ledger.cell(id)).content)).toEqual([3n, 4n]);
  });

  it("has the hash of every batch's stream, as home keeps it and the operator signs it", () => {
    const state = newState();
    queue(state, 1n, depositOf("a", 1n));
    const index = new AccountIndex();
    index.extend(state.ledger);
    const planned = planBatch(state, index, NOW);
    if (planned === undefined) throw new Error("nothing waits");
    state.apply(nextBatch(state));
    const [, streamHash = 0n] = state.streamHashes;
    // The challenge is this hash reduced to the field.
    expect(streamHash % FIELD_PRIME).toBe(planned.publicInputs[1]);
    expect([state.streamHashes.length, state.streamHashes[0]]).toEqual([2, 0n]);
    const both = concatHex(
      [created.genesisRoot, streamHash].map((value) => numberToHex(value, { size: 32 })),
    );
    expect(state.history).toBe(BigInt(keccak256(both)));
  });

  it("counts what is out on mirrors anew after it was released", () => {
    const state = newState();
    const alice = actor("alice").l1Address;
    const toMirror = { kind: "withdraw", sender: 5, amountUnits: 30n, param: 1n, w1: alice } as const;
    queue(state, alice, depositOf("alice", 1_000n));
    queue(state, alice, toMirror);
    state.apply(nextBatch(state));
    expect(code(() => state.apply({ type: "released", units: 29n }))).toBe("HISTORY_INCONSISTENT");
    state.apply({ type: "released", units: 30n });
    const outWei = () => valueStatement(state, { bondWei: 0n, balanceWei: 0n }).outOnMirrorsWei;
    expect(outWei()).toBe(0n);
    queue(state, alice, toMirror);
    state.apply(nextBatch(state));
    expect(outWei()).toBe(30n * 10n ** 9n);
  });

  it("repeats the block hash and posts no lane data", () => {
    const state = newState();
    queue(state, 1n, depositOf("a", 1n));
    const { published } = nextBatch(state);
    expect([published.blockHash, published.laneData]).toEqual([0n, "0x"]);
  });

  const waiting = () => {
    const state = newState();
    queue(state, 1n, depositOf("a", 7n));
    queue(state, 2n, depositOf("b", 8n));
    return { state, batch: nextBatch(state) };
  };
  const changed = (change: (batch: AcceptedBatch) => Partial<AcceptedBatch>): unknown => {
    const { state, batch } = waiting();
    return code(() => state.apply({ ...batch, ...change(batch) }));
  };

  it.each<[string, (batch: AcceptedBatch) => Partial<AcceptedBatch>]>([
    ["root", ({ root }) => ({ root: root + 1n })],
    ["cell count", ({ cellCount }) => ({ cellCount: cellCount + 1 })],
    ["time", ({ timeSeconds }) => ({ timeSeconds: timeSeconds + 1n })],
    ["block hash", () => ({ blockHash: 1n })],
    ["lane data hash", () => ({ laneDataHash: 1n })],
    ["withdrawals", () => ({ withdrawalsHash: keccak256("0x") })],
    ["number", ({ published }) => ({ published: { ...published, number: 2n } })],
  ])("refuses a batch whose %s in the event is another than in the calldata", (_, change) => {
    expect(changed(change)).toBe("HISTORY_INCONSISTENT");
  });

  it("refuses calldata to which the proof is not bound", () => {
    const forged = changed(({ published }) => ({
      published: { ...published, ops: published.ops.map((op) => ({ ...op, valid: false })) },
    }));
    expect(forged).toBe("FOREIGN_CALLDATA");
  });

  it("refuses a missing queue entry, a repeated one, and a batch of other entries than those that wait", () => {
    const { state } = waiting();
    const [first] = state.waiting.values();
    if (first === undefined) throw new Error("no entry");
    const queued = (entry: QueueEntry): HomeEvent => ({ type: "queued", entry });
    expect(code(() => state.apply(queued({ ...first, index: 5 })))).toBe("HISTORY_INCONSISTENT");
    expect(code(() => state.apply(queued(first)))).toBe("HISTORY_INCONSISTENT");
    const { batch } = waiting();
    const other = newState();
    queue(other, 2n, depositOf("b", 8n));
    queue(other, 1n, depositOf("a", 7n));
    expect(code(() => other.apply(batch))).toBe("HISTORY_INCONSISTENT");
    expect(code(() => newState().apply(batch))).toBe("HISTORY_INCONSISTENT");
  });
});

describe("calldata", () => {
  it("that is no batch is refused, whatever it is", () => {
    const claim = encodeFunctionData({ abi: neuraRollupAbi, functionName: "collectEarnings" });
    for (const calldata of ["0x", "0x12345678", claim, `0x${"ff".repeat(500)}`] as const) {
      expect(code(() => decodePublishedBatch(calldata, transactionHash))).toBe("FOREIGN_CALLDATA");
    }
  });

  it("whose operations do not fit its bits is refused", () => {
    const state = newState();
    queue(state, 1n, depositOf("a", 7n));
    const index = new AccountIndex();
    const planned = planBatch(state, index, NOW);
    if (planned === undefined) throw new Error("nothing waits");
    const [batch, lane, signature] = submissionOf(planned, [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n]);
    const encode = (change: Partial<typeof batch>) =>
      encodeFunctionData({
        abi: neuraRollupAbi,
        functionName: "submitBatch",
        args: [{ ...batch, ...change }, lane, signature],
      });
    const cut = batch.ops.slice(0, -2) as Hex;
    const twice = [...batch.priority, 1n | (1n << 160n)];
    const tooLarge = [(batch.priority[0] ?? 0n) | (1n << 200n)];
    const changes: Partial<typeof batch>[] = [{ ops: cut }, { priorityBits: 3n }];
    for (const priority of [[], twice, tooLarge]) changes.push({ priority });
    for (const change of changes) {
      expect(code(() => decodePublishedBatch(encode(change), transactionHash))).toBe("FOREIGN_CALLDATA");
    }
  });
});
