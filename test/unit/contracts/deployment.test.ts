import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Hex } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PlanOptions, planDeployment } from "../../../bridge/deploy.ts";
import {
  type Deployment,
  DeploymentFileError,
  readDeployment,
  writeDeployment,
} from "../../../bridge/deployment.ts";
import { MissingVariableError, targetsFromVariables } from "../../../bridge/known-chains.ts";
import { usableState } from "../../../bridge/local-state.ts";
import {
  isLocalChain,
  KeyNotAllowedError,
  MalformedKeyError,
  requireKeyAllowed,
  verifierKeyWords,
} from "../../../bridge/verifier-key.ts";
import { groth16VerifierAbi, neuraMirrorAbi, neuraRollupAbi, nrxTokenAbi } from "../../../contracts/abi.ts";
import type { ContractArtifacts } from "../../../contracts/compile.ts";
import { domainOf } from "../../../state/ledger/stream.ts";

const point = (start: number) => [String(start), String(start + 1), "1"];
const point2 = (start: number) => [
  [String(start), String(start + 1)],
  [String(start + 2), String(start + 3)],
  ["1", "0"],
];
const verificationKey = {
  nPublic: 1,
  vk_alpha_1: point(1),
  vk_beta_2: point2(3),
  vk_gamma_2: point2(7),
  vk_delta_2: point2(11),
  IC: [point(15), point(17)],
};

describe("a verification key", () => {
  it("becomes the verifier's words, imaginary parts first", () => {
    expect(verifierKeyWords(verificationKey)).toEqual(
      [1, 2, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 15, 16, 17, 18].map(BigInt),
    );
  });

  it("must have a point for each input and one more", () => {
    expect(() => verifierKeyWords({ ...verificationKey, nPublic: 2 })).toThrow(MalformedKeyError);
  });
});

describe("a development key", () => {
  const local = { chainId: 11155111, rpcUrl: "http://127.0.0.1:8546", clientVersion: "anvil/v1.7.1" };

  it("is allowed on an anvil of this machine that carries a test network's chain id", () => {
    for (const rpcUrl of ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "http://127.1:1"]) {
      expect(() => requireKeyAllowed({ ...local, rpcUrl, origin: "development" })).not.toThrow();
    }
    expect(isLocalChain(local)).toBe(true);
  });

  it("is refused when the address, the client or the chain id is not a local chain's", () => {
    for (const change of [
      { rpcUrl: "https://rpc.example.org" },
      { rpcUrl: "http://127.0.0.1.example.org:8546" },
      { rpcUrl: "http://10.0.0.1:8546" },
      { rpcUrl: "http://localhost.example.org" },
      { clientVersion: "Geth/v1.15.0" },
      { clientVersion: "not-anvil/1" },
      { chainId: 1 },
      { chainId: 10 },
    ]) {
      const use = { ...local, ...change, origin: "development" } as const;
      expect(() => requireKeyAllowed(use), JSON.stringify(change)).toThrow(KeyNotAllowedError);
    }
  });

  it("is what matters: a fresh key goes to test networks, and only an imported one to a mainnet", () => {
    const remote = { chainId: 11155111, rpcUrl: "https://rpc.example.org", clientVersion: "Geth/v1.15.0" };
    expect(() => requireKeyAllowed({ ...remote, origin: "fresh" })).not.toThrow();
    expect(() => requireKeyAllowed({ ...remote, chainId: 1, origin: "fresh" })).toThrow(KeyNotAllowedError);
    expect(() => requireKeyAllowed({ ...remote, chainId: 1, origin: "imported" })).not.toThrow();
  });
});

const artifacts: ContractArtifacts = {
  NrxToken: { abi: nrxTokenAbi, bytecode: "0x01", deployedBytecode: "0x" },
  Groth16Verifier: { abi: groth16VerifierAbi, bytecode: "0x02", deployedBytecode: "0x" },
  NeuraRollup: { abi: neuraRollupAbi, bytecode: "0x03", deployedBytecode: "0x" },
  NeuraMirror: { abi: neuraMirrorAbi, bytecode: "0x04", deployedBytecode: "0x" },
};

const planOptions: PlanOptions = {
  home: { name: "ethereum", chainId: 11155111, rpcUrl: "http://127.0.0.1:1" },
  mirrors: [{ name: "arbitrum", chainId: 421614, rpcUrl: "http://127.0.0.1:2" }],
  tokenHolder: "0x00000000000000000000000000000000000000a1",
  operator: "0x00000000000000000000000000000000000000a2",
  ledger: { genesisRoot: 5n, levels: 3, maxOps: 4, maxCells: 8 },
  keys: {
    batch: { origin: "development", verificationKey },
    membership: { origin: "development", verificationKey: { ...verificationKey, vk_alpha_1: point(2) } },
  },
  contracts: artifacts,
};

