import { describe, expect, it } from "vitest";
import { SUBGROUP_ORDER } from "../../../state/ledger/babyjubjub.ts";
import { encodeAccount, encodeTask } from "../../../state/ledger/cells.ts";
import { FIELD_PRIME } from "../../../state/ledger/field.ts";
import { RULES } from "../../../state/ledger/kinds/index.ts";
import { OP_CODE, type OpParts, type SignedOp, withFee } from "../../../state/ledger/operation.ts";
import { cellsChangedBy, expectRefused, ledgerErrorOf } from "../../support/ledger-expectations.ts";
import { actor, type SignOptions } from "../../support/ledger-scenario.ts";
import {
  ALICE,
  BOB,
  CAROL,
  CLAIMED_TASK,
  DAVE,
  ledgerWorld,
  MODEL,
  NEXT_CELL,
  OPEN_TASK,
  OVERDUE_TASK,
  REVENUE_UNITS,
  SUBMITTED_TASK,
  validParts,
  validQueueParts,
} from "../../support/ledger-world.ts";

/** Parts per kind as the table of docs/LEDGER.md, section 3, has them. */
const PARTS_OF_KIND: Record<string, string> = {
  noop: "",
  deposit: "object amountUnits w1 w2 w3",
  depositToEvm: "object amountUnits w1",
  transfer: "sender object feeUnits amountUnits w1",
  openAccount: "sender object feeUnits amountUnits w1 w2 w3",
  withdraw: "sender feeUnits amountUnits param w1",
  registerModel: "sender object feeUnits amountUnits param w3",
  updateModel: "sender object feeUnits amountUnits param w3",
  claimRevenue: "sender object feeUnits",
  postTask: "sender object feeUnits w1 w2 w3",
  claimTask: "sender object feeUnits w3",
  submitResult: "sender object feeUnits w3",
  settleTask: "sender object feeUnits param w3",
  drawTask: "sender object feeUnits amountUnits w3",
  expireTask: "sender object feeUnits",
};
const ALL_PARTS = ["sender", "object", "feeUnits", "amountUnits", "param", "w1", "w2", "w3"] as const;

const withSender = Object.keys(validParts(ledgerWorld()));
/** A voucher has no nonce and pays its fee from the payout: its tests are in vouchers.test.ts. */
const withNonce = withSender.filter((kind) => kind !== "drawTask");
const withoutSender = Object.keys(validQueueParts());
/** What these ops pay their own sender. */
const CREDITED_UNITS: Record<string, bigint> = { settleTask: 70_007n, claimRevenue: REVENUE_UNITS };

function signedOf(kind: string, options: SignOptions = {}, more: Partial<OpParts> = {}) {
  const world = ledgerWorld();
  const { sender, ...parts } = validParts(world)[kind] as OpParts & { sender: number };
  return { world, sender, op: world.signed(sender, { ...parts, ...more }, options) };
}

const withAuthorization = (op: SignedOp, change: Partial<SignedOp["authorization"]>): SignedOp => ({
  ...op,
  authorization: { ...op.authorization, ...change },
});

it("has the executable kinds of the specification", () => {
  expect([...RULES.keys()].sort()).toEqual(Object.keys(PARTS_OF_KIND).sort());
  expect([...withSender, ...withoutSender].sort()).toEqual(Object.keys(PARTS_OF_KIND).sort());
});

describe.each([...withSender, ...withoutSender])("%s", (kind) => {
  it("is a valid priority op, raises the sender's nonce by one (a voucher: by none) and nobody else's", () => {
    const world = ledgerWorld();
    const parts = (validParts(world)[kind] ?? validQueueParts()[kind]) as OpParts;
    const nonces = world.ids.map(
      (id) => (world.ledger.cell(id)[0] & 0xffn) === 1n && world.account(id).nonce,
    );
    const ids = [...world.ids];
    const applied = world.apply(world.priority(parts));
    expect(applied.valid).toBe(true);
    for (const [i, id] of ids.entries()) {
      const before = nonces[i];
      if (typeof before !== "bigint") continue;
      const raises = id === parts.sender && kind !== "drawTask";
      expect(world.account(id).nonce, `nonce of cell ${id}`).toBe(raises ? before + 1n : before);
    }
  });

  const unused = ALL_PARTS.filter((part) => !(PARTS_OF_KIND[kind] ?? "").split(" ").includes(part));
  it.each(unused)("refuses a non-zero %s, which it does not use", (part) => {
    const world = ledgerWorld();
    const parts = (validParts(world)[kind] ?? validQueueParts()[kind]) as OpParts;
    const one = part === "sender" || part === "object" ? 1 : 1n;
    const changed = { ...parts, [part]: one };
    // Queued, an op on a task names the task in these words.
    const isSigned = RULES.get(parts.kind)?.isOnTask === true && (part === "w1" || part === "w2");
    const op = isSigned ? world.signed(parts.sender ?? 0, changed) : world.priority(changed);
    expectRefused(world, op, "unused-part-set", {
      expected: "0",
      actual: "1",
    });
  });
});

