import { createTestClient, http, publicActions } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localMnemonic } from "../../bridge/local-chains.ts";
import {
  deriveLedgerKey,
  HomeChain,
  LedgerAccount,
  type Level,
  type OperationState,
  poll,
  WEI_PER_UNIT,
  waitForLevel,
} from "../../sdk/index.ts";
import { command, person } from "../fixtures/recovery/network.ts";
import { NodeProcess } from "../support/node-process.ts";

/** A node as `npm start` runs it, and a stranger who includes what it does not: `npm run batch` and `npm run rebuild` as they are. */

const DEPOSIT_UNITS = 50_000_000_000n;
const TO_EVM_UNITS = 1_234n;
/** Beyond the delay within which local networks must include an entry, and far from the moment at which they freeze. */
const PAST_DEADLINE_SECONDS = 700;
const HOME_CHAIN = 0;
/** With a busy machine. */
const patience = { timeoutMs: 5 * 60_000, pollMs: 50 };
const wallet = (index: number) => mnemonicToAccount(localMnemonic, { addressIndex: index });

let node: NodeProcess;
let home: HomeChain;
let alice: LedgerAccount;
let bob: LedgerAccount;
let transferFeeUnits: bigint;
let aliceUnits = DEPOSIT_UNITS;
let bobUnits = DEPOSIT_UNITS;

const homeUrl = () => `http://127.0.0.1:${node.chains[HOME_CHAIN]?.port}`;
const chain = () =>
  createTestClient({ mode: "anvil", transport: http(homeUrl()), cacheTime: 0 }).extend(publicActions);

interface Status {
  readonly head: { readonly waitsFor: string | null };
  readonly batches: { readonly closed: number; readonly settled: number };
}
const status = async () => (await node.client.request("neura_status")) as Status;

/** A transfer from alice to bob, with a reading of how much both should have. */
async function transfer(amountUnits: bigint): Promise<`0x${string}`> {
  const { id } = await alice.send({ kind: "transfer", to: await bob.id(), amountUnits });
  aliceUnits -= amountUnits + transferFeeUnits;
  bobUnits += amountUnits;
  return id;
}

const reaches = (id: `0x${string}`, level: Level, options = {}): Promise<OperationState> =>
  waitForLevel(node.client, id, level, { ...patience, ...options });

/** The entry's deadline passes, and a stranger makes the batch with it. Returns what the command says of it. */
async function strangersBatch(): Promise<{ number: number; entries: number }> {
  await chain().increaseTime({ seconds: PAST_DEADLINE_SECONDS });
  await chain().mine({ blocks: 1 });
  const { code, stdout, stderr } = await command(
    "batch",
    "--rpc",
    homeUrl(),
    "--key",
    person("stranger").privateKey,
    "--json",
  );
  expect(stderr).not.toContain("rror");
  expect(code).toBe(0);
  const { sent } = JSON.parse(stdout) as { sent: { number: number; entries: number }[] };
  expect(sent).toHaveLength(1);
  return sent[0] as { number: number; entries: number };
}

async function expectEverythingToAgree(recipient: `0x${string}`): Promise<void> {
  expect((await alice.state())?.balanceUnits).toBe(aliceUnits);
  expect((await bob.state())?.balanceUnits).toBe(bobUnits);
  expect(await node.client.getEvmBalanceWei(recipient)).toBe(TO_EVM_UNITS * WEI_PER_UNIT);
  expect(await node.client.request("neura_getSolvency")).toMatchObject({ isSolvent: true });
  const newest = await node.client.batchNumber();
  const rebuild = await command("rebuild", "--rpc", homeUrl(), "--to", "latest", "--lane", "--json");
  expect(rebuild.stderr).not.toContain("rror");
  expect(rebuild.code).toBe(0);
  const report = JSON.parse(rebuild.stdout) as {
    batches: number;
    root: string;
    problems: unknown[];
    lane: { number: number; hash: string; stateRoot: string };
  };
  expect(report).toMatchObject({ batches: newest, problems: [] });
  expect(BigInt(report.root)).toBe((await node.client.getBatch(newest))?.rootAfter);
  const { number, hash, stateRoot } = report.lane;
  const block = await node.client.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false]);
  expect(block).toMatchObject({ hash, stateRoot });
}

