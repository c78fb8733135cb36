import {
  createPublicClient,
  createWalletClient,
  decodeFunctionData,
  encodeFunctionData,
  type Hex,
  http,
  publicActions,
  toHex,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localMnemonic } from "../../bridge/local-chains.ts";
import { neuraMirrorAbi, neuraRollupAbi, nrxTokenAbi } from "../../contracts/abi.ts";
import {
  deriveLedgerKey,
  gatewayAbi,
  gatewayAddress,
  HomeChain,
  LedgerAccount,
  type Level,
  NeuraTransportError,
  type OperationState,
  poll,
  REQUEST_STATUS,
  requestIdsOf,
  WEI_PER_UNIT,
  waitForLevel,
  withdrawToAccountCall,
  withdrawToL1Call,
} from "../../sdk/index.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { isAlive, NodeProcess } from "../support/node-process.ts";

/** One network for the whole file: the tests continue each other's history, in the order in which they stand here. */

const DEPOSIT_UNITS = 50_000_000_000n;
const CHAINS = [0, 1, 2];
const HOME_CHAIN = 0;
const SECOND_MIRROR = 2;
const GATEWAY = 3;
/** Everybody's patience with a busy machine. */
const patience = { timeoutMs: 5 * 60_000, pollMs: 100 };
const stopLimitMs = 20_000;

const wallet = (index: number) => mnemonicToAccount(localMnemonic, { addressIndex: index });
const evmRecipient: Hex = "0x00000000000000000000000000000000000e0a11";
const withdrawalRecipient: Hex = "0x00000000000000000000000000000000000b0b01";
const laneRecipient: Hex = "0x00000000000000000000000000000000000ca401";

let node: NodeProcess;
let home: HomeChain;
let alice: LedgerAccount;
let bob: LedgerAccount;

async function chainReader(index: number) {
  const rpcUrl = `http://127.0.0.1:${node.chains[index]?.port}`;
  return createPublicClient({ transport: http(rpcUrl), cacheTime: 0 });
}

async function settlementOf(index: number) {
  const { homeContract, mirrors } = await node.client.chainInfo();
  const mirror = mirrors[index - 1];
  return index === HOME_CHAIN
    ? { name: "home", contract: homeContract, abi: neuraRollupAbi }
    : { name: mirror?.name as string, contract: mirror?.contract as Hex, abi: neuraMirrorAbi };
}

/** The numbers of the batches that a chain's contract has accepted, from its events. */
async function acceptedNumbers(index: number): Promise<number[]> {
  const reader = await chainReader(index);
  const { contract } = await settlementOf(index);
  const events = await reader.getContractEvents({
    address: contract,
    abi: neuraRollupAbi,
    eventName: "BatchAccepted",
    fromBlock: 0n,
  });
  return events.map(({ args }) => Number(args.number));
}

/** Every chain has accepted every batch up to the newest of the node once, in order, and with the node's root. */
async function expectEveryBatchPostedOnce(): Promise<void> {
  const newest = await node.client.batchNumber();
  const numbers = Array.from({ length: newest }, (_, i) => i + 1);
  for (const index of CHAINS) {
    expect(await acceptedNumbers(index)).toEqual(numbers);
    const { contract } = await settlementOf(index);
    const root = await (await chainReader(index)).readContract({
      address: contract,
      abi: neuraRollupAbi,
      functionName: "rootOf",
      args: [BigInt(newest)],
    });
    expect(root).toBe((await node.client.getBatch(newest))?.rootAfter);
  }
}

const finalizedEverywhere = (id: Hex): Promise<OperationState> =>
  waitForLevel(node.client, id, "finalized", { ...patience, mirrored: true });

interface Stages {
  readonly batches: { readonly closed: number; readonly proven: number };
  readonly chains: readonly { readonly name: string; readonly accepted: number; readonly state: string }[];
}

const status = async (): Promise<Stages> => (await node.client.request("neura_status")) as Stages;

