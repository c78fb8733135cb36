import { getAbiItem, toEventSelector, toFunctionSelector } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { L1Reader } from "../../bridge/l1-reader.ts";
import { neuraRollupAbi } from "../../contracts/abi.ts";
import { HomeFollower } from "../../sequencer/recovery/home-follower.ts";
import { type Cell, TASK_MONEY, TASK_TERMS } from "../../state/ledger/cells.ts";
import type { Ledger } from "../../state/ledger/ledger.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { pack } from "../../state/ledger/packing.ts";
import { command, person, RecoveryNetwork, UNIT_WEI } from "../fixtures/recovery/network.ts";
import { OmittingProxy } from "../fixtures/recovery/omitting-proxy.ts";

const NRX = 10n ** 9n;
/** Cells in the order in which the scenario creates them. */
const [ALICE, BOB, CAROL, DAVE, MODEL] = [5, 6, 7, 8, 9] as const;
/** Tasks; the one before them stays open. */
const [CLAIMED, ACCEPTING, REJECTING, CLOSED] = [11, 12, 13, 14] as const;
const REWARD = 1_000_003n;
const BOND = 500_001n;
const VERIFIER_FEE = 70_007n;
const DRAWN = 400_000n;
const SHARE = 1_500n;
const FEE = 11n;

/** What Alice allows Bob to draw through the queue, when the operator is gone. */
const DRAWN_LATER = 500_000n;

let network: RecoveryNetwork;
/** As the operator left it. */
let claimedTask: Cell;

/** The batches of an operator that does its work: accounts, a model with revenue, and a task in every phase. */
async function operatorsWork(): Promise<void> {
  await network.fund(["alice", "bob", "carol", "dave", "stranger"], 1_000n * NRX * UNIT_WEI);
  for (const name of ["alice", "bob", "carol", "dave"] as const) await network.deposit(name, 100n * NRX);
  await network.operatorBatch();
  const sign = network.signed.bind(network);
  const { timestamp } = await network.home.client.getBlock();
  const post = (w3: bigint, flags: bigint) => {
    const deadline = timestamp + 1_000_000n;
    const terms = {
      verifier: BigInt(CAROL),
      model: BigInt(MODEL),
      share: SHARE,
      kind: 2n,
      flags,
      deadline,
      window: 900_000n,
    };
    const w2 = pack(TASK_MONEY, { reward: REWARD, bond: BOND, verifierFee: VERIFIER_FEE });
    const w1 = pack(TASK_TERMS, terms);
    return sign("alice", { kind: "postTask", sender: ALICE, w1, w2, w3, feeUnits: FEE });
  };
  await network.operatorBatch(
    sign("dave", { kind: "registerModel", sender: DAVE, amountUnits: 1_000n, param: SHARE, w3: 900n }),
    post(1n, 0n),
    post(2n, 0n),
  );
  await network.operatorBatch(post(3n, 1n), post(4n, 0n), post(5n, 0n));
  const claim = (object: number) => (ledger: Ledger) =>
    sign("bob", { kind: "claimTask", sender: BOB, object, w3: ledger.cell(object)[3] })(ledger);
  await network.operatorBatch(claim(CLAIMED), claim(ACCEPTING), claim(REJECTING), claim(CLOSED));
  const submit = (object: number) => sign("bob", { kind: "submitResult", sender: BOB, object, w3: 77n });
  await network.operatorBatch(
    sign("alice", { kind: "drawTask", sender: ALICE, object: CLAIMED, amountUnits: DRAWN, w3: 5n }),
    submit(ACCEPTING),
    submit(REJECTING),
  );
  await network.operatorBatch(
    submit(CLOSED),
    (ledger) => {
      const w3 = ledger.cell(CLOSED)[3];
      return sign("carol", { kind: "settleTask", sender: CAROL, object: CLOSED, param: 1n, w3 })(ledger);
    },
    sign("alice", { kind: "transfer", sender: ALICE, object: 3, amountUnits: 3n * NRX, w1: 0xbeefn }),
    sign("alice", {
      kind: "withdraw",
      sender: ALICE,
      amountUnits: 2n * NRX,
      w1: BigInt(person("alice").address),
    }),
  );
  const toMirror = { amountUnits: 4n * NRX, param: 1n, w1: BigInt(person("bob").address) };
  await network.operatorBatch(sign("bob", { kind: "withdraw", sender: BOB, ...toMirror }));
  claimedTask = network.ledger.cell(CLAIMED);
}

beforeAll(async () => {
  network = await RecoveryNetwork.start();
  await operatorsWork();
});

afterAll(async () => {
  await network?.stop();
});

const json = async (...args: Parameters<typeof command>) => {
  const { code, stdout, stderr } = await command(...args);
  if (stdout === "") throw new Error(`exit code ${code}, nothing on stdout: ${stderr}`);
  return { code, result: JSON.parse(stdout) as Record<string, never> & { [key: string]: unknown } };
};