describe("a deployment plan", () => {
  const rollupOf = (options: PlanOptions) => planDeployment(options).home.contracts.at(-1)?.address;

  it("follows from its parameters, and every one of them changes it", () => {
    const address = rollupOf(planOptions);
    expect(rollupOf({ ...planOptions })).toBe(address);
    const otherSalt: Hex = `0x${"00".repeat(31)}01`;
    const changes: Partial<PlanOptions>[] = [
      { operator: planOptions.tokenHolder },
      { tokenHolder: planOptions.operator },
      { ledger: { ...planOptions.ledger, genesisRoot: 6n } },
      { ledger: { ...planOptions.ledger, maxOps: 5 } },
      { keys: { ...planOptions.keys, batch: planOptions.keys.membership } },
      { salt: otherSalt },
    ];
    const others = changes.map((change) => rollupOf({ ...planOptions, ...change }));
    expect(new Set([address, ...others]).size).toBe(changes.length + 1);
  });

  it("gives mirrors the domain of the home contract", () => {
    const plan = planDeployment(planOptions);
    const rollup = plan.home.contracts.at(-1);
    expect(plan.domain).toBe(domainOf(11155111n, BigInt(rollup?.address ?? 0)));
    const mirror = plan.mirrors[0]?.contracts.at(-1);
    expect(mirror?.role).toBe("mirror");
    expect(mirror?.creationCode).toContain(plan.domain.toString(16));
  });
});

describe("files", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(path.join(os.tmpdir(), "neura-deployment-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("keep a deployment as it was", () => {
    const chain = {
      name: "ethereum",
      chainId: 1,
      genesisHash: "0x01",
      fromBlock: 7,
      batchVerifier: "0x01",
      membershipVerifier: "0x02",
    } as const;
    const deployment: Deployment = {
      domain: 2n ** 200n,
      ledger: { genesisRoot: 2n ** 250n + 1n, levels: 3, maxOps: 4, maxCells: 8 },
      operator: "0x03",
      salt: "0x04",
      home: { ...chain, token: "0x05", rollup: "0x06" },
      mirrors: [{ ...chain, name: "polygon", mirror: "0x07" }],
    };
    const file = path.join(directory, "deep/deployment.json");
    expect(readDeployment(file)).toBeNull();
    writeDeployment(file, deployment);
    expect(readDeployment(file)).toEqual(deployment);
  });

  it("of another version are refused", () => {
    const file = path.join(directory, "deployment.json");
    writeFileSync(file, JSON.stringify({ version: 99 }));
    expect(() => readDeployment(file)).toThrow(DeploymentFileError);
  });

  it("of a chain's state that are cut off are replaced by the backup, and lost without one", () => {
    const [state, backup] = ["state.json", "state.backup.json"].map((name) => path.join(directory, name));
    expect(usableState(directory)).toBe("lost");
    writeFileSync(state ?? "", '{"blocks":[]}');
    expect(usableState(directory)).toBe("whole");
    writeFileSync(state ?? "", '{"blocks":[');
    writeFileSync(backup ?? "", '{"blocks":[]}');
    expect(usableState(directory)).toBe("restored");
    expect(usableState(directory)).toBe("whole");
    writeFileSync(state ?? "", "");
    writeFileSync(backup ?? "", '{"blo');
    expect(usableState(directory)).toBe("lost");
  });

  it("of a chain with the geneses of several starts keep the oldest, and every other block", () => {
    const block = (number: number, timestamp: number) => ({
      header: { number: `0x${number.toString(16)}`, timestamp: `0x${timestamp.toString(16)}` },
    });
    const file = path.join(directory, "state.json");
    const [first, one] = [block(0, 100), block(1, 102)];
    writeFileSync(file, JSON.stringify({ best: 1, blocks: [block(0, 900), one, first, block(0, 500)] }));
    expect(usableState(directory)).toBe("whole");
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ best: 1, blocks: [one, first] });
  });
});

describe("chains from variables", () => {
  it("are Sepolia as home and the mirrors whose URLs are set", () => {
    const url = "https://rpc.example.org";
    expect(
      targetsFromVariables({
        NEURA_HOME_RPC_URL: url,
        NEURA_POLYGON_RPC_URL: url,
        NEURA_ARBITRUM_RPC_URL: "",
      }),
    ).toEqual({
      home: { name: "ethereum", chainId: 11155111, rpcUrl: url },
      mirrors: [{ name: "polygon", chainId: 80002, rpcUrl: url }],
    });
  });

  it("need a home", () => {
    expect(() => targetsFromVariables({})).toThrow(MissingVariableError);
  });
});
