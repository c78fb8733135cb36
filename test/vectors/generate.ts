import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { concatHex, encodeAbiParameters, type Hex, keccak256, numberToHex, zeroHash } from "viem";
import { isValidPublicKey } from "../../state/ledger/babyjubjub.ts";
import { type BatchOp, withdrawalsOf } from "../../state/ledger/batch.ts";
import { type Cell, encodeAccount, encodeModel, encodeTask } from "../../state/ledger/cells.ts";
import { privateKeyFromSeed, publicKeyOf, sign } from "../../state/ledger/eddsa.ts";
import { FIELD_PRIME } from "../../state/ledger/field.ts";
import { signedMessage } from "../../state/ledger/message.ts";
import { isCreating, type OpParts, opFields, opWords, withObject } from "../../state/ledger/operation.ts";
import { poseidon } from "../../state/ledger/poseidon.ts";
import { BATCH_SIZES } from "../../state/ledger/sizes.ts";
import { circuitIdOf, domainOf, publicInputsOf, streamWords } from "../../state/ledger/stream.ts";
import { CellTree, EMPTY_STORE } from "../../state/ledger/tree.ts";
import { actor, LedgerScenario } from "../support/ledger-scenario.ts";

/** What ledger.json says about itself. */
const ABOUT = [
  "Exact values for docs/LEDGER.md. Integers and field elements are decimal strings; 256-bit hashes are 0x-hex; ids, sizes and bits of a bitmap are counts.",
  "Rewrite with: node --import tsx test/vectors/generate.ts",
  "cells: fields, the four packed words f0..f3, and the leaf.",
  "operations: parts (those that are left out are 0) and the words w0..w3.",
  "messages: the words, what is signed beside them, the inputs of Poseidon in order (domain, head, auth, ...), M, and a signature of M.",
  "keys: points and whether they are usable as public keys.",
  "queueEntries: keccak256(abi.encode(w0, w1, w2, w3, caller, queuedAt)), w0 with object 0 for creating kinds.",
  "withdrawals: words recipient(160)@0, amount(64)@160, and keccak256 of the words, 32 bytes big-endian each.",
  "trees: the non-empty cells, the root, and the 8 children per level on the way from cell pathOf to the root (path[0] are leaves).",
  "streams: header and ops, all words, and the public inputs C, r, e.",
] as const;

const SEED_A = Uint8Array.from({ length: 32 }, (_, i) => i);
const SEED_B = Uint8Array.from({ length: 32 }, (_, i) => 0xff - i);
const MAX = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

const HOMES = [
  { homeChainId: 31337n, homeContract: 0x5fbdb2315678afecb367f032d93f642f64180aa3n },
  { homeChainId: 11155111n, homeContract: 0xffffffffffffffffffffffffffffffffffffffffn },
] as const;

const keyA = publicKeyOf(privateKeyFromSeed(SEED_A));
const ADDRESS = 0x00112233445566778899aabbccddeeff01234567n;

const ACCOUNTS = [
  { nonce: 0n, balance: 0n, l1Address: 1n, pubX: keyA.x, pubY: keyA.y },
  { nonce: 7n, balance: 123_456_789n, l1Address: ADDRESS, pubX: keyA.x, pubY: keyA.y },
  { nonce: MAX(32), balance: MAX(64), l1Address: MAX(160), pubX: keyA.x, pubY: keyA.y },
];
const MODELS = [
  {
    status: 1n,
    share: 1_500n,
    owner: 6n,
    price: 1_000_000n,
    serial: 6n | (3n << 24n),
    revenue: 42n,
    manifest: 99n,
  },
  {
    status: 4n,
    share: 9_800n,
    owner: MAX(24),
    price: MAX(64),
    serial: MAX(56),
    revenue: MAX(64),
    manifest: MAX(248),
  },
];
const TERMS = {
  requester: 5n,
  nonce: 9n,
  verifier: 7n,
  model: 8n,
  kind: 2n,
  flags: 1n,
  treasuryRate: 200n,
  share: 1_500n,
  deadline: 1_800_000_600n,
  window: 300n,
};
const MONEY = { reward: 1_000_003n, bond: 500_001n, verifierFee: 70_007n };
const TASKS = [
  { phase: 1n, worker: 0n, submittedAt: 0n, drawn: 0n, terms: TERMS, money: MONEY, content: 77n },
  {
    phase: 3n,
    worker: 6n,
    submittedAt: 1_800_000_123n,
    drawn: 0n,
    terms: TERMS,
    money: MONEY,
    content: MAX(253),
  },
  {
    phase: 7n,
    worker: MAX(24),
    submittedAt: MAX(40),
    drawn: MAX(64),
    terms: {
      requester: MAX(24),
      nonce: MAX(32),
      verifier: MAX(24),
      model: MAX(24),
      kind: 3n,
      flags: 1n,
      treasuryRate: 200n,
      share: 9_800n,
      deadline: MAX(40),
      window: MAX(32),
    },
    money: { reward: MAX(64), bond: MAX(64), verifierFee: MAX(64) },
    content: 1n,
  },
];

