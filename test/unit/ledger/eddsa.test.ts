import { buildEddsa } from "circomlibjs";
import { describe, expect, it } from "vitest";
import { BASE8, isValidPublicKey, SUBGROUP_ORDER } from "../../../state/ledger/babyjubjub.ts";
import { privateKeyFromSeed, publicKeyOf, sign, verify } from "../../../state/ledger/eddsa.ts";
import { FIELD_PRIME } from "../../../state/ledger/field.ts";
import { poseidon } from "../../../state/ledger/poseidon.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import vectors from "../../vectors/ledger.json" with { type: "json" };

const eddsa = await buildEddsa();
const key = privateKeyFromSeed(new Uint8Array(32).fill(7));
const publicKey = publicKeyOf(key);

describe("public keys", () => {
  it.each(vectors.keys)("$about: usable is $usable", ({ x, y, usable }) => {
    expect(isValidPublicKey(BigInt(x), BigInt(y))).toBe(usable);
  });

  it("may have a part outside the prime subgroup, as the circuit allows", () => {
    const order2 = { x: 0n, y: FIELD_PRIME - 1n };
    const shifted = { x: FIELD_PRIME - publicKey.x, y: FIELD_PRIME - publicKey.y };
    expect(isValidPublicKey(order2.x, order2.y)).toBe(false);
    expect(isValidPublicKey(shifted.x, shifted.y)).toBe(true);
  });
});

describe("signatures", () => {
  it("of circomlib are accepted, and ours by circomlib", () => {
    const random = new SeededRandom(1);
    for (let i = 0; i < 5; i++) {
      const message = random.bits(253);
      const secret = new Uint8Array(32).fill(i + 1);
      const theirs = eddsa.signPoseidon(secret, eddsa.F.e(message));
      const [x, y] = eddsa.prv2pub(secret).map((c) => eddsa.F.toObject(c)) as [bigint, bigint];
      const [r8x, r8y] = theirs.R8.map((c) => eddsa.F.toObject(c)) as [bigint, bigint];
      expect(verify({ x, y }, message, { r8x, r8y, s: theirs.S })).toBe(true);
      const ours = sign(key, message);
      const proof = { R8: [eddsa.F.e(ours.r8x), eddsa.F.e(ours.r8y)], S: ours.s } as const;
      const by = [eddsa.F.e(publicKey.x), eddsa.F.e(publicKey.y)] as const;
      expect(eddsa.verifyPoseidon(eddsa.F.e(message), proof, by)).toBe(true);
    }
  });

  it("are deterministic, and no two messages share a nonce point", () => {
    expect(sign(key, 1n)).toEqual(sign(key, 1n));
    expect(sign(key, 1n).r8x).not.toBe(sign(key, 2n).r8x);
  });

  it("are refused with S at or beyond the subgroup order, which would make a second signature", () => {
    const signature = sign(key, 5n);
    expect(verify(publicKey, 5n, signature)).toBe(true);
    expect(verify(publicKey, 5n, { ...signature, s: signature.s + SUBGROUP_ORDER })).toBe(false);
    expect(verify(publicKey, 5n, { ...signature, s: -1n })).toBe(false);
  });

  it("are refused for a message that is no canonical field element, and for non-canonical points", () => {
    const signature = sign(key, 5n);
    expect(verify(publicKey, 5n + FIELD_PRIME, signature)).toBe(false);
    expect(verify(publicKey, -1n, signature)).toBe(false);
    expect(verify({ ...publicKey, x: publicKey.x + FIELD_PRIME }, 5n, signature)).toBe(false);
    expect(verify(publicKey, 5n, { ...signature, r8y: signature.r8y + FIELD_PRIME })).toBe(false);
  });

  it("under a key of small order, which anybody could make, are refused", () => {
    const small = { x: 0n, y: FIELD_PRIME - 1n };
    const r8 = BASE8.multiply(9n).toAffine();
    const forged = { r8x: r8.x, r8y: r8.y, s: 9n };
    const by = [eddsa.F.e(small.x), eddsa.F.e(small.y)] as const;
    const proof = { R8: [eddsa.F.e(r8.x), eddsa.F.e(r8.y)], S: 9n } as const;
    expect(eddsa.verifyPoseidon(eddsa.F.e(5n), proof, by)).toBe(true);
    expect(verify(small, 5n, forged)).toBe(false);
  });

  it("with R8 off the curve are refused", () => {
    expect(verify(publicKey, 5n, { ...sign(key, 5n), r8x: 1n, r8y: 2n })).toBe(false);
  });
});

it("derives keys only from 32 bytes of entropy or more, and different ones from different seeds", () => {
  expect(() => privateKeyFromSeed(new Uint8Array(31))).toThrow("at least 32 bytes");
  expect(privateKeyFromSeed(new Uint8Array(32)).scalar).not.toBe(key.scalar);
  expect(key.scalar).toBeLessThan(SUBGROUP_ORDER);
});

it("hashes as circomlib's documented example does", () => {
  expect(poseidon([1n, 2n])).toBe(
    7853200120776062878684798364095072458815029376092732009249414926327459813530n,
  );
});
