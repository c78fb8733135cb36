/** Signed ops whose author signed something else, or nothing: no proof may exist of them. */

import { SUBGROUP_ORDER } from "../../state/ledger/babyjubjub.ts";
import type { Cell } from "../../state/ledger/cells.ts";
import { type PublicKey, publicKeyOf, type Signature, sign } from "../../state/ledger/eddsa.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import type { OpParts, SignedOp } from "../../state/ledger/operation.ts";
import { poseidon } from "../../state/ledger/poseidon.ts";
import { ALICE, BOB, CAROL, type Edit, MODEL, replace, TASK } from "../support/forgery-world.ts";
import { actor, type LedgerScenario } from "../support/ledger-scenario.ts";
import { type CaseBuilder, executed, refused, refusedElsewhere } from "./catalogue.ts";
import { OPS, open, submitted, world } from "./catalogue-valid.ts";

const FEE_UNIT = 1n << 56n;
const OBJECT_UNIT = 1n << 32n;
const VALID_UNTIL_UNIT = 1n << 32n;
const DIGITS = [
  "domain",
  "head",
  "auth",
  "w1",
  "w2",
  "w3",
  "sender",
  "object",
  "detail",
  "party",
  "party key",
  "model",
];

/** What the author of an op signs, in the order of docs/LEDGER.md, section 4. */
type Message = readonly bigint[];

function messageOf(of: LedgerScenario, op: SignedOp, identities: Message): Message {
  const { maxFeeUnits, nonce, validUntil } = op.authorization;
  const [w0, w1, w2, w3] = op.words;
  const object = identities[1] === 0n ? ((w0 >> 32n) & 0xffffffn) * OBJECT_UNIT : 0n;
  const head = w0 - object + (maxFeeUnits - ((w0 >> 56n) & 0xffffffffffffn)) * FEE_UNIT;
  return [of.domain, head, nonce + validUntil * VALID_UNTIL_UNIT, w1, w2, w3, ...identities];
}

/** A signature under a key whose 8-fold is `secret` times the 8-fold of the base point. */
function signAs(key: PublicKey, secret: bigint, message: bigint): Signature {
  const nonce = 12_345n;
  const r8 = publicKeyOf({ scalar: nonce, nonceKey: new Uint8Array(32) });
  const challenge = poseidon([r8.x, r8.y, key.x, key.y, message]);
  return { r8x: r8.x, r8y: r8.y, s: (nonce + 8n * challenge * secret) % SUBGROUP_ORDER };
}

interface Saying {
  readonly before: () => LedgerScenario;
  readonly parts: (of: LedgerScenario) => Omit<OpParts, "sender">;
  readonly sender: number;
  readonly name: string;
  readonly identities: (of: LedgerScenario) => Message;
}

/** The op, but its author signed a message that differs in one place. */
const saying = (
  what: string,
  op: Saying,
  change: (message: Message, of: LedgerScenario) => Message,
): CaseBuilder => [
  `refused: ${what}`,
  () => {
    const of = op.before();
    const honest = of.signed(op.sender, op.parts(of), { maxFeeUnits: 9n });
    const message = messageOf(of, honest, op.identities(of));
    const key = actor(op.name).key;
    if (sign(key, poseidon([...message])).s !== honest.authorization.signature.s)
      throw new Error("not its message");
    const changed = change(message, of).map((value) => ((value % FIELD_PRIME) + FIELD_PRIME) % FIELD_PRIME);
    const signature = sign(key, poseidon(changed));
    const shown = { ...honest, authorization: { ...honest.authorization, signature } };
    const [, build] = refused(
      what,
      () => of,
      () => ({ ops: [honest], shown: [shown] }),
    );
    return { input: build().input, allowed: null, twin: executed(of, honest).input };
  },
];

const plusAt = (index: number, change: bigint) => (message: Message) =>
  message.map((value, i) => (i === index ? value + change : value));
