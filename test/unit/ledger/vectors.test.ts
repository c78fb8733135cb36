import { buildEddsa, buildPoseidonReference } from "circomlibjs";
import { encodeAbiParameters, type Hex, keccak256, numberToHex, stringToHex } from "viem";
import { describe, expect, it } from "vitest";
import { FIELD_PRIME } from "../../../state/ledger/field.ts";
import { buildVectors } from "../../vectors/generate.ts";
import vectors from "../../vectors/ledger.json" with { type: "json" };

const reference = await buildPoseidonReference();
const eddsa = await buildEddsa();
const hash = (inputs: readonly (bigint | string)[]): bigint =>
  reference.F.toObject(reference(inputs.map(BigInt)));
const element = (value: string): Uint8Array => eddsa.F.e(BigInt(value));
const word = (value: bigint | string): Hex => numberToHex(BigInt(value), { size: 32 });

/** Packs `[value, bits]` pairs from the least significant bit, independently of the ledger's own layouts. */
const packed = (...parts: [value: string | number | undefined, bits: number][]): string => {
  let offset = 0n;
  let sum = 0n;
  for (const [value, bits] of parts) {
    sum += BigInt(value ?? 0) * 2n ** offset;
    offset += BigInt(bits);
  }
  return sum.toString();
};

it("is what the generator makes today", () => {
  expect(vectors).toEqual(buildVectors());
});

describe("cells", () => {
  type Fields = Record<string, string> & { terms: Record<string, string>; money: Record<string, string> };
  const pack = (type: string, fields: Fields): string[] => {
    if (type === "account") {
      const head = packed(["1", 8], [fields.nonce, 32], [fields.balance, 64]);
      return [head, fields.l1Address, fields.pubX, fields.pubY] as string[];
    }
    if (type === "model") {
      const head = packed(
        ["2", 8],
        [fields.status, 8],
        [fields.share, 16],
        [fields.owner, 24],
        [fields.price, 64],
      );
      return [head, fields.serial, fields.revenue, fields.manifest] as string[];
    }
    const { terms, money } = fields;
    return [
      packed(["3", 8], [fields.phase, 8], [fields.worker, 24], [fields.submittedAt, 40], [fields.drawn, 64]),
      packed(
        [terms.requester, 24],
        [terms.nonce, 32],
        [terms.verifier, 24],
        [terms.model, 24],
        [terms.kind, 8],
        [terms.flags, 8],
        [terms.treasuryRate, 16],
        [terms.share, 16],
        [terms.deadline, 40],
        [terms.window, 32],
      ),
      packed([money.reward, 64], [money.bond, 64], [money.verifierFee, 64]),
      fields.content as string,
    ];
  };

  it.each(vectors.cells)(
    "packs a $type as the specification's table says, and hashes it to its leaf",
    (cell) => {
      expect(cell.words).toEqual(pack(cell.type, cell.fields as unknown as Fields));
      expect(cell.leaf).toBe(hash(cell.words).toString());
    },
  );
});

it.each(vectors.operations)(
  "packs the words of $parts.kind as the specification's table says",
  ({ parts, words }) => {
    const kinds =
      "noop deposit depositToEvm transfer openAccount withdraw registerModel updateModel claimRevenue postTask " +
      "claimTask submitResult settleTask drawTask expireTask";
    const of: Record<string, string | number | undefined> = parts;
    const w0 = packed(
      [kinds.split(" ").indexOf(parts.kind), 8],
      [of.sender, 24],
      [of.object, 24],
      [of.feeUnits, 48],
      [of.amountUnits, 64],
      [of.param, 24],
    );
    expect(words).toEqual([w0, of.w1 ?? "0", of.w2 ?? "0", of.w3 ?? "0"]);
  },
);

describe.each(vectors.messages)("the message of $kind", (vector) => {
  const { words, authorization, named, inputs, message, publicKey, signature } = vector;

  it("has the inputs of the specification, in their order", () => {
    const w0 = BigInt(words[0] as string);
    const creates = ["openAccount", "registerModel", "postTask"].includes(vector.kind);
    const kept = creates ? 0xffffffffn : 0xffffffffffffffn;
    const head = (w0 & kept) | (BigInt(authorization.maxFeeUnits) << 56n) | ((w0 >> 104n) << 104n);
    const auth = packed([authorization.nonce, 32], [authorization.validUntil, 40]);
    expect(inputs.slice(1)).toEqual([
      head.toString(),
      auth,
      ...words.slice(1),
      named.sender,
      named.object,
      named.detail,
      named.party,
      named.partyKey,
      named.model,
    ]);
    expect(vectors.domains.map(({ domain }) => domain)).toContain(inputs[0]);
  });

  it("is their Poseidon hash", () => {
    expect(message).toBe(hash(inputs).toString());
  });

  it("has a signature that circomlib's verifier accepts, by the named key", () => {
    const key = eddsa.babyJub.mulPointEscalar(eddsa.babyJub.Base8, BigInt(vector.scalar));
    expect(key.map((coordinate) => eddsa.F.toObject(coordinate).toString())).toEqual([
      publicKey.x,
      publicKey.y,
    ]);
    const proof = { R8: [element(signature.r8x), element(signature.r8y)], S: BigInt(signature.s) } as const;
    const by = [element(publicKey.x), element(publicKey.y)] as const;
    expect(eddsa.verifyPoseidon(element(message), proof, by)).toBe(true);
    expect(eddsa.verifyPoseidon(element((BigInt(message) + 1n).toString()), proof, by)).toBe(false);
  });
});

