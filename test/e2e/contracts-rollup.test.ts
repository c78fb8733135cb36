import { encodePacked, getAddress, type Hex, keccak256, zeroHash } from "viem";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { circuitIdOf, domainOf } from "../../state/ledger/stream.ts";
import {
  account,
  type BatchArgument,
  deployContract,
  encodeBatch,
  expectDeployRevert,
  expectRevert,
  fixtureContract,
  ledgerArgument,
  signBatch,
  startTestChain,
  streamOfArgument,
  type TestBatch,
  type TestChain,
  testContracts,
  testTerms,
} from "../fixtures/contracts/settlement.ts";

const contracts = await testContracts();
const fakeVerifier = await fixtureContract("FakeVerifier");
const size = { levels: 3, maxOps: 4, maxCells: 8 };
const genesisRoot = 0x123456789n;
const operator = account(0);
const user = account(1);
const l1Address = getAddress("0x00000000000000000000000000000000000a11ce");
/** Base8 of BabyJubJub: a valid key. */
const key = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
] as const;
const unit = 10n ** 9n;
const recovery = getAddress("0x00000000000000000000000000000000000e5c0e");

let chain: TestChain;
let token: `0x${string}`;
let batchVerifier: `0x${string}`;
let membershipVerifier: `0x${string}`;
let rollup: { address: `0x${string}`; abi: typeof contracts.NeuraRollup.abi };
let domain: bigint;
let now: number;

beforeAll(async () => {
  chain = await startTestChain();
});

afterAll(() => chain?.stop());

beforeEach(async () => {
  const { client } = chain;
  token = await deployContract(client, contracts.NrxToken, [operator.address]);
  batchVerifier = await deployContract(client, fakeVerifier, []);
  membershipVerifier = await deployContract(client, fakeVerifier, []);
  const args = [
    token,
    batchVerifier,
    membershipVerifier,
    operator.address,
    ledgerArgument(genesisRoot, size),
    { ...testTerms, recovery },
  ];
  rollup = {
    address: await deployContract(client, contracts.NeuraRollup, args),
    abi: contracts.NeuraRollup.abi,
  };
  domain = domainOf(31337n, BigInt(rollup.address));
  await send({
    address: token,
    abi: contracts.NrxToken.abi,
    functionName: "transfer",
    args: [user.address, 1000n * unit],
  });
  await send(
    {
      address: token,
      abi: contracts.NrxToken.abi,
      functionName: "approve",
      args: [rollup.address, 1000n * unit],
    },
    user,
  );
  now = Number((await client.getBlock()).timestamp);
});

// biome-ignore lint/suspicious/noExplicitAny: each caller passes another contract's call
async function send(call: any, from: ReturnType<typeof account> = operator) {
  const hash = await chain.client.writeContract({ ...call, account: from });
  return chain.client.waitForTransactionReceipt({ hash });
}

const read = <T>(functionName: string, args: readonly unknown[] = []): Promise<T> =>
  chain.client.readContract({ ...rollup, functionName, args } as never) as Promise<T>;

/** The operator's signature of whatever the contract makes of the calldata. */
async function signed(argument: BatchArgument, laneData: Hex = "0x", signer = operator): Promise<Hex> {
  const { cellCount } = await read<{ cellCount: number }>("latest");
  const about = { domain, size, previousCellCount: cellCount, laneDataHash: keccak256(laneData) };
  const { streamHash } = streamOfArgument(argument, about);
  return signBatch(signer, { chainId: 31337n, address: rollup.address }, argument.number, streamHash);
}

/** Runs submitBatch with the operator's signature, without sending it. */
const simulate = async (argument: BatchArgument, laneData: Hex = "0x", from = operator) =>
  chain.client.simulateContract({
    ...rollup,
    functionName: "submitBatch",
    args: [argument, laneData, await signed(argument, laneData)],
    account: from,
  });

const firstBatch = (changes: Partial<TestBatch> = {}): TestBatch => ({
  domain,
  size,
  number: 1n,
  previousRoot: genesisRoot,
  root: 0xabcdefn,
  time: now,
  ...changes,
});