describe.each(withNonce)("a signed %s", (kind) => {
  it("is valid with the sender's nonce, pays the fee to the batch, and is not valid a second time", () => {
    const { world, sender, op } = signedOf(kind, { maxFeeUnits: 20n }, { feeUnits: 7n });
    const plain = ledgerWorld();
    const { sender: _, ...parts } = validParts(plain)[kind] as OpParts & { sender: number };
    plain.apply(plain.signed(sender, parts));
    world.apply(op);
    expect(world.account(sender).balance).toBe(plain.account(sender).balance - 7n);
    expect(world.batch.feeUnits).toBe(7n);
    const { nonce } = op.authorization;
    const fresh = "object" in parts && parts.object === NEXT_CELL;
    expectRefused(
      world,
      op,
      fresh ? "wrong-placement" : "wrong-nonce",
      fresh ? {} : { expected: String(nonce + 1n), actual: String(nonce) },
    );
  });

  it("is refused with the next but one nonce", () => {
    const { world, sender } = signedOf(kind);
    const { nonce } = world.account(sender);
    const { op } = signedOf(kind, { nonce: nonce + 1n });
    expectRefused(world, op, "wrong-nonce", { expected: String(nonce), actual: String(nonce + 1n) });
  });

  it("is refused at nonce 2^32 - 1 and valid one below", () => {
    for (const [nonce, isValid] of [
      [0xfffffffen, true],
      [0xffffffffn, false],
    ] as const) {
      const { world, sender } = signedOf(kind);
      world.ledger.tree.setCell(sender, encodeAccount({ ...world.account(sender), nonce }));
      const { sender: _, ...parts } = validParts(world)[kind] as OpParts & { sender: number };
      const op = world.signed(sender, parts);
      if (isValid) expect(world.apply(op).valid).toBe(true);
      else expectRefused(world, op, "wrong-nonce", { actual: "4294967295" });
      if (isValid) expect(world.account(sender).nonce).toBe(0xffffffffn);
    }
  });

  it("is refused when the balance is one unit short of debit and fee", () => {
    const rich = signedOf(kind, {}, { feeUnits: 5n });
    const account = rich.world.account(rich.sender);
    const before = account.balance;
    const { world, sender } = signedOf(kind);
    rich.world.apply(rich.op);
    const credited = CREDITED_UNITS[kind] ?? 0n;
    const cost = before + credited - rich.world.account(sender).balance;
    world.ledger.tree.setCell(sender, encodeAccount({ ...account, balance: cost - 1n }));
    expectRefused(world, rich.op, "insufficient-balance", {
      expected: String(cost),
      actual: String(cost - 1n),
    });
    world.ledger.tree.setCell(sender, encodeAccount({ ...account, balance: cost }));
    expect(world.apply(rich.op).valid).toBe(true);
    expect(world.account(sender).balance).toBe(credited);
  });
});