const cells = () => {
  const vector = (type: string, fields: object, words: Cell) => ({
    type,
    fields,
    words,
    leaf: poseidon(words),
  });
  return [
    ...ACCOUNTS.map((account) => vector("account", account, encodeAccount(account))),
    ...MODELS.map((model) => vector("model", model, encodeModel(model))),
    ...TASKS.map((task) => vector("task", task, encodeTask(task))),
  ];
};

const POSTED = encodeTask({
  ...(TASKS[0] as (typeof TASKS)[0]),
  terms: { ...TERMS, requester: 0n, nonce: 0n, treasuryRate: 0n, share: 0n },
});
const KEY_PARTS = { w1: ADDRESS, w2: keyA.x, w3: keyA.y };
const OPERATIONS: readonly OpParts[] = [
  { kind: "noop" },
  { kind: "deposit", object: 5, amountUnits: 1_000_000_000n, ...KEY_PARTS },
  { kind: "depositToEvm", object: 3, amountUnits: 5n, w1: ADDRESS },
  { kind: "transfer", sender: 5, object: 6, feeUnits: 10n, amountUnits: 250n, w1: 0xabcn },
  { kind: "openAccount", sender: 5, object: 7, feeUnits: 11n, amountUnits: 0n, ...KEY_PARTS },
  { kind: "withdraw", sender: 5, feeUnits: 12n, amountUnits: 400n, w1: ADDRESS },
  {
    kind: "registerModel",
    sender: 6,
    object: 8,
    feeUnits: 13n,
    amountUnits: 1_000_000n,
    param: 1_500n,
    w3: 99n,
  },
  {
    kind: "updateModel",
    sender: 6,
    object: 8,
    feeUnits: 14n,
    amountUnits: 2n,
    param: 1_500n | (2n << 16n),
    w3: 98n,
  },
  { kind: "claimRevenue", sender: 6, object: 8, feeUnits: 15n },
  { kind: "postTask", sender: 5, object: 9, feeUnits: 16n, w1: POSTED[1], w2: POSTED[2], w3: 77n },
  { kind: "claimTask", sender: 6, object: 9, feeUnits: 17n, w3: 77n },
  { kind: "submitResult", sender: 6, object: 9, feeUnits: 18n, w3: 4_321n },
  { kind: "settleTask", sender: 7, object: 9, feeUnits: 19n, param: 1n, w3: 5_555n },
  { kind: "drawTask", sender: 5, object: 9, feeUnits: 20n, amountUnits: 333n, w3: 6_666n },
  { kind: "expireTask", sender: 6, object: 9, feeUnits: 21n },
  {
    kind: "transfer",
    sender: 0xffffff,
    object: 0xffffff,
    feeUnits: MAX(48),
    amountUnits: MAX(64),
    param: 0xffffffn,
    w1: MAX(224),
    w2: MAX(253),
    w3: MAX(253),
  },
];

const operations = () => OPERATIONS.map((parts) => ({ parts, words: opWords(parts) }));

/** Signed kinds with the identities that their messages name, as if the cells of `cells` lay where the ops point. */
function messages() {
  const task = encodeTask(TASKS[1] as (typeof TASKS)[1]);
  const serial = (MODELS[0] as (typeof MODELS)[0]).serial;
  const taskNames = { object: task[1], detail: task[2] };
  const names = (kind: string) => {
    const base = { sender: ADDRESS, object: 0n, detail: 0n, party: 0n, partyKey: 0n, model: 0n };
    if (kind === "transfer") return { ...base, object: MAX(160), detail: 12_345n };
    const party = { party: MAX(160), partyKey: 67_890n };
    if (kind === "postTask") return { ...base, detail: MODELS[0]?.manifest ?? 0n, ...party, model: serial };
    if (kind === "updateModel" || kind === "claimRevenue") return { ...base, object: serial };
    if (kind === "settleTask" || kind === "drawTask") {
      return { ...base, ...taskNames, ...party, model: serial };
    }
    if (kind === "expireTask") return { ...base, ...taskNames, party: MAX(160) - 1n, partyKey: 13_579n };
    if (kind === "claimTask") return { ...base, ...taskNames, ...party };
    return kind === "submitResult" ? { ...base, ...taskNames } : base;
  };
  const signedKinds = OPERATIONS.slice(3, 15);
  return signedKinds.map((parts, i) => {
    const seed = i % 2 === 0 ? SEED_A : SEED_B;
    const key = privateKeyFromSeed(seed);
    const words = opWords(parts);
    const home = HOMES[i % 2] as (typeof HOMES)[0];
    const domain = domainOf(home.homeChainId, home.homeContract);
    const authorization = {
      nonce: parts.kind === "drawTask" ? 0n : BigInt(i * 1_000),
      maxFeeUnits: BigInt(20 + i),
      validUntil: 1_800_000_000n,
    };
    const named = names(parts.kind);
    const head = opWords({
      ...parts,
      feeUnits: authorization.maxFeeUnits,
      object: isCreating(parts.kind) ? 0 : (parts.object ?? 0),
    })[0];
    const auth = authorization.nonce | (authorization.validUntil << 32n);
    const inputs = [domain, head, auth, ...words.slice(1), ...Object.values(named)];
    const message = signedMessage(domain, words, opFields(words), authorization, named);
    return {
      kind: parts.kind,
      words,
      authorization,
      named,
      inputs,
      message,
      seed: numberToHex(BigInt(`0x${Buffer.from(seed).toString("hex")}`), { size: 32 }),
      scalar: key.scalar,
      publicKey: publicKeyOf(key),
      signature: sign(key, message),
    };
  });
}