/** Makes the verifier accept exactly what the TypeScript ledger computes for the batch. */
async function expectBatch(batch: TestBatch): Promise<BatchArgument> {
  const { argument, inputs } = encodeBatch(batch);
  await send({ address: batchVerifier, abi: fakeVerifier.abi, functionName: "expect", args: [inputs] });
  return argument;
}

async function submit(batch: TestBatch) {
  const argument = await expectBatch(batch);
  const laneData = batch.laneData ?? "0x";
  const args = [argument, laneData, await signed(argument, laneData)];
  return send({ ...rollup, functionName: "submitBatch", args });
}

async function queueDeposit(amountUnits: bigint): Promise<number> {
  const args = [amountUnits * unit, l1Address, ...key];
  const { blockNumber } = await send({ ...rollup, functionName: "deposit", args }, user);
  return Number((await chain.client.getBlock({ blockNumber })).timestamp);
}

const depositOp = (amountUnits: bigint, object: number, queuedAt: number, valid = true) => ({
  words: opWords({ kind: "deposit", object, amountUnits, w1: BigInt(l1Address), w2: key[0], w3: key[1] }),
  priority: { caller: user.address, queuedAt },
  valid,
});

const withdrawOp = (amountUnits: bigint, recipient: string) => ({
  words: opWords({ kind: "withdraw", sender: 5, amountUnits, w1: BigInt(recipient) }),
});

const transferOp = (amountUnits: bigint) => ({
  words: opWords({ kind: "transfer", sender: 5, object: 6, amountUnits, feeUnits: 7n, w1: 0x99n }),
});

