/** The public test networks that need no configuration but a URL. */
import type { ChainTarget } from "./deployment.ts";

interface KnownChain {
  readonly name: string;
  readonly chainId: number;
  /** Environment variable that holds the URL of its JSON-RPC. */
  readonly rpcUrlVariable: string;
}

/** Sepolia. */
export const knownHome: KnownChain = {
  name: "ethereum",
  chainId: 11155111,
  rpcUrlVariable: "NEURA_HOME_RPC_URL",
};

/** Arbitrum Sepolia and Polygon Amoy. */
export const knownMirrors: readonly KnownChain[] = [
  { name: "arbitrum", chainId: 421614, rpcUrlVariable: "NEURA_ARBITRUM_RPC_URL" },
  { name: "polygon", chainId: 80002, rpcUrlVariable: "NEURA_POLYGON_RPC_URL" },
];

/** A variable that a deployment needs is not set. */
export class MissingVariableError extends Error {
  readonly code = "VARIABLE_MISSING";
  constructor(readonly variable: string) {
    super(`${variable} is not set; see .env.example`);
  }
}

/** Home, and every mirror whose URL is set. Throws {@link MissingVariableError} without home. */
export function targetsFromVariables(variables: Readonly<Record<string, string | undefined>>): {
  home: ChainTarget;
  mirrors: ChainTarget[];
} {
  const targetOf = ({ name, chainId, rpcUrlVariable }: KnownChain): ChainTarget | null => {
    const rpcUrl = variables[rpcUrlVariable];
    return rpcUrl === undefined || rpcUrl === "" ? null : { name, chainId, rpcUrl };
  };
  const home = targetOf(knownHome);
  if (home === null) throw new MissingVariableError(knownHome.rpcUrlVariable);
  return { home, mirrors: knownMirrors.map(targetOf).filter((target) => target !== null) };
}
