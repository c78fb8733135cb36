import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createPublicClient, http, keccak256, toHex } from "viem";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ChainUnreachableError,
  DeploymentDiffersError,
  type DeployOptions,
  deploy,
  describeDryRun,
  dryRun,
  FactoryMissingError,
  WrongChainError,
} from "../../bridge/deploy.ts";
import { readDeployment } from "../../bridge/deployment.ts";
import { startLocalChains, stopLocalChains } from "../../bridge/local-chains.ts";
import { localTerms } from "../../bridge/settlement-terms.ts";
import { KeyNotAllowedError, type VerificationKeyPoints } from "../../bridge/verifier-key.ts";
import {
  bridgedNrxAbi,
  gatewayRecoveryAbi,
  neuraMirrorAbi,
  neuraRollupAbi,
  nrxTokenAbi,
} from "../../contracts/abi.ts";
import { domainOf } from "../../state/ledger/stream.ts";
import {
  account,
  freePort,
  startTestChain,
  type TestChain,
  testContracts,
} from "../fixtures/contracts/settlement.ts";
import { TrapdoorKey } from "../fixtures/contracts/trapdoor-groth16.ts";

const contracts = await testContracts();
const deployer = account(7);
const privateKey = toHex(deployer.getHdKey().privateKey ?? new Uint8Array());

/** The trapdoor key in the form in which snarkjs writes keys. */
function verificationKey(inputCount: number): VerificationKeyPoints {
  const words = new TrapdoorKey(inputCount).words.map(String);
  const g1 = (at: number) => [words[at] ?? "", words[at + 1] ?? "", "1"];
  const g2 = (at: number) => [
    [words[at + 1] ?? "", words[at] ?? ""],
    [words[at + 3] ?? "", words[at + 2] ?? ""],
    ["1", "0"],
  ];
  const inputPoints = Array.from({ length: inputCount + 1 }, (_, i) => g1(14 + 2 * i));
  return {
    nPublic: inputCount,
    vk_alpha_1: g1(0),
    vk_beta_2: g2(2),
    vk_gamma_2: g2(6),
    vk_delta_2: g2(10),
    IC: inputPoints,
  };
}

const governor = account(6);
const reservedAccounts = Array.from({ length: 12 }, (_, i) => 77n + BigInt(i)).with(
  9,
  BigInt(governor.address),
);

let chains: readonly TestChain[];
let directory: string;
let options: DeployOptions;
let deployments = 0;

beforeAll(async () => {
  chains = await Promise.all([11155111, 421614, 80002].map(startTestChain));
  directory = mkdtempSync(path.join(os.tmpdir(), "neura-deploy-"));
});