const untilProving = (): Promise<number> =>
  poll(
    "a batch to be in proving",
    async () => {
      const { closed, proven } = (await status()).batches;
      return closed > proven ? closed : undefined;
    },
    { ...patience, pollMs: 20 },
  );

const balanceOf = async (account: LedgerAccount): Promise<bigint> =>
  (await account.state())?.balanceUnits ?? 0n;

beforeAll(async () => {
  node = await NodeProcess.start();
  const info = await node.client.chainInfo();
  home = new HomeChain({
    name: "home",
    chainId: info.homeChainId,
    rpcUrl: info.l1Rpc?.home as string,
    contract: info.homeContract,
    token: info.token,
    account: wallet(0),
  });
  const account = async (index: number) =>
    new LedgerAccount(node.client, await deriveLedgerKey(wallet(index), info), () =>
      BigInt(Math.floor(Date.now() / 1000)),
    );
  alice = await account(5);
  bob = await account(6);
});

afterAll(async () => {
  await node?.destroy();
});

describe("operations", () => {
  it("deposits on home become ledger accounts", async () => {
    const deposits = [
      await home.deposit(alice.key, DEPOSIT_UNITS),
      await home.deposit(bob.key, DEPOSIT_UNITS),
    ];
    for (const { id } of deposits) await waitForLevel(node.client, id, "sequenced", patience);
    expect(await balanceOf(alice)).toBe(DEPOSIT_UNITS);
    expect(await balanceOf(bob)).toBe(DEPOSIT_UNITS);
  });

  it("rise through the levels of confirmation in order, up to finalized on home and mirrored on both", async () => {
    const feeUnits = await node.client.estimateFeeUnits("transfer");
    const transfer = await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 7_000n });
    const seen: string[] = [];
    const gateway = await alice.send({
      kind: "transfer",
      to: GATEWAY,
      amountUnits: 3_000n,
      memo: evmRecipient,
    });
    const withdraw = await bob.send({
      kind: "withdraw",
      recipient: withdrawalRecipient,
      amountUnits: 11_000n,
    });
    const finalized = await waitForLevel(node.client, transfer.id, "finalized", {
      ...patience,
      mirrored: true,
      onLevel: (level, { mirrored }) => {
        seen.push(level);
        // A mirror never has what is not final on home.
        if (["pending", "sequenced", "proven", "settled"].includes(level)) {
          expect(Object.values(mirrored)).not.toContain(true);
        }
      },
    });
    const order: Level[] = ["pending", "sequenced", "proven", "settled", "finalized"];
    expect(seen.filter((level) => level !== "pending")).toEqual(order.slice(1));
    expect(finalized.mirrored).toEqual({ arbitrum: true, polygon: true });
    for (const { id } of [gateway, withdraw]) await finalizedEverywhere(id);
    expect(await balanceOf(alice)).toBe(DEPOSIT_UNITS - 7_000n - 3_000n - 2n * feeUnits);
    expect(await balanceOf(bob)).toBe(DEPOSIT_UNITS + 7_000n - 11_000n - feeUnits);
  });

  it("a transfer to the gateway pays a wallet of the contract lane", async () => {
    expect(await node.client.getEvmBalanceWei(evmRecipient)).toBe(3_000n * WEI_PER_UNIT);
  });

  it("a wallet of the contract lane pays a ledger account and leaves to home, with ordinary transactions and proven operations", async () => {
    const carol = wallet(7);
    const transport = http(node.rpcUrl);
    const lane = createWalletClient({ account: carol, transport }).extend(publicActions);
    const funded = await alice.send({
      kind: "transfer",
      to: GATEWAY,
      amountUnits: 1_000_000_000n,
      memo: carol.address,
    });
    await waitForLevel(node.client, funded.id, "sequenced", patience);
    const { number: before } = (await node.client.getBatch(await node.client.batchNumber())) ?? { number: 0 };
    const [bobBefore, feeWei] = [
      await balanceOf(bob),
      await lane.readContract({
        address: gatewayAddress,
        abi: gatewayAbi,
        functionName: "feeWei",
        args: [3n],
      }),
    ];
    const { publicKey, l1Address } = bob.key;
    const name = { id: await bob.id(), l1Address, pubX: publicKey.x, pubY: publicKey.y };
    const calls = [
      withdrawToAccountCall(name, 5_000n, feeWei),
      withdrawToL1Call(laneRecipient, HOME_CHAIN, 6_000n, feeWei),
    ];
    for (const call of calls) {
      const hash = await lane.sendTransaction({ ...call, chain: null });
      const [request] = requestIdsOf(await lane.waitForTransactionReceipt({ hash }));
      const status = await poll(
        "the outcome of the request",
        async () => {
          const [now] = await lane.readContract({
            address: gatewayAddress,
            abi: gatewayAbi,
            functionName: "outcomeOf",
            args: [request as bigint],
          });
          return now === REQUEST_STATUS.pending ? undefined : now;
        },
        patience,
      );
      expect(status).toBe(REQUEST_STATUS.executed);
    }
    expect(await balanceOf(bob)).toBe(bobBefore + 5_000n);
    const batch = await poll(
      "the proven batch with the withdrawal",
      async () => {
        for (let number = before; number <= (await node.client.batchNumber()); number++) {
          const candidate = await node.client.getBatch(number);
          if (candidate?.withdrawals.some(({ amountUnits }) => amountUnits === 6_000n)) return candidate;
        }
        return undefined;
      },
      patience,
    );
    for (const index of CHAINS)
      await poll(
        "the chain to accept it",
        async () => ((await acceptedNumbers(index)).includes(batch.number) ? true : undefined),
        patience,
      );
    const place = batch.withdrawals.findIndex(({ amountUnits }) => amountUnits === 6_000n);
    await home.claimWithdrawal(batch, place);
    expect(await home.tokenBalanceWei(laneRecipient)).toBe(6_000n * WEI_PER_UNIT);
  });

  it("a withdrawal is claimed on home once, for exactly its amount", async () => {
    const { withdrawals, number } = await poll(
      "the batch with the withdrawal",
      async () => {
        for (let candidate = 1; candidate <= (await node.client.batchNumber()); candidate++) {
          const batch = await node.client.getBatch(candidate);
          if (batch !== null && batch.withdrawals.length > 0) return batch;
        }
        return undefined;
      },
      patience,
    );
    expect(await home.tokenBalanceWei(withdrawalRecipient)).toBe(0n);
    await home.claimWithdrawal({ number, withdrawals }, 0);
    expect(await home.tokenBalanceWei(withdrawalRecipient)).toBe(11_000n * WEI_PER_UNIT);
    await expect(home.claimWithdrawal({ number, withdrawals }, 0)).rejects.toThrow(/AlreadyClaimed/);
  });
});