describe("the home contract's batches", () => {
  it("starts from the genesis root with the domain and circuit of the TypeScript ledger", async () => {
    expect(await read("domain")).toBe(domain);
    expect(await read("circuitId")).toBe(circuitIdOf(size));
    expect(await read("rootOf", [0n])).toBe(genesisRoot);
    expect(await read("latest")).toEqual({ number: 0n, time: 0, cellCount: 5 });
  });

  it("verifies exactly the C, r and e of the TypeScript ledger, and keeps the roots", async () => {
    const laneData = "0xfeedfacecafe" as const;
    const receipt = await submit(
      firstBatch({ ops: [transferOp(3n), transferOp(4n)], cellCount: 7, laneData }),
    );
    const events = await chain.client.getContractEvents({
      ...rollup,
      eventName: "BatchAccepted",
      fromBlock: receipt.blockNumber,
    });
    expect(events[0]?.args).toMatchObject({
      number: 1n,
      root: 0xabcdefn,
      laneDataHash: keccak256(laneData),
      cellCount: 7,
    });
    await submit(firstBatch({ number: 2n, previousRoot: 0xabcdefn, root: 0x777n, previousCellCount: 7 }));
    expect(await read("rootOf", [1n])).toBe(0xabcdefn);
    expect(await read("rootOf", [2n])).toBe(0x777n);
    expect(await read("latest")).toEqual({ number: 2n, time: now, cellCount: 7 });
  });

  it("accepts a full batch", async () => {
    await submit(firstBatch({ ops: [1n, 2n, 3n, 4n].map(transferOp) }));
    expect(await read("rootOf", [1n])).toBe(0xabcdefn);
  });

  it("takes a batch from anyone who brings the operator's signature, and from nobody without it", async () => {
    const argument = await expectBatch(firstBatch());
    await simulate(argument, "0x", user);
    const submit = (signature: Hex) =>
      chain.client.simulateContract({
        ...rollup,
        functionName: "submitBatch",
        args: [argument, "0x", signature],
      });
    await expectRevert(submit("0x"), "PrivilegeNotSuspended");
    await expectRevert(submit(await signed(argument, "0x", user)), "NotSignedByOperator", [
      operator.address,
      user.address,
    ]);
  });

  it("rejects a batch whose number is not the next one", async () => {
    const argument = await expectBatch(firstBatch({ number: 2n }));
    await expectRevert(simulate(argument), "WrongBatchNumber", [1n, 2n]);
  });

  it("rejects a batch whose previous root is not the chain's root", async () => {
    const argument = await expectBatch(firstBatch({ previousRoot: 1n }));
    await expectRevert(simulate(argument), "WrongPreviousRoot", [genesisRoot, 1n]);
  });

  it("rejects a batch whose time lies before its predecessor's or in the future", async () => {
    await submit(firstBatch());
    const second = { number: 2n, previousRoot: 0xabcdefn };
    const early = await expectBatch(firstBatch({ ...second, time: now - 1 }));
    await expectRevert(simulate(early), "TimeBeforePreviousBatch", [now, now - 1]);
    const late = await expectBatch(firstBatch({ ...second, time: now + 10_000 }));
    await expectRevert(simulate(late), "TimeInFuture");
  });

  it("rejects operations that are not whole or too many", async () => {
    const argument = await expectBatch(firstBatch({ ops: [transferOp(1n)] }));
    await expectRevert(simulate({ ...argument, ops: `${argument.ops}00` }), "WrongOpsLength", [512n, 129n]);
    const five = `0x${argument.ops.slice(2).repeat(5)}` as const;
    await expectRevert(simulate({ ...argument, ops: five }), "WrongOpsLength", [512n, 640n]);
  });

  it("rejects invalid padding, and validity or priority bits beyond the operations", async () => {
    const argument = await expectBatch(firstBatch({ ops: [transferOp(1n)] }));
    await expectRevert(simulate({ ...argument, validityBits: 0b0111n }), "WrongValidityBits", [0b0111n, 1n]);
    await expectRevert(simulate({ ...argument, validityBits: 0b11111n }), "WrongValidityBits");
    await expectRevert(simulate({ ...argument, priorityBits: 0b10n }), "WrongPriorityBits", [0b10n, 1n]);
  });

  it("rejects more or fewer callers than priority bits", async () => {
    const queuedAt = await queueDeposit(9n);
    const argument = await expectBatch(firstBatch({ ops: [depositOp(9n, 5, queuedAt)], time: queuedAt }));
    await expectRevert(simulate({ ...argument, priority: [] }), "WrongPriorityCount", [1n, 0n]);
    const [meta] = argument.priority;
    if (meta === undefined) throw new Error("the batch has one priority operation");
    await expectRevert(simulate({ ...argument, priority: [meta, meta] }), "WrongPriorityCount", [1n, 2n]);
  });

  it("rejects every word that is not a field element, and such a commitment", async () => {
    const argument = await expectBatch(firstBatch({ ops: [transferOp(1n)] }));
    await expectRevert(simulate({ ...argument, root: FIELD_PRIME }), "WordNotInField", [4n, FIELD_PRIME]);
    for (const word of [0, 1, 2, 3]) {
      const ops = argument.ops.slice(2).match(/.{64}/g) ?? [];
      ops[word] = FIELD_PRIME.toString(16);
      await expectRevert(simulate({ ...argument, ops: `0x${ops.join("")}` }), "WordNotInField", [
        12n + BigInt(word),
        FIELD_PRIME,
      ]);
    }
    await expectRevert(simulate({ ...argument, commitment: FIELD_PRIME }), "CommitmentNotInField", [
      FIELD_PRIME,
    ]);
  });

  it("rejects a proof when any part of the stream or the commitment differs from what was proven", async () => {
    const laneData = "0x1234" as const;
    const queuedAt = await queueDeposit(9n);
    const ops = [depositOp(9n, 5, queuedAt), transferOp(1n)];
    const argument = await expectBatch(firstBatch({ ops, time: queuedAt, laneData }));
    await simulate(argument, laneData);
    const lastOpByteFlipped = `0x${argument.ops.slice(2, -2)}ff` as const;
    const changes: Partial<BatchArgument>[] = [
      { root: argument.root ^ 1n },
      { cellCount: argument.cellCount + 1 },
      { blockHash: keccak256("0x") },
      { validityBits: argument.validityBits ^ 1n },
      { commitment: argument.commitment ^ 1n },
      { ops: lastOpByteFlipped },
    ];
    for (const change of changes)
      await expectRevert(simulate({ ...argument, ...change }, laneData), "InvalidProof");
    await expectRevert(simulate(argument, "0x1235"), "InvalidProof");
  });

  it("does not bind the lowest byte of the block hash, which the stream leaves out", async () => {
    const argument = await expectBatch(firstBatch());
    const changed = `0x${argument.blockHash.slice(2, -2)}00` as const;
    await simulate({ ...argument, blockHash: changed });
  });
});