/** x with 168700·x² = 1: (x, 0) has order 4. */
const FOURTH_ORDER_X = 18930368022820495955728484915491405972470733850014661777449844430438130630919n;

function keys() {
  const candidates = [
    { about: "a key of the tests", x: keyA.x, y: keyA.y },
    { about: "the same point, with x beyond the field order", x: keyA.x + FIELD_PRIME, y: keyA.y },
    { about: "off the curve", x: 1n, y: 2n },
    { about: "all zeros", x: 0n, y: 0n },
    { about: "the neutral element", x: 0n, y: 1n },
    { about: "order 2", x: 0n, y: FIELD_PRIME - 1n },
    { about: "order 4", x: FOURTH_ORDER_X, y: 0n },
  ];
  return candidates.map((key) => ({ ...key, usable: isValidPublicKey(key.x, key.y) }));
}

const word = (value: bigint): Hex => numberToHex(value, { size: 32 });

function queueEntryHash(words: readonly bigint[], caller: bigint, queuedAt: bigint): Hex {
  const types = [...new Array(4).fill("uint256"), "address", "uint256"].map((type) => ({ type }));
  return keccak256(encodeAbiParameters(types, [...words, numberToHex(caller, { size: 20 }), queuedAt]));
}

function queueEntries() {
  return OPERATIONS.slice(0, 15).map((parts, i) => {
    const posted = opWords({ ...parts, feeUnits: 0n });
    const queued = isCreating(parts.kind) ? withObject(posted, 0) : posted;
    const caller = ADDRESS + BigInt(i);
    const queuedAt = 1_800_000_000n + BigInt(i);
    return {
      kind: parts.kind,
      streamWords: posted,
      caller,
      queuedAt,
      hash: queueEntryHash(queued, caller, queuedAt),
    };
  });
}

const MIRROR_COUNT = 2;
const BEYOND_THE_MIRRORS = 3n;

/** Batches with every kind of op that leaves, or does not leave, for home and two mirrors. */
function withdrawals() {
  const signed = (parts: OpParts): BatchOp => ({ op: priority(parts), valid: true });
  const priority = (parts: OpParts) => ({ words: opWords(parts), caller: ADDRESS, queuedAt: 0n });
  const refused = (parts: OpParts): BatchOp => ({ op: priority(parts), valid: false });
  const leave: OpParts = { kind: "withdraw", sender: 5, amountUnits: 400n, w1: ADDRESS };
  const deposited: OpParts = {
    kind: "deposit",
    object: 5,
    amountUnits: MAX(64),
    w1: MAX(160),
    w2: keyA.x,
    w3: keyA.y,
  };
  const batches: BatchOp[][] = [
    [signed(leave)],
    [
      signed({ kind: "noop" }),
      signed(leave),
      refused(leave),
      signed(deposited),
      refused(deposited),
      signed({ ...leave, param: 1n, amountUnits: 401n }),
      signed({ ...leave, param: 2n, amountUnits: 402n }),
      signed({ ...leave, param: BEYOND_THE_MIRRORS, amountUnits: 403n }),
      refused({ ...leave, param: 1n }),
      signed({ ...leave, param: 1n, amountUnits: 404n }),
    ],
  ];
  return batches.map((batch) => {
    const ops = batch.map(({ op, valid }) => ({ words: op.words, valid }));
    const chains = Array.from({ length: 1 + MIRROR_COUNT }, (_, chain) => {
      const words = withdrawalsOf(ops, MIRROR_COUNT)
        .filter((payout) => payout.chain === chain)
        .map(({ recipient, units }) => recipient | (units << 160n));
      return { chain, words, hash: words.length === 0 ? zeroHash : keccak256(concatHex(words.map(word))) };
    });
    return { mirrorCount: MIRROR_COUNT, ops, chains };
  });
}

