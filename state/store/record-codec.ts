/**
 * Records are stored as JSON, so that a database can be read with any tool; integers that may pass 2^53 are written
 * as decimal strings with an `n` behind, as in the language itself.
 */
const BIG_INTEGER = /^-?\d+n$/;

export function encodeRecord(value: unknown): Uint8Array {
  const json = JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? `${part}n` : part));
  return new TextEncoder().encode(json);
}

export function decodeRecord<T>(bytes: Uint8Array): T {
  return JSON.parse(new TextDecoder().decode(bytes), (_key, part) =>
    typeof part === "string" && BIG_INTEGER.test(part) ? BigInt(part.slice(0, -1)) : part,
  ) as T;
}