describe("deposits", () => {
  const deposit = (amountWei: bigint, l1 = l1Address as string, x = key[0] as bigint, y = key[1] as bigint) =>
    chain.client.simulateContract({
      ...rollup,
      functionName: "deposit",
      args: [amountWei, l1 as `0x${string}`, x, y],
      account: user,
    });

  it("takes the tokens and queues the operation with its words, caller and time", async () => {
    const queuedAt = await queueDeposit(9n);
    const [event] = await chain.client.getContractEvents({
      ...rollup,
      eventName: "OperationQueued",
      fromBlock: 0n,
    });
    const words = opWords({
      kind: "deposit",
      amountUnits: 9n,
      w1: BigInt(l1Address),
      w2: key[0],
      w3: key[1],
    });
    const deadline = queuedAt + testTerms.inclusionDelay;
    expect(event?.args).toEqual({ index: 0n, caller: user.address, queuedAt, deadline, words });
    const balance = await chain.client.readContract({
      address: token,
      abi: contracts.NrxToken.abi,
      functionName: "balanceOf",
      args: [rollup.address],
    });
    expect(balance).toBe(9n * unit);
    const entry = await read("queueEntry", [0n]);
    const packed = encodePacked(
      ["uint256", "uint256", "uint256", "uint256", "uint256", "uint256"],
      [...words, BigInt(user.address), BigInt(queuedAt)],
    );
    const hash = BigInt(keccak256(packed));
    expect(BigInt(entry as Hex)).toBe(((hash >> 40n) << 40n) | BigInt(deadline));
    expect(await read("deadlineOf", [0n])).toBe(deadline);
    expect(await read("queueTail")).toBe(1n);
  });

  it("queues a deposit to the contract lane for its recipient", async () => {
    const args = [4n * unit, l1Address];
    await send({ ...rollup, functionName: "depositToEvm", args }, user);
    const [event] = await chain.client.getContractEvents({
      ...rollup,
      eventName: "OperationQueued",
      fromBlock: 0n,
    });
    expect(event?.args.words).toEqual(
      opWords({ kind: "depositToEvm", object: 3, amountUnits: 4n, w1: BigInt(l1Address) }),
    );
  });

  it("rejects amounts that are zero, not whole units, or too large", async () => {
    await expectRevert(deposit(0n), "ZeroAmount");
    await expectRevert(deposit(unit + 1n), "AmountNotInUnits", [unit + 1n]);
    await expectRevert(deposit(2n ** 64n * unit), "AmountTooLarge", [2n ** 64n * unit]);
    const toEvm = (amountWei: bigint, recipient: `0x${string}`) =>
      chain.client.simulateContract({
        ...rollup,
        functionName: "depositToEvm",
        args: [amountWei, recipient],
        account: user,
      });
    await expectRevert(toEvm(0n, l1Address), "ZeroAmount");
    await expectRevert(toEvm(unit + 1n, l1Address), "AmountNotInUnits");
    await expectRevert(toEvm(unit, "0x0000000000000000000000000000000000000000"), "ZeroAddress");
  });

  it("rejects the zero address and keys off the curve, unreduced or of small order", async () => {
    await expectRevert(deposit(unit, "0x0000000000000000000000000000000000000000"), "ZeroAddress");
    await expectRevert(deposit(unit, l1Address, key[0] + 1n, key[1]), "InvalidKey", [key[0] + 1n, key[1]]);
    await expectRevert(deposit(unit, l1Address, key[0] + FIELD_PRIME, key[1]), "InvalidKey");
    await expectRevert(deposit(unit, l1Address, 0n, 1n), "InvalidKey", [0n, 1n]);
    await expectRevert(deposit(unit, l1Address, 0n, FIELD_PRIME - 1n), "InvalidKey");
  });

  it("rejects a deposit without allowance", async () => {
    const stranger = account(2);
    const call = chain.client.simulateContract({
      ...rollup,
      abi: [...contracts.NeuraRollup.abi, ...contracts.NrxToken.abi],
      functionName: "deposit",
      args: [unit, l1Address, ...key],
      account: stranger,
    });
    await expectRevert(call, "InsufficientAllowance", [
      stranger.address,
      getAddress(rollup.address),
      0n,
      unit,
    ]);
  });
});

