import { describe, expect, it } from "vitest";
import { encodeAccount } from "../../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../../state/ledger/field.ts";
import type { OpParts } from "../../../state/ledger/operation.ts";
import { cellsChangedBy, expectRefused } from "../../support/ledger-expectations.ts";
import { actor } from "../../support/ledger-scenario.ts";
import { ALICE, BOB, ledgerWorld, MODEL, NEXT_CELL, OPEN_TASK } from "../../support/ledger-world.ts";
import vectors from "../../vectors/ledger.json" with { type: "json" };

const GATEWAY = 3;
const TOO_LONG = 1n << 160n;
const unusable = vectors.keys.filter(({ usable, x }) => !usable && BigInt(x) < FIELD_PRIME);
const { l1Address, publicKey } = actor("erin");
const erin = { w1: l1Address, w2: publicKey.x, w3: publicKey.y };
const created = (balance: bigint) =>
  encodeAccount({ nonce: 0n, balance, l1Address, pubX: publicKey.x, pubY: publicKey.y });

describe("deposit", () => {
  it("creates the account with the amount in the next cell", () => {
    const world = ledgerWorld();
    expect(cellsChangedBy(world, world.deposit(actor("erin"), 100n))).toEqual({ [NEXT_CELL]: created(100n) });
    expect(world.ledger.cellCount).toBe(NEXT_CELL + 1);
  });

  it("credits an account whose whole triple matches, and hands out no cell", () => {
    const world = ledgerWorld();
    const before = world.account(ALICE);
    expect(cellsChangedBy(world, world.deposit(actor("alice"), 100n, ALICE))).toEqual({
      [ALICE]: encodeAccount({ ...before, balance: before.balance + 100n }),
    });
    expect(world.ledger.cellCount).toBe(NEXT_CELL);
  });

  it.each(["operator", "treasury", "governor"])("credits the reserved %s account", (name) => {
    const world = ledgerWorld();
    const id = { operator: 1, treasury: 2, governor: 4 }[name] as number;
    const before = world.account(id).balance;
    world.apply(world.deposit(actor(name), 9n, id));
    expect(world.account(id).balance).toBe(before + 9n);
  });

  it.each(["w1", "w2", "w3"] as const)("has no place in an account that differs in %s", (part) => {
    const world = ledgerWorld();
    const alice = world.account(ALICE);
    const triple = { w1: alice.l1Address, w2: alice.pubX, w3: alice.pubY };
    const parts = { ...triple, [part]: triple[part] + 1n };
    const op = world.priority({ kind: "deposit", object: ALICE, amountUnits: 1n, ...parts });
    expect(() => world.apply(op)).toThrowError(expect.objectContaining({ code: "wrong-placement" }));
  });

  it("never credits the gateway account, whose key would own the contract lane's funds", () => {
    const world = ledgerWorld();
    expect(() => world.apply(world.deposit(actor("gateway"), 1n, GATEWAY))).toThrowError(
      expect.objectContaining({ code: "wrong-placement", expected: String(NEXT_CELL), actual: "3" }),
    );
  });

  const refused: [string, Partial<OpParts>, "amount-out-of-range" | "out-of-range"][] = [
    ["no amount", { amountUnits: 0n }, "amount-out-of-range"],
    ["the zero address", { w1: 0n }, "out-of-range"],
    ["an address of 161 bits", { w1: TOO_LONG }, "out-of-range"],
  ];
  it.each(refused)("is a refund with %s", (_, parts, code) => {
    const world = ledgerWorld();
    const op = world.priority({ kind: "deposit", amountUnits: 5n, ...erin, ...parts });
    expectRefused(world, op, code);
  });

  it.each(unusable)("is a refund with a key that is $about", ({ x, y }) => {
    const world = ledgerWorld();
    const op = world.priority({ kind: "deposit", amountUnits: 5n, ...erin, w2: BigInt(x), w3: BigInt(y) });
    expectRefused(world, op, "invalid-key");
  });
});