describe("rebuild", () => {
  it("gives the operator's ledger from the chains alone, and everything agrees", async () => {
    await network.passTime(1);
    const { code, result } = await json(
      "rebuild",
      ...network.args,
      "--mirror",
      network.mirror.rpcUrl,
      "--json",
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({
      batches: 7,
      root: network.ledger.root().toString(),
      cellCount: 15,
      cells: { accounts: 8, models: 1, openTasks: 1, claimedTasks: 1, submittedTasks: 2, closedTasks: 1 },
      withdrawalsUnclaimed: 1,
      mirrorsOut: [{ mirror: 1, units: (4n * NRX).toString() }],
      mirrors: [{ number: 1, newestBatch: 7, isHomesRoot: true, isOfThisHome: true }],
      value: { surplusWei: "0", vaultWei: (400n * NRX * UNIT_WEI).toString() },
      problems: [],
    });
    const text = await command("rebuild", ...network.args);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain("everything agrees");
  });
});

describe("an RPC that does not tell the truth", () => {
  const follow = async (rpcUrl: string) => {
    const endpoint = { chain: "home", rpcUrl, chainId: 11155111 };
    const reader = new L1Reader({ endpoint, sleep: async () => {} });
    const toBlock = (await reader.block("latest")).number;
    const follower = await HomeFollower.open({ reader, fromBlock: 0 }, toBlock);
    await follower.readTo(toBlock);
    return follower;
  };

  it.each(["BatchAccepted", "OperationQueued", "WithdrawalsRecorded"] as const)(
    "is found out when it leaves out the newest %s",
    async (eventName) => {
      const proxy = await OmittingProxy.start(network.home.rpcUrl);
      try {
        expect((await follow(proxy.url)).state.newest.number).toBe(7);
        proxy.omittedTopic = toEventSelector(getAbiItem({ abi: neuraRollupAbi, name: eventName }));
        await expect(follow(proxy.url)).rejects.toMatchObject({ code: "HISTORY_INCONSISTENT" });
      } finally {
        await proxy.stop();
      }
    },
  );

  it("is found out when its batches are not those that the contract accepted", async () => {
    const proxy = await OmittingProxy.start(network.home.rpcUrl);
    try {
      proxy.falsifiedSelector = toFunctionSelector(getAbiItem({ abi: neuraRollupAbi, name: "historyHash" }));
      const { code, stderr } = await command("rebuild", "--rpc", proxy.url);
      expect(code).toBe(1);
      expect(stderr).toContain("the history of all batches");
    } finally {
      await proxy.stop();
    }
  });

  it("is refused when nothing of the ledger is there: another chain, another contract, nobody", async () => {
    const chain = await command("rebuild", "--rpc", network.mirror.rpcUrl);
    expect(chain).toMatchObject({ code: 1, stdout: "" });
    expect(chain.stderr).toContain("no home contract of a ledger");
    const contract = await command("rebuild", ...network.args, "--contract", network.token);
    expect(contract).toMatchObject({ code: 1, stdout: "" });
    expect(contract.stderr).toContain(`no home contract at ${network.token}`);
    const nobody = await command("rebuild", "--rpc", "http://127.0.0.1:9");
    expect(nobody).toMatchObject({ code: 1, stdout: "" });
    expect(nobody.stderr).toContain("nobody answers");
  });
});

/** Entries that a stranger queues to do harm, and what their owners queue. */
async function queueAfterTheOperator(): Promise<void> {
  const { address } = person("alice");
  // Alice's account exists; the stranger's does not, and its second deposit meets the account that its first one makes.
  await network.deposit("alice", 7n * NRX);
  await network.deposit("stranger", 5n * NRX);
  await network.deposit("stranger", 1n * NRX);
  const steal = {
    kind: "withdraw",
    sender: ALICE,
    amountUnits: NRX,
    w1: BigInt(person("stranger").address),
  } as const;
  await network.enqueue("stranger", opWords(steal));
  const unknownKind = 200n | (BigInt(ALICE) << 8n);
  await network.enqueue("stranger", [unknownKind, 1n, 2n, 3n]);
  const nowhere = { kind: "transfer", sender: 511, object: 510, amountUnits: 1n } as const;
  await network.enqueue("stranger", opWords(nowhere));
  await network.enqueue(
    "stranger",
    opWords({ kind: "postTask", sender: CAROL, w1: (1n << 224n) - 1n, w2: 1n, w3: 1n }),
  );
  await network.enqueue(
    "carol",
    opWords({ kind: "openAccount", sender: CAROL, amountUnits: 1n, w1: 5n, w2: 1n, w3: 2n }),
  );
  await network.enqueue(
    "alice",
    opWords({ kind: "withdraw", sender: ALICE, amountUnits: NRX, w1: BigInt(address) }),
  );
  const [, w1, w2] = claimedTask;
  const draw = {
    kind: "drawTask",
    sender: ALICE,
    object: CLAIMED,
    amountUnits: DRAWN_LATER,
    w3: 6n,
  } as const;
  await network.enqueue("alice", opWords({ ...draw, w1, w2 }));
  // Of another task: the cell could hold one by the time the entry is consumed.
  await network.enqueue("alice", opWords({ ...draw, amountUnits: REWARD, w1, w2: w2 + 1n }));
  await network.depositToEvm("dave", 6n * NRX);
}

describe("an operator that vanishes, with its database", () => {
  it("leaves the queue to the operator until the first deadline", async () => {
    network.operatorVanishes();
    await queueAfterTheOperator();
    const key = person("stranger").privateKey;
    const early = await command("batch", ...network.args, "--key", key);
    expect(early.code).toBe(1);
    expect(early.stdout).toMatch(/not allowed yet: 12 wait, and anyone may submit batches from .*UTC/);
    const told = await command(
      "escape",
      ...network.args,
      "--address",
      person("carol").address,
      "--key",
      key,
      "--freeze",
    );
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/The ledger runs.*must include it by.*freeze the ledger after/s);
  });

  it("is replaced by anyone past the deadline: one command empties the queue", async () => {
    await network.passTime(700);
    const key = person("stranger").privateKey;
    const { code, result } = await json("batch", ...network.args, "--key", key, "--all", "--json");
    const sent = result.sent as unknown as { entries: number; noOps: number }[];
    expect(code).toBe(0);
    expect(result).toMatchObject({ end: "empty", waiting: 0 });
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.reduce((sum, { entries }) => sum + entries, 0)).toBe(12);
    expect(sent.reduce((sum, { noOps }) => sum + noOps, 0)).toBe(6);
    const again = await command("batch", ...network.args, "--key", key);
    expect(again).toMatchObject({ code: 0, stdout: "the queue is empty\n" });
  });

  it("is not needed for a rebuild, which agrees with what others have submitted", async () => {
    await network.passTime(1);
    const { code, result } = await json(
      "rebuild",
      ...network.args,
      "--mirror",
      network.mirror.rpcUrl,
      "--json",
    );
    expect(code).toBe(0);
    expect(result).toMatchObject({
      queue: [],
      invalidOperations: 6,
      cells: { accounts: 9, models: 1 },
      withdrawalsUnclaimed: 2,
      mirrors: [{ newestBatch: 7, isHomesRoot: true }],
      value: { surplusWei: "0", vaultWei: (419n * NRX * UNIT_WEI).toString() },
      problems: [],
    });
    expect(Number(result.permissionlessBatches)).toBeGreaterThan(1);
  });

  it("is not needed for a claim of what batches have paid", async () => {
    const { address, privateKey } = person("alice");
    const before = await network.nrxOf(address);
    const { code, stdout } = await command("escape", ...network.args, "--key", privateKey);
    expect(code).toBe(0);
    expect(stdout).toContain("account 5");
    expect((await network.nrxOf(address)) - before).toBe(3n * NRX * UNIT_WEI);
    const again = await command("escape", ...network.args, "--key", privateKey);
    expect(again.stdout).toContain("Nothing was left to pay.");
  });
});

