import { FIELD_PRIME, fitsBits } from "../../state/ledger/field.ts";
import type { SignedOp } from "../../state/ledger/operation.ts";
import { invalidParams } from "./errors.ts";

/** Parses JSON-RPC parameters. Every function throws an invalid-params error that names the parameter. */

const QUANTITY = /^0x[0-9a-fA-F]{1,64}$/;
const BYTES = /^0x([0-9a-fA-F]{2})*$/;
const ID_BITS = 24;

export function quantity(value: unknown, name: string, bits: number): bigint {
  if (typeof value !== "string" || !QUANTITY.test(value)) {
    throw invalidParams(`${name} must be a hex number like "0x1f", got ${JSON.stringify(value)}`);
  }
  const number = BigInt(value);
  if (!fitsBits(number, bits)) throw invalidParams(`${name} must be below 2^${bits}, got ${value}`);
  return number;
}

export const cellId = (value: unknown, name: string): number => Number(quantity(value, name, ID_BITS));

export function fieldElement(value: unknown, name: string): bigint {
  const element = quantity(value, name, 256);
  if (element >= FIELD_PRIME) throw invalidParams(`${name} must be a field element (below ${FIELD_PRIME})`);
  return element;
}

export function bytes(value: unknown, name: string): Uint8Array {
  if (typeof value !== "string" || !BYTES.test(value)) {
    throw invalidParams(`${name} must be hex bytes like "0x00ff", got ${typeof value}`);
  }
  return new Uint8Array(Buffer.from(value.slice(2), "hex"));
}

export function operationId(value: unknown): `0x${string}` {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]{64}$/.test(value)) {
    throw invalidParams(`an operation id has 32 bytes, got ${JSON.stringify(value)}`);
  }
  return value.toLowerCase() as `0x${string}`;
}

export function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidParams(`${name} must be an object`);
  }
  return value as Record<string, unknown>;
}

/** The parameter of neura_sendOperation. Words may be any 256-bit numbers: the ledger judges their ranges. */
export function signedOperation(value: unknown): SignedOp {
  const { words, nonce, maxFeeUnits, validUntil, signature } = record(value, "the operation");
  if (!Array.isArray(words) || words.length !== 4)
    throw invalidParams("words must be an array of 4 hex numbers");
  const [w0, w1, w2, w3] = words.map((word, i) => quantity(word, `words[${i}]`, 256)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  const { r8x, r8y, s } = record(signature, "signature");
  return {
    words: [w0, w1, w2, w3],
    authorization: {
      nonce: quantity(nonce, "nonce", 32),
      maxFeeUnits: quantity(maxFeeUnits, "maxFeeUnits", 48),
      validUntil: quantity(validUntil, "validUntil", 40),
      signature: {
        r8x: quantity(r8x, "signature.r8x", 256),
        r8y: quantity(r8y, "signature.r8y", 256),
        s: quantity(s, "signature.s", 256),
      },
    },
  };
}