beforeAll(async () => {
  node = await NodeProcess.start();
  const info = await node.client.chainInfo();
  const { homeChainId: chainId, homeContract: contract, token } = info;
  home = new HomeChain({ name: "home", chainId, rpcUrl: homeUrl(), contract, token, account: wallet(0) });
  const account = async (index: number) =>
    new LedgerAccount(node.client, await deriveLedgerKey(wallet(index), info), () =>
      // Home's clock will be ahead.
      BigInt(Math.floor(Date.now() / 1000) + 10 * PAST_DEADLINE_SECONDS),
    );
  alice = await account(5);
  bob = await account(6);
  transferFeeUnits = await node.client.estimateFeeUnits("transfer");
  await home.deposit(alice.key, DEPOSIT_UNITS);
  const { id } = await home.deposit(bob.key, DEPOSIT_UNITS);
  await reaches(id, "settled");
});

afterAll(async () => {
  node?.resume();
  const pid = node?.chainPid(HOME_CHAIN);
  if (pid !== undefined) process.kill(pid, "SIGCONT");
  await node?.destroy();
});

describe("a node that was away while a stranger made a batch", () => {
  const recipient = "0x00000000000000000000000000000000000e0a21";
  let included: `0x${string}`;
  let taken: `0x${string}`[];
  let foreign: { number: number; entries: number };

  it("comes back with blocks that cannot settle any more, takes them back, and follows home", async () => {
    const entry = await home.depositToEvm(recipient, TO_EVM_UNITS);
    included = entry.id;
    await reaches(included, "sequenced");
    // The home chain stands still, so that nothing of what follows settles.
    process.kill(node.chainPid(HOME_CHAIN), "SIGSTOP");
    taken = [await transfer(7n), await transfer(8n)];
    for (const id of taken) await reaches(id, "sequenced");
    await poll(
      "a closed batch that is not settled",
      async () => {
        const { closed, settled } = (await status()).batches;
        return closed > settled || undefined;
      },
      patience,
    );
    await node.kill();
    process.kill(node.chainPid(HOME_CHAIN), "SIGCONT");
    foreign = await strangersBatch();
    await node.start();
    expect(node.output).toContain("are taken back");
    expect(node.output).toContain("batch followed");
    const { batchNumber } = await reaches(included, "settled");
    expect(batchNumber).toBe(foreign.number);
  });

  it("settles what was in them in new batches, on all chains, and its ledger is the one of home's data", async () => {
    for (const id of taken) {
      // Mirrors take batches in order: the stranger's, whose proof the node has from home, came before.
      const { batchNumber } = await reaches(id, "finalized", { mirrored: true });
      expect(batchNumber).toBeGreaterThan(foreign.number);
    }
    await expectEverythingToAgree(recipient);
  });
});

describe("a node that is overtaken while it runs", () => {
  const recipient = "0x00000000000000000000000000000000000e0a22";

  it("starts again by itself, and goes on from home's batch", async () => {
    const taken = await transfer(9n);
    await reaches(taken, "sequenced");
    node.pause();
    const entry = await home.depositToEvm(recipient, TO_EVM_UNITS);
    const foreign = await strangersBatch();
    node.resume();
    const { batchNumber } = await poll(
      "the entry to be known",
      async () => {
        const state = await node.client.getOperation(entry.id).catch(() => null);
        return state !== null && state.batchNumber !== null ? state : undefined;
      },
      patience,
    );
    expect(batchNumber).toBe(foreign.number);
    expect(node.output).toContain("the node starts again, to follow home");
    expect((await reaches(taken, "settled")).batchNumber).toBeGreaterThan(foreign.number);
    await expectEverythingToAgree(recipient);
    expect(await node.terminate()).toBe(0);
  });
});