describe.each(CHAINS)("the contract on chain %i", (index) => {
  type Submission = { readonly args: readonly [Record<string, unknown>, Hex, Hex] };

  /** The newest batch as it was accepted, and a call of it in the block before. */
  async function accepted() {
    const { name, contract, abi } = await settlementOf(index);
    const batch = await node.client.getBatch(await node.client.batchNumber());
    const place = batch?.chains[name];
    if (place === null || place === undefined) throw new Error(`${name} has not accepted the newest batch`);
    const reader = await chainReader(index);
    const { input, from } = await reader.getTransaction({ hash: place.transactionHash });
    const { args } = decodeFunctionData({ abi, data: input }) as unknown as Submission;
    const submit = (changed: Record<string, unknown>, data: Hex = args[1], signature: Hex = args[2]) =>
      reader.call({
        account: from,
        to: contract,
        blockNumber: BigInt(place.blockNumber) - 1n,
        data: encodeFunctionData({
          abi,
          functionName: "submitBatch",
          args: [changed, data, signature] as never,
        }),
      });
    return { batch: args[0], laneData: args[1], signature: args[2], submit };
  }

  const flipLastBit = (hex: Hex): Hex => toHex(BigInt(hex) ^ 1n, { size: (hex.length - 2) / 2 });

  it("accepts the honest batch in the state before its acceptance", async () => {
    const { batch, submit } = await accepted();
    await expect(submit(batch)).resolves.toBeDefined();
  });

  it.each(["root", "cellCount", "time", "commitment"])(
    "rejects it with one bit of %s changed",
    async (field) => {
      const { batch, submit } = await accepted();
      const value = batch[field] as bigint | number;
      const changed = typeof value === "bigint" ? value ^ 1n : value ^ 1;
      await expect(submit({ ...batch, [field]: changed })).rejects.toThrow(/revert/);
    },
  );

  it("rejects it with one bit of the stream's operations changed, whichever word it is in", async () => {
    const { batch, submit } = await accepted();
    const bytes = Buffer.from((batch.ops as string).slice(2), "hex");
    for (let last = 31; last < bytes.length; last += 32) {
      const changed = Buffer.from(bytes);
      changed[last] = (changed[last] as number) ^ 1;
      await expect(submit({ ...batch, ops: `0x${changed.toString("hex")}` })).rejects.toThrow(/revert/);
    }
  });

  it("rejects it with one bit of the block hash or of the contract lane's data changed", async () => {
    const { batch, laneData, submit } = await accepted();
    // The stream has the hash without its last byte.
    const blockHash = toHex(BigInt(batch.blockHash as Hex) ^ 256n, { size: 32 });
    await expect(submit({ ...batch, blockHash })).rejects.toThrow(/revert/);
    const changed =
      index === HOME_CHAIN ? flipLastBit(laneData) : toHex(BigInt(laneData) ^ 256n, { size: 32 });
    await expect(submit(batch, changed)).rejects.toThrow(/revert/);
  });

  it("rejects it with one bit of the operator's signature changed, and without it", async () => {
    const { batch, laneData, signature, submit } = await accepted();
    const bytes = Buffer.from(signature.slice(2), "hex");
    for (const [changed] of bytes.entries()) {
      const other = Buffer.from(bytes);
      other[changed] = (other[changed] as number) ^ 1;
      await expect(submit(batch, laneData, `0x${other.toString("hex")}`)).rejects.toThrow(/revert/);
    }
    await expect(submit(batch, laneData, "0x")).rejects.toThrow(/revert/);
  });

  it("rejects it with one bit of any coordinate of the proof changed", async () => {
    const { batch, submit } = await accepted();
    const proof = batch.proof as readonly bigint[];
    for (const [changed] of proof.entries()) {
      const other = proof.map((coordinate, i) => (i === changed ? coordinate ^ 1n : coordinate));
      await expect(submit({ ...batch, proof: other })).rejects.toThrow(/revert/);
    }
  });
});

