import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { RESERVED_CELL } from "../state/ledger/cells.ts";
import { type PrivateKey, privateKeyFromSeed, publicKeyOf } from "../state/ledger/eddsa.ts";
import type { GenesisAccounts } from "../state/ledger/ledger.ts";

type Role = keyof typeof RESERVED_CELL;

/** The key of a reserved account: a function of the network's secret and the role. */
const keyOf = (seed: Uint8Array, role: Role): PrivateKey =>
  privateKeyFromSeed(hmac(sha256, new TextEncoder().encode(`NeuraChain reserved account v1: ${role}`), seed));

/** The owners of the reserved accounts at genesis. */
export function reservedAccounts(
  seed: Uint8Array,
  l1Addresses: Readonly<Record<Role, `0x${string}`>>,
): GenesisAccounts {
  const identity = (role: Role) => {
    const { x, y } = publicKeyOf(keyOf(seed, role));
    return { l1Address: BigInt(l1Addresses[role]), pubX: x, pubY: y };
  };
  return {
    operator: identity("operator"),
    treasury: identity("treasury"),
    gateway: identity("gateway"),
    governor: identity("governor"),
  };
}