const setAt = (index: number, to: bigint) => (message: Message) =>
  message.map((value, i) => (i === index ? to : value));

const TRANSFER: Saying = {
  before: world,
  parts: () => ({ kind: "transfer", object: BOB, amountUnits: 100n, feeUnits: 5n }),
  sender: ALICE,
  name: "alice",
  identities: (of) => [of.ledger.cell(ALICE)[1], of.ledger.cell(BOB)[1], of.ledger.cell(BOB)[2], 0n, 0n, 0n],
};
const CLAIM: Saying = {
  before: open,
  parts: () => ({ kind: "claimTask", object: TASK }),
  sender: BOB,
  name: "bob",
  identities: (of) => {
    const task = of.ledger.cell(TASK);
    const carol = of.ledger.cell(CAROL);
    return [of.ledger.cell(BOB)[1], task[1], task[2], carol[1], carol[2], 0n];
  },
};
/** What it creates is not named, and the head has no object. */
const creating = (parts: Saying["parts"], identities: Saying["identities"]): Saying => ({
  ...TRANSFER,
  parts: (of) => ({ ...parts(of), object: of.ledger.cellCount }),
  identities,
});
const OPEN = creating(
  () => {
    const { sender, ...parts } = OPS.openAccount();
    void sender;
    return parts;
  },
  (of) => [of.ledger.cell(ALICE)[1], 0n, 0n, 0n, 0n, 0n],
);
const POST = creating(
  (of) => {
    const { sender, ...parts } = OPS.postTask(of);
    void sender;
    return parts;
  },
  (of) => {
    const carol = of.ledger.cell(CAROL);
    const model = of.ledger.cell(MODEL);
    return [of.ledger.cell(ALICE)[1], 0n, model[3], carol[1], carol[2], model[1]];
  },
);
/** Messages of creating kinds have no object in their head. */
const headOf = (of: LedgerScenario): bigint => BigInt(of.ledger.cellCount) * OBJECT_UNIT;

const nobody = (change: (op: SignedOp) => SignedOp): CaseBuilder =>
  refused("an op that nobody signed", world, (of) => {
    const honest = of.signed(ALICE, { kind: "transfer", object: BOB, amountUnits: 100n });
    const unsigned = sign({ scalar: 1n, nonceKey: new Uint8Array(32) }, 0n);
    const authorization = { ...honest.authorization, maxFeeUnits: 0n, validUntil: 0n, signature: unsigned };
    return { ops: [honest], shown: [change({ ...honest, authorization })] };
  });

/** Signed for a key that has one coordinate of Alice's, of which the secret follows from hers. */
const mirrored = (name: string, mirror: (key: PublicKey) => PublicKey): CaseBuilder => [
  `refused: signed for a key with another ${name}`,
  () => {
    const of = world();
    const honest = of.signed(ALICE, { kind: "transfer", object: BOB, amountUnits: 100n });
    const message = poseidon([...messageOf(of, honest, TRANSFER.identities(of))]);
    const { key, publicKey } = actor("alice");
    const signature = signAs(mirror(publicKey), SUBGROUP_ORDER - key.scalar, message);
    const shown = { ...honest, authorization: { ...honest.authorization, signature } };
    const [, build] = refused(
      name,
      () => of,
      () => ({ ops: [honest], shown: [shown] }),
    );
    return { input: build().input, allowed: null, twin: executed(of, honest).input };
  },
];

/** The ledger with one cell changed. */
export const other = (before: () => LedgerScenario, id: number, edit: Edit) => () => {
  const changed = before();
  replace(changed, id, edit);
  return changed;
};
export const withField =
  (field: number, value: bigint): Edit =>
  (cell) =>
    cell.map((old, i) => (i === field ? value : old)) as unknown as Cell;