describe("an operator that told a mirror of a batch that home did not accept", () => {
  it("loses its right: what is forced into the queue is included by anyone at once, and claimed", async () => {
    await network.deposeOperator();
    const { address, privateKey } = person("carol");
    const before = await network.nrxOf(address);
    const forced = await command("escape", ...network.args, "--key", privateKey, "--force-withdraw", "1.5");
    expect(forced.code, forced.stderr).toBe(0);
    expect(forced.stdout).toMatch(/entry 16 of the queue.*must include it by/s);
    const wrong = await command("escape", ...network.args, "--key", privateKey, "--force-withdraw", "100000");
    expect(wrong.code).toBe(2);
    const batch = await command("batch", ...network.args, "--key", privateKey);
    expect(batch.code, batch.stderr).toBe(0);
    await command("escape", ...network.args, "--key", privateKey);
    expect((await network.nrxOf(address)) - before).toBe((15n * NRX * UNIT_WEI) / 10n);
  });

  it("does not keep what is out on mirrors from being secured", async () => {
    const key = person("stranger").privateKey;
    const released = await command("escape", ...network.args, "--everyone", "--key", key);
    expect(released.stdout).toMatch(/The operator was deposed.*what is out on mirrors\s+4 NRX/s);
    const { recovery } = network.deployment.home;
    expect(await network.nrxOf(recovery)).toBe(4n * NRX * UNIT_WEI);
    const { code, result } = await json("rebuild", ...network.args, "--to", "latest", "--json");
    expect(code).toBe(0);
    expect(result).toMatchObject({
      isDeposed: true,
      standing: { phase: "suspended", isDeposed: true },
      mirrorsOut: [{ mirror: 1, units: "0" }],
      value: { surplusWei: "0" },
      problems: [],
    });
  });
});