describe("depositToEvm", () => {
  it("credits the gateway, and the recipient in the contract lane", () => {
    const world = ledgerWorld();
    const applied = world.apply(
      world.priority({ kind: "depositToEvm", object: 3, amountUnits: 8n, w1: 0xabcn }),
    );
    expect(world.account(GATEWAY).balance).toBe(8n);
    expect(applied.valid && applied.transition.change.evmCredit).toEqual({ recipient: 0xabcn, units: 8n });
  });

  it.each([
    ["another account", { object: ALICE }, "out-of-range"],
    ["no account", { object: 0 }, "out-of-range"],
    ["no amount", { amountUnits: 0n }, "amount-out-of-range"],
    ["no recipient", { w1: 0n }, "out-of-range"],
    ["a recipient of 161 bits", { w1: TOO_LONG }, "out-of-range"],
  ] as const)("is a no-op with %s", (_, parts, code) => {
    const world = ledgerWorld();
    const op = world.priority({ kind: "depositToEvm", object: 3, amountUnits: 8n, w1: 1n, ...parts });
    expectRefused(world, op, code);
  });
});

describe("transfer", () => {
  const transfer = (parts: Partial<OpParts> = {}): OpParts => ({
    kind: "transfer",
    sender: ALICE,
    object: BOB,
    amountUnits: 30n,
    ...parts,
  });

  it("moves the amount and changes no other cell", () => {
    const world = ledgerWorld();
    const [alice, bob] = [world.account(ALICE), world.account(BOB)];
    expect(cellsChangedBy(world, world.signed(ALICE, transfer({ feeUnits: 2n })))).toEqual({
      [ALICE]: encodeAccount({ ...alice, nonce: alice.nonce + 1n, balance: alice.balance - 32n }),
      [BOB]: encodeAccount({ ...bob, balance: bob.balance + 30n }),
    });
  });

  it("to the sender itself mints nothing and burns only the fee", () => {
    const world = ledgerWorld();
    const alice = world.account(ALICE);
    world.apply(
      world.signed(ALICE, transfer({ object: ALICE, amountUnits: alice.balance - 2n, feeUnits: 2n })),
    );
    expect(world.account(ALICE)).toEqual({ ...alice, nonce: alice.nonce + 1n, balance: alice.balance - 2n });
  });

  it("to the sender itself does not fund its own debit", () => {
    const world = ledgerWorld();
    const amountUnits = world.account(ALICE).balance + 1n;
    expectRefused(
      world,
      world.signed(ALICE, transfer({ object: ALICE, amountUnits })),
      "insufficient-balance",
    );
    expectRefused(
      world,
      world.priority(transfer({ object: ALICE, amountUnits: (1n << 64n) - 1n })),
      "insufficient-balance",
    );
  });

  it("to the gateway credits the memo's address in the contract lane; elsewhere the memo is free", () => {
    const world = ledgerWorld();
    const memo = TOO_LONG - 1n;
    const toGateway = world.apply(world.signed(ALICE, transfer({ object: GATEWAY, w1: memo })));
    const toBob = world.apply(world.signed(ALICE, transfer({ w1: memo })));
    expect(toGateway.valid && toGateway.transition.change.evmCredit).toEqual({ recipient: memo, units: 30n });
    expect(toBob.valid && toBob.transition.change.evmCredit).toBeUndefined();
    expect(world.account(GATEWAY).balance).toBe(30n);
  });

  it("from the gateway to itself credits the contract lane and leaves the account as it was", () => {
    const world = ledgerWorld();
    world.apply(world.priority({ kind: "depositToEvm", object: GATEWAY, amountUnits: 50n, w1: 1n }));
    world.apply(world.signed(GATEWAY, transfer({ object: GATEWAY, w1: 7n })));
    expect(world.account(GATEWAY)).toMatchObject({ balance: 50n, nonce: 1n });
  });

  it.each([
    ["no amount", { amountUnits: 0n }, "amount-out-of-range"],
    ["an empty recipient", { object: 400 }, "unknown-account"],
    ["recipient 0", { object: 0 }, "unknown-account"],
    ["a recipient beyond the tree", { object: 512 }, "unknown-account"],
    ["a recipient that aliases an account modulo the tree", { object: 512 + BOB }, "unknown-account"],
    ["a model as recipient", { object: MODEL }, "wrong-tag"],
    ["a task as recipient", { object: OPEN_TASK }, "wrong-tag"],
    ["a memo of 161 bits", { w1: TOO_LONG }, "out-of-range"],
    ["no memo for the gateway", { object: GATEWAY }, "out-of-range"],
    ["more than the balance", { amountUnits: (1n << 64n) - 1n }, "insufficient-balance"],
  ] as const)("is refused with %s", (_, parts, code) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(ALICE, transfer(parts)), code);
    expectRefused(world, world.priority(transfer(parts)), code);
  });
});

