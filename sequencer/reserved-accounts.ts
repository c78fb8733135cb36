import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { gatewayAddress } from "../state/evm/chain-rules.ts";
import type { RESERVED_CELL } from "../state/ledger/cells.ts";
import { type PrivateKey, privateKeyFromSeed, publicKeyOf } from "../state/ledger/eddsa.ts";
import type { GenesisAccounts } from "../state/ledger/ledger.ts";

type Role = keyof typeof RESERVED_CELL;

/** The key of a reserved account: a function of the network's secret and the role. */
const keyOf = (seed: Uint8Array, role: Role): PrivateKey =>
  privateKeyFromSeed(hmac(sha256, new TextEncoder().encode(`NeuraChain reserved account v1: ${role}`), seed));

/** The node signs with it what the contract lane asks of the ledger. */
export const gatewayKey = (seed: Uint8Array): PrivateKey => keyOf(seed, "gateway");

/**
 * The owners of the reserved accounts at genesis. The gateway's l1Address is that of the gateway contract in the contract lane:
 * nobody has its key, so nobody can move the contract lane's money by an entry of the home queue.
 */
export function reservedAccounts(
  seed: Uint8Array,
  l1Addresses: Readonly<Record<Exclude<Role, "gateway">, `0x${string}`>>,
): GenesisAccounts {
  const addresses = { ...l1Addresses, gateway: gatewayAddress };
  const identity = (role: Role) => {
    const { x, y } = publicKeyOf(keyOf(seed, role));
    return { l1Address: BigInt(addresses[role]), pubX: x, pubY: y };
  };
  return {
    operator: identity("operator"),
    treasury: identity("treasury"),
    gateway: identity("gateway"),
    governor: identity("governor"),
  };
}