describe.each(withSender)("a signed %s", (kind) => {
  it("is refused above the signed maximum fee, and valid at it", () => {
    const { world, op } = signedOf(kind, { maxFeeUnits: 20n }, { feeUnits: 20n });
    expectRefused(world, { ...op, words: withFee(op.words, 21n) }, "fee-above-maximum", {
      expected: "at most 20",
      actual: "21",
    });
    expect(world.apply(op).valid).toBe(true);
  });

  it("is valid at validUntil and refused one second later", () => {
    const { world, op } = signedOf(kind, { validUntil: ledgerWorld().timeSeconds });
    const late = ledgerWorld();
    late.nextBatch(1n);
    expectRefused(late, op, "expired", { actual: String(world.timeSeconds) });
    expect(world.apply(op).valid).toBe(true);
  });

  it("is refused with another key's signature, another domain's, and after one bit of it changed", () => {
    const { world, op } = signedOf(kind);
    expectRefused(world, signedOf(kind, { key: actor("mallory").key }).op, "wrong-signature");
    expectRefused(world, signedOf(kind, { domain: world.domain + 1n }).op, "wrong-signature");
    const { signature } = op.authorization;
    for (const change of [
      { s: signature.s ^ 1n },
      { s: signature.s + SUBGROUP_ORDER },
      { r8x: signature.r8x ^ 1n },
      { r8x: signature.r8x + FIELD_PRIME },
      { r8y: FIELD_PRIME - signature.r8y },
    ]) {
      const forged = withAuthorization(op, { signature: { ...signature, ...change } });
      expectRefused(world, forged, "wrong-signature");
    }
  });

  it("is refused after maxFee or validUntil were changed", () => {
    const { world, op } = signedOf(kind);
    const { maxFeeUnits, validUntil } = op.authorization;
    expectRefused(world, withAuthorization(op, { maxFeeUnits: maxFeeUnits + 1n }), "wrong-signature");
    expectRefused(world, withAuthorization(op, { validUntil: validUntil + 1n }), "wrong-signature");
  });

  it("is refused, not crashed on, with maxFee or validUntil beyond their widths", () => {
    const { world, op } = signedOf(kind);
    expectRefused(world, withAuthorization(op, { maxFeeUnits: 1n << 48n }), "out-of-range");
    expectRefused(world, withAuthorization(op, { maxFeeUnits: -1n }), "out-of-range");
    expectRefused(world, withAuthorization(op, { validUntil: 1n << 40n }), "out-of-range");
  });

  it.each([
    ["an empty cell", 400],
    ["cell 0", 0],
    ["a model", MODEL],
    ["a task", OPEN_TASK],
    ["an id beyond the tree", 512],
    ["the last id of 24 bits", 0xffffff],
  ])("is refused with %s as its sender", (_, sender) => {
    const { world, op } = signedOf(kind);
    const words = world.priority({ w1: 0n, w2: 0n, ...(validParts(world)[kind] as OpParts), sender }).words;
    expectRefused(world, { ...op, words }, "unknown-sender", {
      expected: "an account",
      actual: String(sender),
    });
    expectRefused(world, { words, caller: 0n, queuedAt: 0n }, "unknown-sender");
  });

  it("is a no-op from the queue if the caller is not the sender's l1Address", () => {
    const world = ledgerWorld();
    const parts = validParts(world)[kind] as OpParts & { sender: number };
    const { l1Address } = world.account(parts.sender);
    expectRefused(world, world.priority(parts, l1Address + 1n), "wrong-caller", {
      expected: String(l1Address),
      actual: String(l1Address + 1n),
    });
  });
});