describe("the queue", () => {
  it("is consumed in order, whatever object the sequencer chose for a creating operation", async () => {
    const first = await queueDeposit(1n);
    const second = await queueDeposit(2n);
    const third = await queueDeposit(3n);
    await submit(
      firstBatch({
        ops: [depositOp(1n, 5, first), transferOp(1n), depositOp(2n, 6, second)],
        time: second,
        cellCount: 7,
      }),
    );
    expect(await read("queueHead")).toBe(2n);
    expect(await read("queueEntry", [0n])).toBe(zeroHash);
    await submit(
      firstBatch({
        number: 2n,
        previousRoot: 0xabcdefn,
        root: 3n,
        previousCellCount: 7,
        ops: [depositOp(3n, 7, third)],
        time: third,
      }),
    );
    expect(await read("queueHead")).toBe(3n);
  });

  it("rejects entries that are skipped, altered, by another caller or of another time", async () => {
    const first = await queueDeposit(1n);
    const second = await queueDeposit(2n);
    const attempt = async (op: ReturnType<typeof depositOp>) =>
      simulate(await expectBatch(firstBatch({ ops: [op], time: second })));
    await expectRevert(attempt(depositOp(2n, 5, second)), "WrongQueueEntry");
    await expectRevert(attempt(depositOp(9n, 5, first)), "WrongQueueEntry");
    await expectRevert(attempt(depositOp(1n, 5, first - 1)), "WrongQueueEntry");
    const honest = depositOp(1n, 5, first);
    const stolen = { ...honest, priority: { caller: operator.address, queuedAt: first } };
    await expectRevert(attempt(stolen), "WrongQueueEntry");
    await attempt(honest);
  });

  it("keeps the object of an operation that creates nothing", async () => {
    await send({ ...rollup, functionName: "depositToEvm", args: [unit, l1Address] }, user);
    const queuedAt = Number((await chain.client.getBlock()).timestamp);
    const op = (object: number) => ({
      words: opWords({ kind: "depositToEvm", object, amountUnits: 1n, w1: BigInt(l1Address) }),
      priority: { caller: user.address, queuedAt },
    });
    const moved = await expectBatch(firstBatch({ ops: [op(5)], time: queuedAt }));
    await expectRevert(simulate(moved), "WrongQueueEntry");
    await submit(firstBatch({ ops: [op(3)], time: queuedAt }));
  });

  it("rejects a batch that takes more entries than wait", async () => {
    const queuedAt = await queueDeposit(1n);
    const ops = [depositOp(1n, 5, queuedAt), depositOp(1n, 5, queuedAt)];
    await expectRevert(simulate(await expectBatch(firstBatch({ ops, time: queuedAt }))), "QueueExhausted", [
      1n,
    ]);
  });

  it("rejects a batch whose time lies before an entry that it takes", async () => {
    const queuedAt = await queueDeposit(1n);
    const argument = await expectBatch(firstBatch({ ops: [depositOp(1n, 5, queuedAt)], time: queuedAt - 1 }));
    await expectRevert(simulate(argument), "QueuedAfterBatchTime", [0n, queuedAt, queuedAt - 1]);
  });
});

