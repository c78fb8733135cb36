import { type Address, BaseError, ContractFunctionRevertedError } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  deriveLedgerKey,
  HomeChain,
  type LedgerKey,
  queuedOperationId,
  SettlementReader,
  WEI_PER_UNIT,
} from "../../sdk/index.ts";
import { opFields, opWords } from "../../state/ledger/operation.ts";
import { domainOf } from "../../state/ledger/stream.ts";
import {
  account,
  deployContract,
  encodeBatch,
  fixtureContract,
  startTestChain,
  type TestChain,
  testContracts,
} from "../fixtures/contracts/settlement.ts";

const contracts = await testContracts();
const fakeVerifier = await fixtureContract("FakeVerifier");
const CHAIN_ID = 31337;
const size = { levels: 3, maxOps: 4, maxCells: 8 };
const genesisRoot = 77n;
const operator = account(0);
const user = account(5);

let chain: TestChain;
let token: Address;
let contract: Address;
let verifier: Address;
let home: HomeChain;
let key: LedgerKey;

beforeAll(async () => {
  chain = await startTestChain(CHAIN_ID);
  const { client, rpcUrl } = chain;
  token = await deployContract(client, contracts.NrxToken, [operator.address]);
  verifier = await deployContract(client, fakeVerifier, []);
  const ledger = { genesisRoot, levels: 3n, maxOps: 4n, maxCells: 8n };
  contract = await deployContract(client, contracts.NeuraRollup, [
    token,
    verifier,
    verifier,
    operator.address,
    ledger,
  ]);
  const options = { name: "home", chainId: CHAIN_ID, rpcUrl, contract, token };
  const faucet = new HomeChain({ ...options, account: operator });
  await faucet.fund([{ wallet: user.address, etherWei: 10n ** 18n, tokenWei: 100n * WEI_PER_UNIT }]);
  home = new HomeChain({ ...options, account: user });
  key = await deriveLedgerKey(user, { homeChainId: CHAIN_ID, homeContract: contract });
});

afterAll(() => chain?.stop());

async function send(address: Address, abi: unknown, functionName: string, args: readonly unknown[]) {
  const hash = await chain.client.writeContract({ address, abi, functionName, args } as never);
  await chain.client.waitForTransactionReceipt({ hash });
}

/** Name of the contract's error that a call was refused with. */
async function refusal(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.catch((reason: unknown) => reason);
  if (!(error instanceof BaseError)) throw new Error("the call was not refused", { cause: error });
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  return (reverted as ContractFunctionRevertedError | null)?.data?.errorName;
}

describe("HomeChain", () => {
  it("queues deposits that the ledger understands, and names them by their place in the queue", async () => {
    const deposit = await home.deposit(key, 30n);
    const toEvm = await home.depositToEvm(user.address, 20n);
    expect([deposit.index, toEvm.index]).toEqual([0n, 1n]);
    expect([deposit.id, toEvm.id]).toEqual([queuedOperationId(0n), queuedOperationId(1n)]);
    const { x, y } = key.publicKey;
    const w1 = BigInt(user.address);
    expect(deposit.words).toEqual(opWords({ kind: "deposit", amountUnits: 30n, w1, w2: x, w3: y }));
    expect(opFields(toEvm.words)).toMatchObject({ kind: "depositToEvm", amountUnits: 20n, object: 3, w1 });
    expect(await home.tokenBalanceWei(contract)).toBe(50n * WEI_PER_UNIT);
    expect(await home.tokenBalanceWei(user.address)).toBe(50n * WEI_PER_UNIT);
  });

  it("refuses with the contract's own error, before anything is sent", async () => {
    const sent = await chain.client.getTransactionCount({ address: user.address });
    expect(await refusal(home.deposit(key, 0n))).toBe("ZeroAmount");
    expect(await refusal(home.deposit({ ...key, publicKey: { x: 1n, y: 2n } }, 1n))).toBe("InvalidKey");
    expect(await chain.client.getTransactionCount({ address: user.address })).toBe(sent + 1);
    expect(await refusal(home.claimWithdrawal({ number: 1, withdrawals: [] }, 0))).toBe("WrongWithdrawals");
  });

  it("claims a withdrawal of a settled batch, once", async () => {
    const recipient = user.address;
    const words = opWords({ kind: "withdraw", sender: 5, amountUnits: 7n, w1: BigInt(recipient) });
    const { argument, inputs } = encodeBatch({
      domain: domainOf(BigInt(CHAIN_ID), BigInt(contract)),
      size,
      number: 1n,
      previousRoot: genesisRoot,
      root: 78n,
      time: Number((await chain.client.getBlock()).timestamp),
      ops: [{ words }],
    });
    await send(verifier, fakeVerifier.abi, "expect", [inputs]);
    await send(contract, contracts.NeuraRollup.abi, "submitBatch", [argument, "0x"]);
    const batch = { number: 1, withdrawals: [{ chain: "home", recipient, amountUnits: 7n }] };
    const beforeWei = await home.tokenBalanceWei(recipient);
    expect(await home.isClaimed(1, 0)).toBe(false);
    await home.claimWithdrawal(batch, 0);
    expect(await home.isClaimed(1, 0)).toBe(true);
    expect((await home.tokenBalanceWei(recipient)) - beforeWei).toBe(7n * WEI_PER_UNIT);
    expect(await refusal(home.claimWithdrawal(batch, 0))).toBe("AlreadyClaimed");
    const forged = { number: 1, withdrawals: [{ chain: "home", recipient, amountUnits: 8n }] };
    expect(await refusal(home.claimWithdrawal(forged, 0))).toBe("WrongWithdrawals");
  });
});

describe("SettlementReader", () => {
  it("reads roots, and has none for a batch that the chain has not accepted", async () => {
    const reader = new SettlementReader({ name: "home", chainId: CHAIN_ID, rpcUrl: chain.rpcUrl, contract });
    expect(await reader.latestBatchNumber()).toBe(1);
    expect([await reader.rootOf(0), await reader.rootOf(1), await reader.rootOf(2)]).toEqual([
      77n,
      78n,
      undefined,
    ]);
    expect(await reader.receiptOf(`0x${"1".repeat(64)}`)).toBeUndefined();
  });

  it("refuses the RPC of another chain", async () => {
    const reader = new SettlementReader({ name: "home", chainId: 1, rpcUrl: chain.rpcUrl, contract });
    await expect(reader.demandChain()).rejects.toMatchObject({
      code: "wrong-chain",
      expected: "1",
      actual: "31337",
    });
  });
});