describe("what a signature names", () => {
  const signed = (parts: Partial<OpParts> & { kind: OpParts["kind"] }, sender: number) => {
    const world = ledgerWorld();
    return { world, op: world.signed(sender, parts) };
  };

  it("does not let a transfer go to another owner's account in the same cell", () => {
    const { world, op } = signed({ kind: "transfer", object: BOB, amountUnits: 1n }, ALICE);
    world.ledger.tree.setCell(BOB, encodeAccount({ ...world.account(BOB), l1Address: 77n }));
    expectRefused(world, op, "wrong-signature");
  });

  it("does not let an op be sent for another account that has the same key", () => {
    const { world, op } = signed({ kind: "withdraw", amountUnits: 1n, w1: 9n }, ALICE);
    world.ledger.tree.setCell(ALICE, encodeAccount({ ...world.account(ALICE), l1Address: 77n }));
    expectRefused(world, op, "wrong-signature");
  });

  it.each([
    ["claimTask", OPEN_TASK, BOB],
    ["settleTask", SUBMITTED_TASK, CAROL],
    ["drawTask", CLAIMED_TASK, ALICE],
    ["expireTask", OVERDUE_TASK, DAVE],
  ] as const)("does not let %s hit a task with other terms or other money", (kind, object, sender) => {
    const { world } = signed({ kind: "noop" }, ALICE);
    const task = world.task(object);
    const parts = validParts(world)[kind] as OpParts;
    const op = world.signed(sender, parts);
    const otherSerial = { ...task, terms: { ...task.terms, nonce: task.terms.nonce + 1n } };
    const otherMoney = { ...task, money: { ...task.money, bond: task.money.bond - 1n } };
    for (const changed of [otherSerial, otherMoney]) {
      world.ledger.tree.setCell(object, encodeTask(changed));
      expectRefused(world, op, "wrong-signature");
    }
  });

  it("does not let a task be posted with another verifier's account or another model in the named cells", () => {
    const world = ledgerWorld();
    const { sender, ...parts } = validParts(world).postTask as OpParts & { sender: number };
    const op = world.signed(sender, parts);
    const verifier = ledgerWorld();
    verifier.ledger.tree.setCell(CAROL, encodeAccount({ ...verifier.account(CAROL), l1Address: 77n }));
    expectRefused(verifier, op, "wrong-signature");
    const model = ledgerWorld();
    const [f0, serial, f2, f3] = model.ledger.cell(MODEL);
    model.ledger.tree.setCell(MODEL, [f0, serial + 1n, f2, f3]);
    expectRefused(model, op, "wrong-signature");
  });

  it.each(["updateModel", "claimRevenue"] as const)(
    "does not let %s hit a model with another serial",
    (kind) => {
      const { world, op } = signedOf(kind);
      const [f0, serial, f2, f3] = world.ledger.cell(MODEL);
      world.ledger.tree.setCell(MODEL, [f0, serial + 1n, f2, f3]);
      expectRefused(world, op, "wrong-signature");
    },
  );

  it("stays good while balances, phases' free fields and revenues of named cells change", () => {
    const world = ledgerWorld();
    const parts = validParts(world).settleTask as OpParts;
    const op = world.signed(CAROL, parts);
    world.apply(world.priority({ kind: "transfer", sender: ALICE, object: BOB, amountUnits: 5n }));
    expect(world.apply(op).valid).toBe(true);
  });

  it("does not bind the cell that the sequencer picks for a creating op", () => {
    const { world, op } = signedOf("openAccount");
    world.apply(world.deposit(actor("erin"), 1n));
    const [w0, ...rest] = op.words;
    const moved = [w0 + (1n << 32n), ...rest] as unknown as SignedOp["words"];
    expect(Object.keys(cellsChangedBy(world, { ...op, words: moved }))).toEqual([
      String(ALICE),
      String(NEXT_CELL + 1),
    ]);
  });
});

describe("ops without a rule", () => {
  it("refuses codes that name no kind", () => {
    const world = ledgerWorld();
    const unknown = BigInt(Math.max(...Object.values(OP_CODE)) + 1);
    for (const code of [unknown, 255n]) {
      const op = { words: [code, 0n, 0n, 0n] as const, caller: 1n, queuedAt: 0n };
      expectRefused(world, op, "unknown-kind", { actual: String(code) });
    }
  });

  it("takes deposits from the queue only", () => {
    const world = ledgerWorld();
    for (const kind of ["deposit", "depositToEvm"]) {
      const { words } = world.priority(validQueueParts()[kind] as OpParts);
      const { authorization } = world.unsignedNoop();
      expectRefused(world, { words, authorization }, "wrong-caller");
    }
  });

  it("takes a noop without a signature, and it changes nothing", () => {
    const world = ledgerWorld();
    expect(cellsChangedBy(world, world.unsignedNoop())).toEqual({});
  });
});

it("refuses words outside the hard ranges even from the queue, because no proof could contain them", () => {
  const [w0, w1, w2, w3] = ledgerWorld().priority(validParts(ledgerWorld()).transfer as OpParts).words;
  const post = ledgerWorld().priority(validParts(ledgerWorld()).postTask as OpParts).words;
  const cases = [
    [w0 + (1n << 192n), w1, w2, w3],
    [w0, 1n << 224n, w2, w3],
    [w0, w1, FIELD_PRIME, w3],
    [w0, w1, w2, FIELD_PRIME],
    [w0, w1, -1n, w3],
    [post[0], post[1], 1n << 192n, post[3]],
  ] as const;
  for (const words of cases) {
    const world = ledgerWorld();
    const op = { words, caller: world.account(ALICE).l1Address, queuedAt: 0n };
    expect(ledgerErrorOf(() => world.apply(op)).code).toBe("out-of-range");
    expect(world.batch.ops).toEqual([]);
  }
});
