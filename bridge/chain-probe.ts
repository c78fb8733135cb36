/** Asks who answers at an RPC URL. */
import { createPublicClient, type Hash, http } from "viem";

const probeTimeoutMs = 2_000;

export interface ChainIdentity {
  readonly chainId: number;
  readonly clientVersion: string;
  /** Hash of block 0: two chains may share an id, but not this. */
  readonly genesisHash: Hash;
}

/** Who answers there, or null if nobody speaks JSON-RPC there now. */
export async function probeChain(rpcUrl: string): Promise<ChainIdentity | null> {
  const client = createPublicClient({ transport: http(rpcUrl, { timeout: probeTimeoutMs, retryCount: 0 }) });
  try {
    const [chainId, clientVersion, genesis] = await Promise.all([
      client.getChainId(),
      client.request({ method: "web3_clientVersion" }),
      client.getBlock({ blockNumber: 0n }),
    ]);
    return { chainId, clientVersion, genesisHash: genesis.hash };
  } catch {
    return null;
  }
}
