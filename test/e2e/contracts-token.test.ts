import { maxUint256, parseSignature } from "viem";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  account,
  deployContract,
  expectDeployRevert,
  expectRevert,
  ledgerArgument,
  startTestChain,
  type TestChain,
  testContracts,
  testTerms,
} from "../fixtures/contracts/settlement.ts";

const contracts = await testContracts();
const [deployer, owner, spender, stranger] = [account(0), account(1), account(2), account(3)];
const supplyWei = 10n ** 27n;
const zeroAddress = "0x0000000000000000000000000000000000000000";
const key = [
  5299619240641551281634865583518297030282874472190772894086521144482721001553n,
  16950150798460657717958625567821834550301663161624707787222815936182638968203n,
] as const;

let chain: TestChain;
let token: { address: `0x${string}`; abi: typeof contracts.NrxToken.abi };

beforeAll(async () => {
  chain = await startTestChain();
});

afterAll(() => chain?.stop());

beforeEach(async () => {
  const address = await deployContract(chain.client, contracts.NrxToken, [deployer.address]);
  token = { address, abi: contracts.NrxToken.abi };
});

// biome-ignore lint/suspicious/noExplicitAny: each caller names another function
async function send(functionName: any, args: any, from = deployer) {
  const hash = await chain.client.writeContract({ ...token, functionName, args, account: from });
  return chain.client.waitForTransactionReceipt({ hash });
}

// biome-ignore lint/suspicious/noExplicitAny: each caller names another function
const simulate = (functionName: any, args: any, from = deployer) =>
  chain.client.simulateContract({ ...token, functionName, args, account: from });

const balanceOf = (address: `0x${string}`) =>
  chain.client.readContract({ ...token, functionName: "balanceOf", args: [address] });
const allowance = (to: `0x${string}`) =>
  chain.client.readContract({ ...token, functionName: "allowance", args: [owner.address, to] });

/** The owner's permit for `to`. */
async function signPermit(to: `0x${string}`, amountWei: bigint, deadline: bigint, signer = owner) {
  const nonce = await chain.client.readContract({ ...token, functionName: "nonces", args: [owner.address] });
  const signature = await signer.signTypedData({
    domain: { name: "NeuraChain", version: "1", chainId: 31337, verifyingContract: token.address },
    types: {
      Permit: [
        { name: "owner", type: "address" },
        { name: "spender", type: "address" },
        { name: "value", type: "uint256" },
        { name: "nonce", type: "uint256" },
        { name: "deadline", type: "uint256" },
      ],
    },
    primaryType: "Permit",
    message: { owner: owner.address, spender: to, value: amountWei, nonce, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  return [deadline, 27 + yParity, r, s] as const;
}

describe("the token", () => {
  it("creates a billion NRX once, for the named holder", async () => {
    expect(await chain.client.readContract({ ...token, functionName: "totalSupply" })).toBe(supplyWei);
    expect(await balanceOf(deployer.address)).toBe(supplyWei);
    await expectDeployRevert(chain.client, contracts.NrxToken, [zeroAddress], "ZeroRecipient");
  });

  it("moves tokens, also to oneself, and nothing more than there is", async () => {
    await send("transfer", [owner.address, 10n]);
    await send("transfer", [owner.address, 4n], owner);
    expect(await balanceOf(owner.address)).toBe(10n);
    await expectRevert(simulate("transfer", [spender.address, 11n], owner), "InsufficientBalance", [
      owner.address,
      10n,
      11n,
    ]);
    await expectRevert(simulate("transfer", [zeroAddress, 1n], owner), "ZeroRecipient");
  });

  it("lets a spender take what was allowed; the largest allowance is not used up", async () => {
    await send("transfer", [owner.address, 10n]);
    await send("approve", [spender.address, 6n], owner);
    await send("transferFrom", [owner.address, stranger.address, 4n], spender);
    expect(await allowance(spender.address)).toBe(2n);
    await expectRevert(
      simulate("transferFrom", [owner.address, stranger.address, 3n], spender),
      "InsufficientAllowance",
    );
    await send("approve", [spender.address, maxUint256], owner);
    await send("transferFrom", [owner.address, stranger.address, 3n], spender);
    expect(await allowance(spender.address)).toBe(maxUint256);
  });

  it("sets an allowance by a signed permit, once", async () => {
    const deadline = 10n ** 11n;
    const permit = await signPermit(spender.address, 9n, deadline);
    await send("permit", [owner.address, spender.address, 9n, ...permit], stranger);
    expect(await allowance(spender.address)).toBe(9n);
    await expectRevert(
      simulate("permit", [owner.address, spender.address, 9n, ...permit], stranger),
      "WrongPermitSigner",
    );
  });

  it("rejects permits that expired, changed, or were signed by another key", async () => {
    const expired = await signPermit(spender.address, 9n, 1n);
    await expectRevert(simulate("permit", [owner.address, spender.address, 9n, ...expired]), "PermitExpired");
    const permit = await signPermit(spender.address, 9n, 10n ** 11n);
    await expectRevert(
      simulate("permit", [owner.address, spender.address, 10n, ...permit]),
      "WrongPermitSigner",
    );
    const forged = await signPermit(spender.address, 9n, 10n ** 11n, stranger);
    await expectRevert(
      simulate("permit", [owner.address, spender.address, 9n, ...forged]),
      "WrongPermitSigner",
    );
    const malformed = [permit[0], 5, permit[2], permit[3]];
    await expectRevert(
      simulate("permit", [owner.address, spender.address, 9n, ...malformed]),
      "WrongPermitSigner",
    );
  });
});

describe("a deposit with a permit", () => {
  const unit = 10n ** 9n;
  let rollup: { address: `0x${string}`; abi: typeof contracts.NeuraRollup.abi };

  beforeEach(async () => {
    const ledger = ledgerArgument(1n, { levels: 3, maxOps: 4, maxCells: 8 });
    const terms = { ...testTerms, recovery: stranger.address };
    const args = [token.address, stranger.address, stranger.address, deployer.address, ledger, terms];
    rollup = {
      address: await deployContract(chain.client, contracts.NeuraRollup, args),
      abi: contracts.NeuraRollup.abi,
    };
    await send("transfer", [owner.address, 10n * unit]);
  });

  const depositWithPermit = async (amountWei: bigint, permit: Awaited<ReturnType<typeof signPermit>>) => {
    const args = [amountWei, owner.address, ...key, ...permit] as const;
    const call = { ...rollup, functionName: "depositWithPermit", args, account: owner } as const;
    const hash = await chain.client.writeContract(call);
    return chain.client.waitForTransactionReceipt({ hash });
  };

  it("needs no other transaction", async () => {
    await depositWithPermit(2n * unit, await signPermit(rollup.address, 2n * unit, 10n ** 11n));
    expect(await balanceOf(rollup.address)).toBe(2n * unit);
  });

  it("succeeds although somebody sent the permit before", async () => {
    const permit = await signPermit(rollup.address, 2n * unit, 10n ** 11n);
    await send("permit", [owner.address, rollup.address, 2n * unit, ...permit], stranger);
    await depositWithPermit(2n * unit, permit);
    expect(await balanceOf(rollup.address)).toBe(2n * unit);
  });

  it("fails for want of an allowance when the permit is not valid", async () => {
    const permit = await signPermit(rollup.address, 1n, 10n ** 11n, stranger);
    await expect(depositWithPermit(2n * unit, permit)).rejects.toThrow();
    expect(await balanceOf(rollup.address)).toBe(0n);
  });
});