interface Solvency {
  readonly isSolvent: boolean;
  readonly vault: {
    readonly batchNumber: Hex;
    readonly surplusWei: Hex;
    readonly outOnMirrorUnits: { readonly arbitrum: Hex };
  } | null;
}

/** What neura_getSolvency says when the vault was checked after this batch. */
const solvencyAfter = (batch: number): Promise<Solvency> =>
  poll(
    "the vault's check",
    async () => {
      const solvency = (await node.client.request("neura_getSolvency")) as Solvency;
      return Number(solvency.vault?.batchNumber ?? 0) >= batch ? solvency : undefined;
    },
    patience,
  );

describe("a mirror", () => {
  const MIRROR = 1;
  const OUT_UNITS = 9_000n;
  const BACK_UNITS = 4_000n;
  const alicesWallet = wallet(5);

  const walletOn = (index: number) =>
    createWalletClient({
      account: alicesWallet,
      transport: http(`http://127.0.0.1:${node.chains[index]?.port}`),
      cacheTime: 0,
    }).extend(publicActions);
  const readHome = async (functionName: "outOnMirrorUnits" | "nextReturn") => {
    const { contract: address } = await settlementOf(HOME_CHAIN);
    const args = [MIRROR] as const;
    return (await chainReader(HOME_CHAIN)).readContract({ address, abi: neuraRollupAbi, functionName, args });
  };
  const mirrorContract = async () => (await settlementOf(MIRROR)).contract;
  const bridgedBalance = async (): Promise<bigint> => {
    const reader = await chainReader(MIRROR);
    const address = await mirrorContract();
    const token = await reader.readContract({ address, abi: neuraMirrorAbi, functionName: "bridgedToken" });
    const args = [alicesWallet.address] as const;
    return reader.readContract({ address: token, abi: nrxTokenAbi, functionName: "balanceOf", args });
  };
  let batchNumber: number;

  it("gets what a queued operation withdraws to it, and pays it in bridged NRX", async () => {
    const client = walletOn(HOME_CHAIN);
    const words = opWords({
      kind: "withdraw",
      sender: await alice.id(),
      amountUnits: OUT_UNITS,
      param: BigInt(MIRROR),
      w1: BigInt(alicesWallet.address),
    });
    const { contract } = await settlementOf(HOME_CHAIN);
    const call = { abi: neuraRollupAbi, functionName: "enqueue", args: [words], chain: null } as const;
    await client.writeContract({ ...call, address: contract });
    const [batch, withdrawal] = await poll(
      "a withdrawal to the mirror",
      async () => {
        const found = await node.client.getBatch(await node.client.batchNumber());
        const paid = found?.withdrawals.find(({ chain }) => chain === "arbitrum");
        return found !== null && paid !== undefined ? ([found, paid] as const) : undefined;
      },
      patience,
    );
    batchNumber = batch.number;
    expect(withdrawal.amountUnits).toBe(OUT_UNITS);
    await poll(
      "the mirror to have the batch",
      async () => ((await acceptedNumbers(MIRROR)).includes(batch.number) ? true : undefined),
      patience,
    );
    const entry = BigInt(withdrawal.recipient) | (withdrawal.amountUnits << 160n);
    const onMirror = walletOn(MIRROR);
    const hash = await onMirror.writeContract({
      address: await mirrorContract(),
      abi: neuraMirrorAbi,
      functionName: "claimWithdrawal",
      args: [BigInt(batch.number), [entry], 0n],
      chain: null,
    });
    expect((await onMirror.waitForTransactionReceipt({ hash })).status).toBe("success");
    expect(await bridgedBalance()).toBe(OUT_UNITS * WEI_PER_UNIT);
    expect(await readHome("outOnMirrorUnits")).toBe(OUT_UNITS);
  });

  it("gives part of it back, once, although the node is killed at that moment", async () => {
    const before = await balanceOf(alice);
    const { publicKey } = alice.key;
    const onMirror = walletOn(MIRROR);
    const hash = await onMirror.writeContract({
      address: await mirrorContract(),
      abi: neuraMirrorAbi,
      functionName: "returnHome",
      args: [BACK_UNITS * WEI_PER_UNIT, alicesWallet.address, publicKey.x, publicKey.y],
      chain: null,
    });
    expect((await onMirror.waitForTransactionReceipt({ hash })).status).toBe("success");
    // Once it was read, and before anything is known of the transaction that brings it home.
    await poll(
      "the return to be read",
      async () => (node.output.includes("returns read") ? true : undefined),
      {
        ...patience,
        pollMs: 5,
      },
    );
    await node.kill();
    await node.start();
    await poll(
      "the return to arrive",
      async () => ((await balanceOf(alice)) === before + BACK_UNITS ? true : undefined),
      patience,
    );
    const settled = await node.client.batchNumber();
    const { isSolvent, vault } = await solvencyAfter(Math.max(settled, batchNumber + 1));
    expect(isSolvent).toBe(true);
    expect(vault).toMatchObject({
      surplusWei: "0x0",
      outOnMirrorUnits: { arbitrum: toHex(OUT_UNITS - BACK_UNITS) },
    });
    expect(await balanceOf(alice)).toBe(before + BACK_UNITS);
    expect(await readHome("nextReturn")).toBe(1n);
    expect(await readHome("outOnMirrorUnits")).toBe(OUT_UNITS - BACK_UNITS);
    expect(await bridgedBalance()).toBe((OUT_UNITS - BACK_UNITS) * WEI_PER_UNIT);
  });
});

