import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Hex } from "viem";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import {
  type Deployment,
  DeploymentFileError,
  readDeployment,
  writeDeployment,
} from "../../../bridge/deployment.ts";
import { MirrorNumbersError, type PlanOptions, planDeployment } from "../../../bridge/deployment-plan.ts";
import { MissingVariableError, targetsFromVariables } from "../../../bridge/known-chains.ts";
import { usableState } from "../../../bridge/local-state.ts";
import {
  defaultTerms,
  localTerms,
  termsFromVariables,
  WrongTermError,
} from "../../../bridge/settlement-terms.ts";
import {
  isLocalChain,
  KeyNotAllowedError,
  MalformedKeyError,
  requireKeyAllowed,
  verifierKeyWords,
} from "../../../bridge/verifier-key.ts";
import {
  gatewayRecoveryAbi,
  groth16VerifierAbi,
  neuraMirrorAbi,
  neuraRollupAbi,
  nrxTokenAbi,
} from "../../../contracts/abi.ts";
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
  GatewayRecovery: { abi: gatewayRecoveryAbi, bytecode: "0x05", deployedBytecode: "0x" },
};

const reservedAccounts = Array.from({ length: 12 }, (_, i) => BigInt(0xb0 + i));

const planOptions: PlanOptions = {
  home: { name: "ethereum", chainId: 11155111, rpcUrl: "http://127.0.0.1:1" },
  mirrors: [{ name: "arbitrum", chainId: 421614, rpcUrl: "http://127.0.0.1:2", mirrorNumber: 1 }],
  tokenHolder: "0x00000000000000000000000000000000000000a1",
  operator: "0x00000000000000000000000000000000000000a2",
  ledger: { genesisRoot: 5n, levels: 3, maxOps: 4, maxCells: 8, reservedAccounts },
  terms: localTerms,
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
      { ledger: { ...planOptions.ledger, reservedAccounts: reservedAccounts.with(0, 1n) } },
      { ledger: { ...planOptions.ledger, reservedAccounts: reservedAccounts.with(9, 1n) } },
      { terms: { ...localTerms, freezeDelaySeconds: 7 } },
      { terms: { ...localTerms, recoveryTimelockSeconds: 7 } },
      { keys: { ...planOptions.keys, batch: planOptions.keys.membership } },
      { salt: otherSalt },
    ];
    const others = changes.map((change) => rollupOf({ ...planOptions, ...change }));
    expect(new Set([address, ...others]).size).toBe(changes.length + 1);
  });

  it("gives mirrors the chain and address of the home contract, and their numbers", () => {
    const plan = planDeployment(planOptions);
    const rollup = plan.home.contracts.at(-1)?.address ?? "0x";
    expect(plan.domain).toBe(domainOf(11155111n, BigInt(rollup)));
    const mirror = plan.mirrors[0]?.contracts.at(-1);
    expect(mirror?.role).toBe("mirror");
    const [homeChainId, homeContract, mirrorNumber] = ["0xaa36a7", rollup, "0x1"].map((word) =>
      word.slice(2).toLowerCase().padStart(64, "0"),
    );
    expect(mirror?.creationCode).toContain(`${homeChainId}${homeContract}${mirrorNumber}`);
  });

  it("makes the governor the guardian of the recovery contract", () => {
    const [, , , recovery] = planDeployment(planOptions).home.contracts;
    expect(recovery?.role).toBe("recovery");
    const governor = (reservedAccounts[9] ?? 0n).toString(16).padStart(64, "0");
    const timelock = localTerms.recoveryTimelockSeconds.toString(16).padStart(64, "0");
    expect(recovery?.creationCode.endsWith(`${governor}${timelock}`)).toBe(true);
  });

  it("refuses mirrors with equal numbers, and numbers that home does not know", () => {
    const [mirror] = planOptions.mirrors;
    if (mirror === undefined) throw new RangeError("there is a mirror");
    const withNumbers =
      (...numbers: number[]) =>
      () =>
        planDeployment({
          ...planOptions,
          mirrors: numbers.map((mirrorNumber) => ({ ...mirror, mirrorNumber })),
        });
    for (const numbers of [[1, 1], [0], [3], [1.5]]) {
      expect(withNumbers(...numbers), String(numbers)).toThrow(MirrorNumbersError);
    }
    expect(withNumbers(2, 1)).not.toThrow();
  });
});

describe("terms", () => {
  it("are the default ones, but for what the environment says", () => {
    expect(termsFromVariables({ NEURA_FREEZE_DELAY_SECONDS: "" })).toEqual(defaultTerms);
    const variables = {
      NEURA_INCLUSION_DELAY_SECONDS: "7",
      NEURA_QUEUE_FEE_STEP_WEI: "18446744073709551615",
    };
    expect(termsFromVariables(variables)).toEqual({
      ...defaultTerms,
      inclusionDelaySeconds: 7,
      feeStepWei: 2n ** 64n - 1n,
    });
  });

  it("are those that .env.example shows", () => {
    const lines = readFileSync(path.join(import.meta.dirname, "../../../.env.example"), "utf8").split("\n");
    const read = new Set<string>();
    const asked = { get: (_: object, name: string) => void read.add(name) };
    termsFromVariables(new Proxy({}, asked));
    const assignments = lines.map((line) => line.split("=") as [string, string]);
    const shown = Object.fromEntries(assignments.filter(([name]) => read.has(name)));
    expect(Object.keys(shown).sort()).toEqual([...read].sort());
    expect(termsFromVariables(shown)).toEqual(defaultTerms);
  });

  it.each([
    ["NEURA_INCLUSION_DELAY_SECONDS", "0"],
    ["NEURA_FREEZE_DELAY_SECONDS", "4294967296"],
    ["NEURA_BOND_DELAY_SECONDS", "1.5"],
    ["NEURA_ENTRY_INTERVAL_SECONDS", "-1"],
    ["NEURA_MIRROR_COUNT", "256"],
    ["NEURA_QUEUE_FEE_STEP_WEI", "18446744073709551616"],
    ["NEURA_RECOVERY_TIMELOCK_SECONDS", "soon"],
  ])("refuse %s=%s", (name, value) => {
    expect(() => termsFromVariables({ [name]: value })).toThrow(WrongTermError);
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
      ledger: { genesisRoot: 2n ** 250n + 1n, levels: 3, maxOps: 4, maxCells: 8, reservedAccounts },
      terms: localTerms,
      operator: "0x03",
      salt: "0x04",
      home: { ...chain, token: "0x05", rollup: "0x06", recovery: "0x08" },
      mirrors: [{ ...chain, name: "polygon", mirrorNumber: 2, mirror: "0x07", bridgedToken: "0x09" }],
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
      mirrors: [{ name: "polygon", chainId: 80002, rpcUrl: url, mirrorNumber: 2 }],
    });
  });

  it("need a home", () => {
    expect(() => targetsFromVariables({})).toThrow(MissingVariableError);
  });
});