describe("an escape", () => {
  const owners = [
    "operator",
    "treasury",
    "gateway",
    "governor",
    "alice",
    "bob",
    "carol",
    "dave",
    "stranger",
  ] as const;
  const balances = async (): Promise<Record<string, bigint>> => {
    const entries = await Promise.all(
      owners.map(
        async (name): Promise<[string, bigint]> => [name, await network.nrxOf(person(name).address)],
      ),
    );
    return Object.fromEntries([
      ...entries,
      ["vault", await network.nrxOf(network.rollup)],
      ["recovery", await network.nrxOf(network.deployment.home.recovery)],
    ]);
  };

  it("takes out what is one's own once the ledger is frozen, each thing once", async () => {
    await network.deposit("dave", 9n * NRX);
    await network.depositToEvm("bob", 8n * NRX);
    await network.passTime(600 + 1_800 + 60);
    const before = await balances();
    const { privateKey, address } = person("bob");
    const run = await command("escape", ...network.args, "--key", privateKey, "--freeze");
    expect(run.code, run.stderr).toBe(0);
    const after = await balances();
    const left = (amount: bigint, rate: bigint) => (amount * rate) / 10_000n;
    // Bob's 100, less what he sent to the mirror and three bonds that are still locked; then what his tasks bring.
    const drawn = DRAWN_LATER - left(DRAWN_LATER, 200n) - left(DRAWN_LATER, SHARE);
    const accepted = REWARD - left(REWARD, 200n) - left(REWARD, SHARE);
    const account = 100n * NRX - 4n * NRX - 3n * BOND + drawn + accepted;
    const expected = account + BOND + (accepted + BOND + VERIFIER_FEE);
    const gained = (after.bob ?? 0n) - (before.bob ?? 0n);
    expect(gained).toBe((expected + 8n * NRX) * UNIT_WEI);
    expect((before.vault ?? 0n) - (after.vault ?? 0n)).toBe(gained);
    const again = await command("escape", ...network.args, "--address", address, "--key", privateKey);
    expect(again.stdout).toContain("Nothing was left to pay.");
    expect(await balances()).toEqual(after);
  });

  it("of everyone leaves nothing in the vault, and pays nobody twice", async () => {
    const before = await balances();
    const key = person("stranger").privateKey;
    const run = await command("escape", ...network.args, "--everyone", "--key", key);
    expect(run.code, run.stderr).toBe(0);
    const after = await balances();
    expect(after.vault).toBe(0n);
    const gained = (name: string) => ((after[name] ?? 0n) - (before[name] ?? 0n)) / UNIT_WEI;
    // The gateway's 3 and 6 NRX wait for their owners with the recovery contract.
    expect(gained("recovery")).toBe(9n * NRX);
    expect(gained("gateway")).toBe(0n);
    expect(gained("operator")).toBe(5n * FEE);
    expect(gained("stranger")).toBe(6n * NRX);
    const paid = [...owners, "recovery"].reduce((sum, name) => sum + gained(name), 0n);
    expect(paid * UNIT_WEI).toBe(before.vault);
    const again = await command("escape", ...network.args, "--everyone", "--key", key);
    expect(again.stdout).toContain("Nothing was left to pay.");
    expect(await balances()).toEqual(after);
  });

  it("ends with a rebuild in which every sum is zero", async () => {
    await network.passTime(1);
    const { code, result } = await json("rebuild", ...network.args, "--json");
    expect(code).toBe(0);
    expect(result).toMatchObject({
      standing: { phase: "frozen" },
      value: { cellsWei: "0", waitingDepositsWei: "0", outOnMirrorsWei: "0", sumWei: "0", vaultWei: "0" },
      problems: [],
    });
    const batch = await command("batch", ...network.args, "--key", person("stranger").privateKey);
    expect(batch).toMatchObject({ code: 1 });
    expect(batch.stdout).toContain("frozen");
  });

  it("claims on a mirror what was sent there, whatever became of home", async () => {
    const { privateKey } = person("bob");
    const mirror = ["--mirror", network.mirror.rpcUrl];
    const run = await command("escape", ...network.args, "--key", privateKey, ...mirror);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/withdrawal 0 of batch 7, on mirror 1\s+4 NRX/);
    const again = await command("escape", ...network.args, "--key", privateKey, ...mirror);
    expect(again.stdout).toContain("Nothing was left to pay.");
  });
});