describe("kill -9 in the middle of proving", () => {
  /** Sends while a batch is proven, kills, starts again; everything acknowledged must arrive, and nothing twice. */
  async function surviveKill(kill: () => Promise<void>): Promise<void> {
    const before = await balanceOf(bob);
    const sent = [await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 1_000n })];
    const proving = await untilProving();
    // Acknowledged when the process has no time left to do anything about it.
    sent.push(await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 20_000n }));
    sent.push(await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 300_000n }));
    const { proven } = (await status()).batches;
    await kill();
    expect(proven).toBeLessThan(proving);
    await node.start();
    for (const { id } of sent) {
      const operation = await finalizedEverywhere(id);
      expect(operation.valid).toBe(true);
    }
    expect(await balanceOf(bob)).toBe(before + 321_000n);
    await expectEveryBatchPostedOnce();
  }

  it("of the node alone: the batch is proven and finalized, nothing is posted twice or lost", async () => {
    const chains = CHAINS.map((index) => node.chainPid(index));
    await surviveKill(() => node.kill());
    // The start has adopted the chains that ran on.
    expect(CHAINS.map((index) => node.chainPid(index))).toEqual(chains);
  });

  it("of the node and its chains: the batch is proven and finalized, nothing is posted twice or lost", async () => {
    await surviveKill(async () => {
      await Promise.all([node.kill(), ...CHAINS.map((index) => node.killChain(index))]);
      expect(node.alivePids()).toEqual([]);
    });
  });
});

