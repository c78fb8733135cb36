import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TASK_MONEY, TASK_TERMS } from "../../state/ledger/cells.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { pack } from "../../state/ledger/packing.ts";
import { command, person, RecoveryNetwork, UNIT_WEI } from "../fixtures/recovery/network.ts";
import { actor } from "../support/ledger-scenario.ts";

const NRX = 10n ** 9n;
/** Cells in the order in which the scenario creates them. */
const [ALICE, BOB, CAROL, DAVE, MODEL, OPEN, CLAIMED, ACCEPTING, REJECTING, CLOSED] = [
  5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
] as const;
const REWARD = 1_000_003n;
const BOND = 500_001n;
const VERIFIER_FEE = 70_007n;
const DRAWN = 400_000n;
const SHARE = 1_500n;
const FEE = 11n;

let network: RecoveryNetwork;

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
  const claim = (object: number) => sign("bob", { kind: "claimTask", sender: BOB, object });
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