describe("openAccount", () => {
  const open = (parts: Partial<OpParts> = {}): OpParts => ({
    kind: "openAccount",
    sender: ALICE,
    ...erin,
    ...parts,
  });

  it.each([0n, 70n])("creates the account with %d units of the sender's", (amountUnits) => {
    const world = ledgerWorld();
    const alice = world.account(ALICE);
    expect(cellsChangedBy(world, world.signed(ALICE, open({ amountUnits })))).toEqual({
      [ALICE]: encodeAccount({ ...alice, nonce: alice.nonce + 1n, balance: alice.balance - amountUnits }),
      [NEXT_CELL]: created(amountUnits),
    });
  });

  it("is refused with no address, or one of 161 bits", () => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(ALICE, open({ w1: 0n })), "out-of-range");
    expectRefused(world, world.signed(ALICE, open({ w1: TOO_LONG })), "out-of-range");
  });

  it.each(unusable)("is refused with a key that is $about", ({ x, y }) => {
    const world = ledgerWorld();
    expectRefused(world, world.priority(open({ w2: BigInt(x), w3: BigInt(y) })), "invalid-key");
  });
});

describe("withdraw", () => {
  const withdraw = (parts: Partial<OpParts> = {}): OpParts => ({
    kind: "withdraw",
    sender: ALICE,
    amountUnits: 60n,
    w1: 0xdefn,
    ...parts,
  });

  it("takes the amount from the sender and names recipient and amount for the home chain", () => {
    const world = ledgerWorld();
    const alice = world.account(ALICE);
    const op = world.signed(ALICE, withdraw({ feeUnits: 1n }));
    expect(cellsChangedBy(world, op)).toEqual({
      [ALICE]: encodeAccount({ ...alice, nonce: alice.nonce + 1n, balance: alice.balance - 61n }),
    });
    expect(world.withdrawnUnits).toBe(60n);
  });

  it("leaves for any chain of 8 bits", () => {
    for (const param of [0n, 1n, 255n]) {
      const applied = ledgerWorld().apply(ledgerWorld().signed(ALICE, withdraw({ param })));
      const withdrawal = { chain: Number(param), recipient: 0xdefn, units: 60n };
      expect(applied).toMatchObject({ transition: { change: { withdrawal } } });
    }
  });

  it.each([
    ["no amount", { amountUnits: 0n }, "amount-out-of-range"],
    ["no recipient", { w1: 0n }, "out-of-range"],
    ["a recipient of 161 bits", { w1: TOO_LONG }, "out-of-range"],
    ["a param beyond the chain's 8 bits", { param: 256n }, "out-of-range"],
    ["more than the balance", { amountUnits: 1n << 60n }, "insufficient-balance"],
  ] as const)("is refused with %s", (_, parts, code) => {
    const world = ledgerWorld();
    expectRefused(world, world.signed(ALICE, withdraw(parts)), code);
    expectRefused(world, world.priority(withdraw(parts)), code);
  });
});