function trees() {
  const at = (levels: number, entries: readonly (readonly [number, Cell])[], pathOf: number) => {
    const tree = new CellTree(levels, EMPTY_STORE);
    for (const [id, cell] of entries) tree.setCell(id, cell);
    return {
      levels,
      cells: entries.map(([id, words]) => ({ id, words })),
      root: tree.root(),
      pathOf,
      path: tree.path(pathOf),
    };
  };
  const account = encodeAccount(ACCOUNTS[1] as (typeof ACCOUNTS)[1]);
  const model = encodeModel(MODELS[0] as (typeof MODELS)[0]);
  const task = encodeTask(TASKS[1] as (typeof TASKS)[1]);
  const genesis = new LedgerScenario().ids.map((id) => [id, new LedgerScenario().ledger.cell(id)] as const);
  return [
    at(2, [], 0),
    at(3, [], 0),
    at(8, [], 0),
    at(3, genesis, 4),
    at(8, genesis, 4),
    at(
      3,
      [
        [1, account],
        [8, model],
        [511, task],
      ],
      511,
    ),
    at(
      8,
      [
        [1, account],
        [63, model],
        [8 ** 8 - 1, task],
      ],
      63,
    ),
  ];
}

/** Batches of one small story, so that the streams agree with a real ledger. */
function streams() {
  const scenario = new LedgerScenario();
  const [alice, bob] = [scenario.fund("alice", 10n ** 9n), scenario.fund("bob", 10n ** 9n)];
  const recorded = [];
  for (const name of ["mixed", "empty"] as const) {
    if (name === "mixed") {
      scenario.apply(scenario.deposit(actor("carol"), 7_000n));
      scenario.apply(
        scenario.signed(alice, { kind: "transfer", object: bob, amountUnits: 5n, feeUnits: 3n }),
      );
      scenario.apply(
        scenario.priority({ kind: "withdraw", sender: bob, amountUnits: 10n ** 18n, w1: ADDRESS }),
      );
    }
    const cellCountAfter = scenario.ledger.cellCount;
    const batch = scenario.nextBatch();
    const stream = {
      domain: scenario.domain,
      number: batch.number,
      rootBefore: batch.rootBefore,
      rootAfter: scenario.ledger.root(),
      cellCountBefore: batch.cellCountBefore,
      cellCountAfter,
      timeSeconds: batch.timeSeconds,
      blockHash: BigInt(keccak256("0x01")),
      laneDataHash: BigInt(keccak256("0x")),
      ops: batch.ops.map(({ op, valid }) => ({
        words: op.words,
        valid,
        ...("caller" in op ? { caller: op.caller } : {}),
      })),
    };
    const words = streamWords(stream, scenario.size);
    const [commitment, challenge, evaluation] = publicInputsOf(words);
    const hashes = { blockHash: word(stream.blockHash), laneDataHash: word(stream.laneDataHash) };
    recorded.push({
      name,
      size: scenario.size,
      ...stream,
      ...hashes,
      words,
      commitment,
      challenge,
      evaluation,
    });
  }
  return recorded;
}

/** All vectors, as the file has them. */
export function buildVectors(): unknown {
  const vectors = {
    about: ABOUT,
    domains: HOMES.map((home) => ({ ...home, domain: domainOf(home.homeChainId, home.homeContract) })),
    circuitIds: Object.values(BATCH_SIZES).map((size) => ({ ...size, id: circuitIdOf(size) })),
    cells: cells(),
    operations: operations(),
    messages: messages(),
    keys: keys(),
    queueEntries: queueEntries(),
    withdrawals: withdrawals(),
    trees: trees(),
    streams: streams(),
  };
  return JSON.parse(
    JSON.stringify(vectors, (_, value) => (typeof value === "bigint" ? value.toString() : value)),
  );
}

export const VECTORS_FILE = fileURLToPath(new URL("./ledger.json", import.meta.url));

const LINE_COLUMNS = 110;

/** JSON as the project's formatter writes it: an array without nesting on one line where it fits. */
const formatted = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(
    /^( *)(.*)\[\n([^[\]{}]+)\n *\](,?)$/gm,
    (lines, indent, key, items, comma) => {
      const line = `${indent}${key}[${items.trim().replace(/\n */g, " ")}]${comma}`;
      return line.length <= LINE_COLUMNS ? line : lines;
    },
  );

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(VECTORS_FILE, `${formatted(buildVectors())}\n`);
}