const ADDRESS = 0xabcn;
const IDENTITIES: readonly CaseBuilder[] = [
  refusedElsewhere(
    "a sender with another address",
    world,
    other(world, ALICE, withField(1, ADDRESS)),
    OPS.transfer,
  ),
  refusedElsewhere(
    "a payee with another address",
    world,
    other(world, BOB, withField(1, ADDRESS)),
    OPS.transfer,
  ),
  refusedElsewhere("a payee with another key", world, other(world, BOB, withField(2, 777n)), OPS.transfer),
  refusedElsewhere(
    "a task with another deadline",
    open,
    other(open, TASK, (cell) => withField(1, cell[1] + (1n << 152n))(cell)),
    OPS.claimTask,
  ),
  refusedElsewhere(
    "a task with another bond",
    open,
    other(open, TASK, (cell) => withField(2, cell[2] + (1n << 64n))(cell)),
    OPS.claimTask,
  ),
  refusedElsewhere(
    "a verifier with another address",
    world,
    other(world, CAROL, withField(1, ADDRESS)),
    (of) => OPS.postTask(of),
  ),
  refusedElsewhere("a verifier with another key", world, other(world, CAROL, withField(2, 777n)), (of) =>
    OPS.postTask(of),
  ),
  refusedElsewhere(
    "a worker with another address",
    submitted,
    other(submitted, BOB, withField(1, ADDRESS)),
    () => OPS.settleTask(),
  ),
  refusedElsewhere("a worker with another key", submitted, other(submitted, BOB, withField(2, 777n)), () =>
    OPS.settleTask(),
  ),
  refusedElsewhere(
    "a claimed task's verifier with another address",
    open,
    other(open, CAROL, withField(1, ADDRESS)),
    OPS.claimTask,
  ),
  refusedElsewhere(
    "a claimed task's verifier with another key",
    open,
    other(open, CAROL, withField(2, 777n)),
    OPS.claimTask,
  ),
  refusedElsewhere(
    "a posted task's model with another manifest",
    world,
    other(world, MODEL, withField(3, 77n)),
    (of) => OPS.postTask(of),
  ),
  refusedElsewhere("another model in the same cell", world, other(world, MODEL, withField(1, 77n)), (of) =>
    OPS.postTask(of),
  ),
];

export const SIGNED_OTHERWISE: readonly CaseBuilder[] = [
  ...IDENTITIES,
  ...DIGITS.map((name, i) => saying(`signed for another ${name}`, TRANSFER, plusAt(i, 1n))),
  saying("signed for a payee of any key", TRANSFER, setAt(8, 0n)),
  saying("signed for a task of any money", CLAIM, setAt(8, 0n)),
  saying("signed for a head with the fee", TRANSFER, plusAt(1, 5n * FEE_UNIT)),
  saying("signed for a head of a fee only", TRANSFER, setAt(1, 4n * FEE_UNIT)),
  saying("signed for a head of the maximum only", TRANSFER, setAt(1, 9n * FEE_UNIT)),
  saying("signed for the cell that it creates", OPEN, (message, of) => plusAt(1, headOf(of))(message)),
  saying("signed for a cell that it creates", OPEN, plusAt(1, OBJECT_UNIT)),
  saying("signed for what was in the cell that it creates", OPEN, plusAt(7, 1n)),
  ...[7, 8, 9, 10, 11].map((i) => saying(`posted for another ${DIGITS[i]}`, POST, plusAt(i, 1n))),
  ...[9, 10].map((i) => saying(`claimed for another ${DIGITS[i]}`, CLAIM, plusAt(i, 1n))),
  saying("posted for a model of any manifest", POST, setAt(8, 0n)),
  saying("signed for no maximum", TRANSFER, plusAt(1, -9n * FEE_UNIT)),
  saying("signed for no time", TRANSFER, setAt(2, 1n)),
  mirrored("x", ({ x, y }) => ({ x: FIELD_PRIME - x, y })),
  mirrored("y", ({ x, y }) => ({ x, y: FIELD_PRIME - y })),
  nobody((op) => op),
];
