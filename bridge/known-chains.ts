/** The public test networks that need no configuration but a URL. */
import type { ChainTarget, MirrorTarget } from "./deployment.ts";

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

/** Arbitrum Sepolia and Polygon Amoy. Their numbers stay theirs when one of them is not used. */
export const knownMirrors: readonly (KnownChain & { readonly mirrorNumber: number })[] = [
  { name: "arbitrum", chainId: 421614, mirrorNumber: 1, rpcUrlVariable: "NEURA_ARBITRUM_RPC_URL" },
  { name: "polygon", chainId: 80002, mirrorNumber: 2, rpcUrlVariable: "NEURA_POLYGON_RPC_URL" },
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
  mirrors: MirrorTarget[];
} {
  const targetOf = ({ name, chainId, rpcUrlVariable }: KnownChain): ChainTarget | null => {
    const rpcUrl = variables[rpcUrlVariable];
    return rpcUrl === undefined || rpcUrl === "" ? null : { name, chainId, rpcUrl };
  };
  const home = targetOf(knownHome);
  if (home === null) throw new MissingVariableError(knownHome.rpcUrlVariable);
  const mirrors = knownMirrors.flatMap((chain) => {
    const target = targetOf(chain);
    return target === null ? [] : [{ ...target, mirrorNumber: chain.mirrorNumber }];
  });
  return { home, mirrors };
}
