import { randomBytes } from "node:crypto";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { recover as recoverByWasm } from "tiny-secp256k1";
import { describe, expect, it } from "vitest";
import { recoverKey } from "../../../state/evm/key-recovery.ts";

const order = secp256k1.Point.Fn.ORDER;
const pairs = 200;

const bytes32 = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(64, "0"), "hex");

interface Case {
  readonly digest: Uint8Array;
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  readonly v: bigint;
}

const answerOf = (each: Case): string | undefined => {
  const key = recoverKey({ ...each, chainId: undefined });
  return key && Buffer.from(key).toString("hex");
};

function byNoble({ digest, r, s, v }: Case): string | undefined {
  try {
    const compact = Buffer.concat([r, s]);
    const signature = secp256k1.Signature.fromBytes(compact, "compact").addRecoveryBit(Number(v));
    return Buffer.from(signature.recoverPublicKey(digest).toBytes(false)).subarray(1).toString("hex");
  } catch {
    return undefined;
  }
}

function byWasm({ digest, r, s, v }: Case): string | undefined {
  try {
    const key = recoverByWasm(digest, Buffer.concat([r, s]), v === 0n ? 0 : 1, false);
    return key === null ? undefined : Buffer.from(key).subarray(1).toString("hex");
  } catch {
    return undefined;
  }
}

/** A signature, its twin with s in the upper half of the order, and both with the other recovery bit. */
function signatures(): Case[] {
  const digest = randomBytes(32);
  const signed = secp256k1.sign(digest, secp256k1.utils.randomSecretKey(), {
    prehash: false,
    format: "recovered",
  });
  const { r, s } = secp256k1.Signature.fromBytes(signed, "recovered");
  return [s, order - s].flatMap((eachS) =>
    [0n, 1n].map((v) => ({ digest, r: bytes32(r), s: bytes32(eachS), v })),
  );
}

describe("recovery of public keys", () => {
  it("answers as two other implementations do, also for upper halves and wrong recovery bits", () => {
    const cases = Array.from({ length: pairs }, signatures).flat();
    expect(cases.map(answerOf)).toEqual(cases.map(byNoble));
    expect(cases.map(answerOf)).toEqual(cases.map(byWasm));
    expect(new Set(cases.map(answerOf)).size).toBeGreaterThan(pairs);
  });

  it.each([
    { what: "r of zero", r: 0n, s: 1n },
    { what: "s of zero", r: 1n, s: 0n },
    { what: "r of the order", r: order, s: 1n },
    { what: "s of the order", r: 1n, s: order },
    { what: "r above the order", r: 2n ** 256n - 1n, s: 1n },
    { what: "r that is no point's x", r: 5n, s: 1n },
  ])("answers nothing for $what", ({ r, s }) => {
    const each = { digest: new Uint8Array(32).fill(7), r: bytes32(r), s: bytes32(s), v: 0n };
    expect(answerOf(each)).toBeUndefined();
    expect(byWasm(each)).toBeUndefined();
  });
});
