/** Verification keys as the verifier contract takes them, and where they may be used. */

/** The points of a verification key, as snarkjs writes them: decimal strings, in G2 with the real part first. */
export interface VerificationKeyPoints {
  readonly nPublic: number;
  readonly vk_alpha_1: readonly string[];
  readonly vk_beta_2: readonly (readonly string[])[];
  readonly vk_gamma_2: readonly (readonly string[])[];
  readonly vk_delta_2: readonly (readonly string[])[];
  readonly IC: readonly (readonly string[])[];
}

/** Who knows the secrets behind a key. `development`: everyone. */
export type KeyOrigin = "development" | "fresh" | "imported";

/** A chain as far as it matters for keys. */
export interface KeyUse {
  readonly origin: KeyOrigin;
  readonly chainId: number;
  readonly rpcUrl: string;
  /** What the node at the URL calls itself. */
  readonly clientVersion: string;
}

/** The key does not have the form of a Groth16 key for that many public inputs. */
export class MalformedKeyError extends Error {
  readonly code = "VERIFICATION_KEY_MALFORMED";
  constructor(
    readonly expectedInputs: number,
    readonly actualPoints: number,
  ) {
    super(
      `the verification key must have ${expectedInputs + 1} input points for ${expectedInputs} public inputs, got ${actualPoints}; export it again`,
    );
  }
}

/** The key's secrets are not secret enough for the chain. */
export class KeyNotAllowedError extends Error {
  readonly code = "KEY_NOT_ALLOWED";
  constructor(
    readonly use: KeyUse,
    reason: string,
  ) {
    super(`a key of origin "${use.origin}" cannot be used on chain ${use.chainId}: ${reason}`);
  }
}

/** Chains that anvil may stand in for. */
const localChainIds: ReadonlySet<number> = new Set([31337, 11155111, 421614, 80002]);
/** Ethereum, Arbitrum One and Polygon: what is there has a price. */
const mainnetChainIds: ReadonlySet<number> = new Set([1, 42161, 137]);

/** The argument of the verifier's constructor: α, β, γ, δ and the input points. Throws {@link MalformedKeyError}. */
export function verifierKeyWords(key: VerificationKeyPoints): bigint[] {
  if (key.IC.length !== key.nPublic + 1) throw new MalformedKeyError(key.nPublic, key.IC.length);
  const g1 = (point: readonly string[]) => point.slice(0, 2).map(BigInt);
  // EIP-197 takes the imaginary part first.
  const g2 = (point: readonly (readonly string[])[]) =>
    point.slice(0, 2).flatMap((coordinate) => coordinate.map(BigInt).reverse());
  return [
    ...g1(key.vk_alpha_1),
    ...g2(key.vk_beta_2),
    ...g2(key.vk_gamma_2),
    ...g2(key.vk_delta_2),
    ...key.IC.flatMap(g1),
  ];
}

/**
 * Throws {@link KeyNotAllowedError} for a key that would let strangers forge proofs of value.
 *
 * Development keys need a chain that exists on this machine only. The chain id does not show that, for local chains carry the ids of
 * test networks; so the node must also call itself anvil, and must be reached by a loopback address: a public node says another name,
 * and a shared anvil has another address. Not covered is a loopback port that somebody forwards to a shared anvil on purpose.
 */
export function requireKeyAllowed(use: KeyUse): void {
  if (mainnetChainIds.has(use.chainId) && use.origin !== "imported") {
    throw new KeyNotAllowedError(use, "a mainnet takes a key from a ceremony");
  }
  if (use.origin === "development" && !isLocalChain(use)) {
    throw new KeyNotAllowedError(
      use,
      "anyone can forge proofs with it, so it is for an anvil on this machine only; make a key with a fresh setup",
    );
  }
}

/** Whether the chain is an anvil on this machine with a chain id that local chains use. */
export function isLocalChain({ chainId, rpcUrl, clientVersion }: Omit<KeyUse, "origin">): boolean {
  return localChainIds.has(chainId) && /^anvil\//i.test(clientVersion) && isLoopback(rpcUrl);
}

/** The URL parser has brought every spelling of an IPv4 address into four decimal numbers. */
function isLoopback(rpcUrl: string): boolean {
  const { hostname } = new URL(rpcUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