afterAll(async () => {
  await Promise.all((chains ?? []).map((chain) => chain.stop()));
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => {
  const urls = chains.map(({ rpcUrl }) => rpcUrl);
  deployments += 1;
  options = {
    home: { name: "ethereum", chainId: 11155111, rpcUrl: urls[0] ?? "" },
    mirrors: [
      { name: "arbitrum", chainId: 421614, rpcUrl: urls[1] ?? "", mirrorNumber: 1 },
      { name: "polygon", chainId: 80002, rpcUrl: urls[2] ?? "", mirrorNumber: 2 },
    ],
    deployerKey: privateKey,
    operator: account(8).address,
    ledger: { genesisRoot: 0x1234n, levels: 3, maxOps: 4, maxCells: 8, reservedAccounts },
    terms: localTerms,
    keys: {
      batch: { origin: "development", verificationKey: verificationKey(3) },
      membership: { origin: "development", verificationKey: verificationKey(6) },
    },
    contracts,
    file: path.join(directory, `deployment-${deployments}.json`),
    salt: keccak256(toHex(deployments)),
  };
});

const read = (rpcUrl: string) => createPublicClient({ transport: http(rpcUrl) });
const transactionsSent = () =>
  Promise.all(chains.map(({ rpcUrl }) => read(rpcUrl).getTransactionCount({ address: deployer.address })));

describe("deploying", () => {
  it("puts the contracts on all three chains, with the mirrors bound to home", async () => {
    const deployment = await deploy(options);
    expect(readDeployment(options.file)).toEqual(deployment);
    const { home, mirrors } = deployment;
    expect(deployment.domain).toBe(domainOf(11155111n, BigInt(home.rollup)));
    const rollup = { address: home.rollup, abi: neuraRollupAbi } as const;
    const homeClient = read(options.home.rpcUrl);
    expect(await homeClient.readContract({ ...rollup, functionName: "domain" })).toBe(deployment.domain);
    expect(await homeClient.readContract({ ...rollup, functionName: "rootOf", args: [0n] })).toBe(0x1234n);
    expect(await homeClient.readContract({ ...rollup, functionName: "operator" })).toBe(options.operator);
    const token = { address: home.token, abi: nrxTokenAbi } as const;
    const supply = await homeClient.readContract({
      ...token,
      functionName: "balanceOf",
      args: [deployer.address],
    });
    expect(supply).toBe(10n ** 27n);
    for (const [i, { mirror, batchVerifier, bridgedToken }] of mirrors.entries()) {
      const client = read(options.mirrors[i]?.rpcUrl ?? "");
      const contract = { address: mirror, abi: neuraMirrorAbi } as const;
      expect(await client.readContract({ ...contract, functionName: "domain" })).toBe(deployment.domain);
      expect(await client.readContract({ ...contract, functionName: "rootOf", args: [0n] })).toBe(0x1234n);
      expect(await client.readContract({ ...contract, functionName: "batchVerifier" })).toBe(batchVerifier);
      expect(await client.readContract({ ...contract, functionName: "mirrorNumber" })).toBe(i + 1);
      expect(await client.readContract({ ...contract, functionName: "bridgedToken" })).toBe(bridgedToken);
      const bridged = { address: bridgedToken, abi: bridgedNrxAbi } as const;
      expect(await client.readContract({ ...bridged, functionName: "mirror" })).toBe(mirror);
      const separators = await Promise.all([
        homeClient.readContract({ ...rollup, functionName: "batchDomainSeparator" }),
        client.readContract({ ...contract, functionName: "batchDomainSeparator" }),
      ]);
      expect(new Set(separators).size).toBe(1);
    }
  });

  it("publishes the terms, the ledger's start and who guards the recovery contract", async () => {
    const { home } = await deploy(options);
    const client = read(options.home.rpcUrl);
    const rollup = { address: home.rollup, abi: neuraRollupAbi } as const;
    expect(await client.readContract({ ...rollup, functionName: "terms" })).toEqual({
      inclusionDelay: 600,
      entryInterval: 2,
      freezeDelay: 1_800,
      bondDelay: 3_600,
      maxTimeLag: 43_200,
      feeStepWei: 10n ** 13n,
      mirrorCount: 2,
      recovery: home.recovery,
    });
    const [created] = await client.getContractEvents({
      ...rollup,
      eventName: "LedgerCreated",
      fromBlock: 0n,
    });
    const { genesisRoot, levels, maxOps, maxCells } = options.ledger;
    expect(created?.args).toEqual({
      genesisRoot,
      levels: BigInt(levels),
      maxOps: BigInt(maxOps),
      maxCells: BigInt(maxCells),
      reservedAccounts,
    });
    const recovery = { address: home.recovery, abi: gatewayRecoveryAbi } as const;
    expect(await client.readContract({ ...recovery, functionName: "guardian" })).toBe(governor.address);
    expect(await client.readContract({ ...recovery, functionName: "token" })).toBe(home.token);
    expect(await client.readContract({ ...recovery, functionName: "timelock" })).toBe(600);
  });

  it("sends nothing when everything is there", async () => {
    const first = await deploy(options);
    const sent = await transactionsSent();
    expect(await deploy(options)).toEqual(first);
    expect(await transactionsSent()).toEqual(sent);
  });

  it("goes on where it was interrupted", async () => {
    await deploy({ ...options, mirrors: [] });
    const sent = await transactionsSent();
    const deployment = await deploy(options);
    const now = await transactionsSent();
    expect(now[0]).toBe(sent[0]);
    expect(now.slice(1)).not.toEqual(sent.slice(1));
    expect(deployment.mirrors).toHaveLength(2);
  });

  it("reads events from the first block again when the file is lost", async () => {
    await deploy(options);
    rmSync(options.file);
    const { home, mirrors } = await deploy(options);
    expect([home, ...mirrors].map(({ fromBlock }) => fromBlock)).toEqual([0, 0, 0]);
  });

  it("says what it would send without sending it", async () => {
    const sent = await transactionsSent();
    const report = await dryRun(options);
    expect(await transactionsSent()).toEqual(sent);
    expect(report.map(({ contracts }) => contracts.map(({ role }) => role))).toEqual([
      ["token", "batchVerifier", "membershipVerifier", "recovery", "rollup"],
      ["batchVerifier", "membershipVerifier", "mirror"],
      ["batchVerifier", "membershipVerifier", "mirror"],
    ]);
    for (const { contracts } of report)
      for (const { gas } of contracts) expect(gas).toBeGreaterThan(100_000n);
    const text = describeDryRun(report);
    const deployment = await deploy(options);
    expect(text).toContain(deployment.home.rollup);
    expect(describeDryRun(await dryRun(options))).toContain("deployed already");
  });

  it("refuses another chain id, a silent URL, and other parameters than the file's", async () => {
    const swapped = { ...options.home, rpcUrl: options.mirrors[0]?.rpcUrl ?? "" };
    await expect(deploy({ ...options, home: swapped })).rejects.toThrow(WrongChainError);
    const silent = { ...options.home, rpcUrl: `http://127.0.0.1:${await freePort()}` };
    await expect(deploy({ ...options, home: silent })).rejects.toThrow(ChainUnreachableError);
    await deploy(options);
    const ledger = { ...options.ledger, genesisRoot: 99n };
    await expect(deploy({ ...options, ledger })).rejects.toThrow(DeploymentDiffersError);
  });

  it("refuses development keys on a chain that is not local, before it sends anything", async () => {
    const sent = await transactionsSent();
    const { hostname } = new URL(options.home.rpcUrl);
    expect(hostname).toBe("127.0.0.1");
    // The machine's own name for "any address" reaches the same anvil, but is no loopback address.
    const home = { ...options.home, rpcUrl: options.home.rpcUrl.replace(hostname, "0.0.0.0") };
    await expect(deploy({ ...options, home })).rejects.toThrow(KeyNotAllowedError);
    const fresh = { origin: "fresh", verificationKey: verificationKey(3) } as const;
    const mixed = { batch: fresh, membership: options.keys.membership };
    await expect(deploy({ ...options, home, keys: mixed })).rejects.toThrow(KeyNotAllowedError);
    expect(await transactionsSent()).toEqual(sent);
  });

  it("refuses a chain without the CREATE2 factory", async () => {
    const bare = await startTestChain(31337);
    try {
      await bare.client.setCode({ address: "0x4e59b44847b379578588920cA78FbF26c0B4956C", bytecode: "0x" });
      const home = { ...options.home, chainId: 31337, rpcUrl: bare.rpcUrl };
      await expect(deploy({ ...options, home, mirrors: [] })).rejects.toThrow(FactoryMissingError);
    } finally {
      await bare.stop();
    }
  });

  it("refuses to go on upon another chain of the same id", async () => {
    await deploy({ ...options, mirrors: [] });
    const other = await startTestChain(11155111);
    try {
      const home = { ...options.home, rpcUrl: other.rpcUrl };
      await expect(deploy({ ...options, home, mirrors: [] })).rejects.toThrow(/genesis/);
    } finally {
      await other.stop();
    }
  });

  it("works on a chain that mines every second", async () => {
    const own = path.join(directory, "interval");
    const port = await freePort();
    const local = await startLocalChains({
      directory: own,
      chains: [{ name: "ethereum", chainId: 11155111, port }],
      resetCommand: "none",
      blockTimeSeconds: 1,
    });
    try {
      const home = { ...options.home, rpcUrl: `http://127.0.0.1:${port}` };
      const { home: deployed } = await deploy({ ...options, home, mirrors: [] });
      expect(await read(home.rpcUrl).getCode({ address: deployed.rollup })).toMatch(/^0x6[01]/);
    } finally {
      await local.close();
      await stopLocalChains(own);
    }
  });
});