describe("withdrawals", () => {
  const recipient = getAddress("0x0000000000000000000000000000000000000b0b");
  const entryOf = (address: string, amountUnits: bigint) => BigInt(address) | (amountUnits << 160n);
  const claim = (batch: bigint, entries: readonly bigint[], index: bigint) =>
    chain.client.simulateContract({
      ...rollup,
      functionName: "claimWithdrawal",
      args: [batch, entries, index],
      account: account(5),
    });
  const balanceOf = (address: `0x${string}`) =>
    chain.client.readContract({
      address: token,
      abi: contracts.NrxToken.abi,
      functionName: "balanceOf",
      args: [address],
    });

  async function batchWithWithdrawals() {
    const first = await queueDeposit(50n);
    const second = await queueDeposit(60n);
    const ops = [
      withdrawOp(20n, recipient),
      depositOp(50n, 5, first),
      depositOp(60n, 0, second, false),
      withdrawOp(5n, recipient),
    ];
    await submit(firstBatch({ ops, time: second }));
    return [entryOf(recipient, 20n), entryOf(l1Address, 60n), entryOf(recipient, 5n)];
  }

  it("are the valid withdrawals and the refunds of invalid deposits, in order", async () => {
    const entries = await batchWithWithdrawals();
    const packed = encodePacked(["uint256[]"], [entries]);
    expect(await read("withdrawalsHashOf", [1n])).toBe(keccak256(packed));
    const [event] = await chain.client.getContractEvents({
      ...rollup,
      eventName: "WithdrawalsRecorded",
      fromBlock: 0n,
    });
    expect(event?.args).toEqual({ batch: 1n, hash: keccak256(packed), count: 3n });
  });

  it("are paid to their recipient once, whoever calls", async () => {
    const entries = await batchWithWithdrawals();
    const [before, refundedBefore] = [await balanceOf(recipient), await balanceOf(l1Address)];
    for (const index of [2n, 0n, 1n]) {
      expect(await read("isClaimed", [1n, index])).toBe(false);
      await send({ ...rollup, functionName: "claimWithdrawal", args: [1n, entries, index] }, account(5));
      expect(await read("isClaimed", [1n, index])).toBe(true);
      await expectRevert(claim(1n, entries, index), "AlreadyClaimed", [1n, index]);
    }
    expect((await balanceOf(recipient)) - before).toBe(25n * unit);
    expect((await balanceOf(l1Address)) - refundedBefore).toBe(60n * unit);
  });

  it("rejects entries that are not the batch's, and an index beyond them", async () => {
    const entries = await batchWithWithdrawals();
    await expectRevert(claim(1n, [...entries, entryOf(recipient, 1n)], 3n), "WrongWithdrawals");
    await expectRevert(claim(1n, entries.toReversed(), 0n), "WrongWithdrawals");
    await expectRevert(claim(2n, entries, 0n), "WrongWithdrawals");
    await expectRevert(claim(2n, [], 0n), "WrongWithdrawals");
    await expectRevert(claim(1n, entries, 3n), "UnknownWithdrawal", [3n, 3n]);
    await expectRevert(claim(1n, entries, 2n ** 256n - 1n), "UnknownWithdrawal");
  });

  it("do not refund a deposit that did not come through the queue, whatever the proof says", async () => {
    const { words } = depositOp(60n, 0, now);
    await submit(firstBatch({ ops: [{ words, valid: false }] }));
    expect(await read("withdrawalsHashOf", [1n])).toBe(zeroHash);
  });

  it("are none in a batch without them", async () => {
    await submit(firstBatch({ ops: [transferOp(1n)] }));
    expect(await read("withdrawalsHashOf", [1n])).toBe(zeroHash);
    await expectRevert(claim(1n, [entryOf(recipient, 1n)], 0n), "WrongWithdrawals");
  });
});

describe("reading a cell", () => {
  it("asks the membership verifier about the root of the batch, the id and the fields", async () => {
    const fields = [1n, 2n, 3n, 4n] as const;
    const inputs = [genesisRoot, 77n, ...fields];
    await send({
      address: membershipVerifier,
      abi: fakeVerifier.abi,
      functionName: "expect",
      args: [inputs],
    });
    const proof = [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n];
    expect(await read("readCell", [0n, 77n, fields, proof])).toBe(true);
    expect(await read("readCell", [0n, 78n, fields, proof])).toBe(false);
    expect(await read("readCell", [0n, 77n, [1n, 2n, 3n, 5n], proof])).toBe(false);
    await expectRevert(read("readCell", [1n, 77n, fields, proof]), "UnknownBatch", [1n]);
  });
});

describe("construction", () => {
  const attempt = (changes: object, error: string) =>
    expectDeployRevert(
      chain.client,
      contracts.NeuraRollup,
      [
        token,
        batchVerifier,
        membershipVerifier,
        operator.address,
        { ...ledgerArgument(genesisRoot, size), ...changes },
        { ...testTerms, recovery },
      ],
      error,
    );

  it("rejects a genesis root or a size out of range", async () => {
    await attempt({ genesisRoot: 0n }, "WrongGenesisRoot");
    await attempt({ genesisRoot: FIELD_PRIME }, "WrongGenesisRoot");
    await attempt({ levels: 9n }, "WrongCircuitSize");
    await attempt({ maxOps: 254n }, "WrongCircuitSize");
    await attempt({ maxOps: 0n }, "WrongCircuitSize");
    await attempt({ maxCells: 1000n }, "WrongCircuitSize");
  });
});
