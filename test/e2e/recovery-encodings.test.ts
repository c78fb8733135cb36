import path from "node:path";
import { fileURLToPath } from "node:url";
import { decodeFunctionData, encodeFunctionData } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { L1Reader } from "../../bridge/l1-reader.ts";
import { batchCircuit } from "../../circuits/mains.ts";
import { neuraRollupAbi } from "../../contracts/abi.ts";
import { loadOrBuildArtifacts } from "../../prover/artifacts.ts";
import { AccountIndex } from "../../sequencer/recovery/account-index.ts";
import { planBatch, submissionOf } from "../../sequencer/recovery/batch-plan.ts";
import { HomeFollower } from "../../sequencer/recovery/home-follower.ts";
import { BATCH_SIZES } from "../../state/ledger/sizes.ts";
import { account } from "../fixtures/contracts/settlement.ts";
import { forgeProof } from "../fixtures/recovery/development-forger.ts";
import { command, person, RecoveryNetwork, UNIT_WEI } from "../fixtures/recovery/network.ts";
import { backwards } from "../support/backwards-calldata.ts";

const NRX = 10n ** 9n;

let network: RecoveryNetwork;
beforeAll(async () => {
  network = await RecoveryNetwork.start();
  await network.fund(["alice", "stranger"], 1_000n * NRX * UNIT_WEI);
});
afterAll(() => network?.stop());

describe("a batch whose calldata points backwards, which home takes and libraries refuse", () => {
  it("keeps nobody from rebuilding the ledger, and from leaving", async () => {
    await network.deposit("alice", 100n * NRX);
    await network.operatorBatch();
    await network.deposit("alice", 5n * NRX);
    await network.passTime(700);

    const endpoint = { chain: "home", rpcUrl: network.home.rpcUrl, chainId: 11155111 };
    const reader = new L1Reader({ endpoint, sleep: async () => {} });
    const toBlock = (await reader.block("latest")).number;
    const follower = await HomeFollower.open({ reader, fromBlock: 0 }, toBlock);
    await follower.readTo(toBlock);
    const accounts = new AccountIndex();
    accounts.extend(follower.state.ledger);
    const planned = planBatch(follower.state, accounts, follower.upTo.timestampSeconds);
    if (planned === undefined) throw new Error("nothing waits");
    const cacheDirectory = path.join(fileURLToPath(new URL("../..", import.meta.url)), ".cache/artifacts");
    const circuit = await loadOrBuildArtifacts({
      ...batchCircuit(BATCH_SIZES.test),
      cacheDirectory,
      setup: { mode: "development" },
      threads: 2,
    });
    const proof = forgeProof(circuit.verificationKey, planned.publicInputs);
    const args = submissionOf(planned, proof as never);
    const calldata = encodeFunctionData({ abi: neuraRollupAbi, functionName: "submitBatch", args });
    const malicious = backwards(calldata);
    expect(() => decodeFunctionData({ abi: neuraRollupAbi, data: malicious })).toThrow();

    const { client } = network.home;
    const hash = await client.sendTransaction({
      account: account(9),
      to: network.rollup,
      data: malicious,
      chain: client.chain,
    });
    const receipt = await client.waitForTransactionReceipt({ hash });
    expect(receipt.status).toBe("success");
    const latest = await client.readContract({
      address: network.rollup,
      abi: neuraRollupAbi,
      functionName: "latest",
    });
    expect(latest.number).toBe(2n);

    await network.passTime(1);
    const rebuilt = await command("rebuild", ...network.args, "--json");
    expect(rebuilt).toMatchObject({ code: 0 });
    const told = await command("escape", ...network.args, "--address", person("alice").address);
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/105 NRX/) });
  });
});