it.each(vectors.domains)("derives the domain of chain $homeChainId as the contract does", (vector) => {
  const encoded = encodeAbiParameters(
    [{ type: "string" }, { type: "uint256" }, { type: "address" }],
    [
      "NeuraChain ledger v1",
      BigInt(vector.homeChainId),
      numberToHex(BigInt(vector.homeContract), { size: 20 }),
    ],
  );
  expect(vector.domain).toBe((BigInt(keccak256(encoded)) >> 8n).toString());
});

it.each(vectors.circuitIds)("names the circuit of levels $levels, $maxOps ops, $maxCells cells", (vector) => {
  const { levels, maxOps, maxCells, id } = vector;
  const name = stringToHex(`NeuraChain batch v1:${levels}:${maxOps}:${maxCells}`);
  expect(id).toBe((BigInt(keccak256(name)) >> 8n).toString());
});

it.each(vectors.queueEntries)(
  "hashes a queued $kind without its object where the sequencer picks it",
  (vector) => {
    const [w0 = "0", ...rest] = vector.streamWords;
    const creates = [1n, 4n, 6n, 9n].includes(BigInt(w0) & 0xffn);
    const queued = creates ? BigInt(w0) & ~(0xffffffn << 32n) : BigInt(w0);
    const preimage = [queued, ...rest, vector.caller, vector.queuedAt]
      .map((value) => word(value).slice(2))
      .join("");
    expect(vector.hash).toBe(keccak256(`0x${preimage}`));
  },
);

it.each(vectors.withdrawals)(
  "pays valid withdrawals and refunds invalid deposits, each on its chain",
  ({ mirrorCount, ops, chains }) => {
    for (const { chain, words, hash } of chains) {
      const expected = ops.flatMap(({ words: [w0 = "0", w1 = "0"], valid }) => {
        const kind = BigInt(w0) & 0xffn;
        const named = Number((BigInt(w0) >> 168n) & 0xffn);
        const paidOn = kind === 1n || named > mirrorCount ? 0 : named;
        const pays = ((kind === 5n && valid) || (kind === 1n && !valid)) && paidOn === chain;
        return pays ? [packed([w1, 160], [((BigInt(w0) >> 104n) & (2n ** 64n - 1n)).toString(), 64])] : [];
      });
      expect(words).toEqual(expected);
      const hashed = keccak256(`0x${words.map((value) => word(value).slice(2)).join("")}`);
      expect(hash).toBe(words.length === 0 ? `0x${"0".repeat(64)}` : hashed);
    }
  },
);

it.each(vectors.trees)(
  "hashes a tree of $levels levels along the path of cell $pathOf to its root",
  (tree) => {
    const named = tree.cells.find(({ id }) => id === tree.pathOf);
    let node = named === undefined ? "0" : hash(named.words).toString();
    let index = tree.pathOf;
    for (const children of tree.path) {
      expect(children[index % 8]).toBe(node);
      node = hash(children).toString();
      index = Math.floor(index / 8);
    }
    expect(tree.path).toHaveLength(tree.levels);
    expect(node).toBe(tree.root);
  },
);

describe.each(vectors.streams)("the stream of the $name batch", (stream) => {
  const { size, words, ops } = stream;

  it("has header, ops and callers where the specification says", () => {
    const bits = (set: (i: number) => boolean) =>
      packed(...Array.from({ length: size.maxOps }, (_, i): [number, number] => [set(i) ? 1 : 0, 1]));
    const shifted = (hex: string) => (BigInt(hex) >> 8n).toString();
    const circuit = vectors.circuitIds.find(
      ({ levels, maxOps }) => levels === size.levels && maxOps === size.maxOps,
    );
    expect(words.slice(0, 12)).toEqual([
      stream.domain,
      circuit?.id,
      stream.number,
      stream.rootBefore,
      stream.rootAfter,
      String(stream.cellCountBefore),
      String(stream.cellCountAfter),
      stream.timeSeconds,
      shifted(stream.blockHash),
      shifted(stream.laneDataHash),
      bits((i) => (ops as { caller?: string }[])[i]?.caller !== undefined),
      bits((i) => ops[i]?.valid !== false),
    ]);
    const padding = Array.from({ length: size.maxOps - ops.length }, () => ["0", "0", "0", "0"]);
    expect(words.slice(12, 12 + 4 * size.maxOps)).toEqual([...ops.map((op) => op.words), ...padding].flat());
    const callers = Array.from(
      { length: size.maxOps },
      (_, i) => (ops as { caller?: string }[])[i]?.caller ?? "0",
    );
    expect(words.slice(12 + 4 * size.maxOps)).toEqual(callers);
  });

  it("is bound by C, r and e", () => {
    let commitment = 0n;
    for (let at = 0; at < words.length; at += 15) {
      const chunk = Array.from({ length: 15 }, (_, i) => words[at + i] ?? "0");
      commitment = hash([commitment, ...chunk]);
    }
    const bytes = [...words, commitment].map((value) => word(value).slice(2)).join("");
    const challenge = BigInt(keccak256(`0x${bytes}`)) % FIELD_PRIME;
    let [power, evaluation] = [1n, 0n];
    for (const value of words) {
      evaluation = (evaluation + BigInt(value) * power) % FIELD_PRIME;
      power = (power * challenge) % FIELD_PRIME;
    }
    const values = [stream.commitment, stream.challenge, stream.evaluation];
    expect(values).toEqual([commitment, challenge, evaluation].map(String));
  });
});