describe("a dead chain", () => {
  it("delays nobody else, and catches up when it is back", async () => {
    await node.killChain(SECOND_MIRROR);
    const withoutMirror = await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 5n });
    const finalized = await waitForLevel(node.client, withoutMirror.id, "finalized", patience);
    expect(finalized.mirrored.polygon).toBe(false);

    await node.killChain(HOME_CHAIN);
    const withoutHome = await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 6n });
    const proven = await waitForLevel(node.client, withoutHome.id, "proven", patience);
    expect(proven.level).toBe("proven");
    expect(Object.values(proven.mirrored)).toEqual([false, false]);

    await Promise.all([node.startChain(HOME_CHAIN), node.startChain(SECOND_MIRROR)]);
    for (const { id } of [withoutMirror, withoutHome]) await finalizedEverywhere(id);
    await expectEveryBatchPostedOnce();
  });
});

describe("SIGTERM", () => {
  it("ends the node and its chains within seconds, in the middle of proving and with a dead chain", async () => {
    await alice.send({ kind: "transfer", to: await bob.id(), amountUnits: 7n });
    await node.killChain(SECOND_MIRROR);
    await untilProving();
    const pids = node.alivePids();
    expect(pids).toHaveLength(3);
    const startedMs = Date.now();
    expect(await node.terminate()).toBe(0);
    expect(Date.now() - startedMs).toBeLessThan(stopLimitMs);
    expect(pids.filter(isAlive)).toEqual([]);
    await expect(node.client.batchNumber()).rejects.toThrow(NeuraTransportError);
  });

  it("leaves no process either when it comes while the node starts", async () => {
    node.begin();
    const [, ...chains] = await poll(
      "the chains to run",
      async () => {
        const pids = node.alivePids();
        return pids.length === 1 + CHAINS.length ? pids : undefined;
      },
      { ...patience, pollMs: 10 },
    );
    await expect(node.client.batchNumber()).rejects.toThrow(NeuraTransportError);
    await node.terminate();
    expect(chains.filter(isAlive)).toEqual([]);
  });
});
