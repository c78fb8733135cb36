import { setTimeout as sleep } from "node:timers/promises";
import {
  Contract,
  type ContractEventPayload,
  ContractFactory,
  isError,
  JsonRpcProvider,
  type Log,
  type TransactionReceipt,
  type TransactionResponse,
  Wallet,
  WebSocketProvider,
} from "ethers";
import { chainId, lower } from "../../evm/lane-fixture.ts";
import { tokenAbi } from "./token.ts";
import {
  callGas,
  deploymentGas,
  fortuneWei,
  type Mined,
  maxFeeWei,
  settleMs,
  supply,
  type Target,
  type Transcript,
  type TransferEvent,
  tipWei,
  transferredUnits,
  typedData,
  until,
} from "./transcript.ts";

const pollingInterval = 10;
const fees = { type: 2, maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei };
const call = { ...fees, gasLimit: callGas };
const abi = JSON.stringify(tokenAbi);

interface Parts {
  readonly provider: JsonRpcProvider;
  readonly wallet: Wallet;
  readonly token: Contract;
  readonly target: Target;
}

export async function ethersScript(target: Target): Promise<Transcript> {
  const provider = new JsonRpcProvider(target.httpUrl, chainId, {
    staticNetwork: true,
    pollingInterval,
    cacheTimeout: -1,
  });
  try {
    const wallet = new Wallet(target.key, provider);
    const factory = new ContractFactory(abi, target.bytecode, wallet);
    const contract = await factory.deploy(supply, { ...fees, gasLimit: deploymentGas });
    const deployed = await mined(contract.deploymentTransaction() as TransactionResponse);
    const address = await contract.getAddress();
    const code = await provider.getCode(address);
    const parts = { provider, wallet, token: new Contract(address, abi, wallet), target };
    const transfer = await mined(await send(parts, "transfer", target.recipient, transferredUnits));
    return {
      chainId: String((await provider.getNetwork()).chainId),
      deployment: { ...summary(deployed), contract: lower(address), codeBytes: String(code.length / 2 - 1) },
      transfer: { ...summary(transfer), events: eventsOf(parts, transfer.logs) },
      ...(await readings(parts)),
      ...(await refusals(parts)),
      ...(await nonceSteps(parts)),
      ...(await typedTransactions(parts)),
      ...(await followed(parts)),
      typedDataSignature: await wallet.signTypedData(
        typedData.domain,
        { Order: [...typedData.types.Order] },
        typedData.message,
      ),
    };
  } finally {
    provider.destroy();
  }
}

const send = ({ token }: Parts, name: string, ...args: unknown[]): Promise<TransactionResponse> =>
  token.getFunction(name).send(...args, call);

async function mined(sent: TransactionResponse): Promise<TransactionReceipt> {
  const receipt = await sent.wait();
  if (receipt === null) throw new Error(`${sent.hash} was not mined`);
  return receipt;
}

const summary = ({ hash, type, status, gasUsed }: TransactionReceipt): Mined => ({
  hash,
  type: String(type),
  status: String(status),
  gasUsed: String(gasUsed),
});

function eventsOf({ token }: Parts, logs: readonly Log[]): TransferEvent[] {
  return logs.map((log) => eventView(token.interface.parseLog(log)?.args ?? []));
}

const eventView = ([from, to, value]: readonly unknown[]): TransferEvent => ({
  from: lower(String(from)),
  to: lower(String(to)),
  value: String(value),
});

async function readings(parts: Parts) {
  const { provider, token, wallet, target } = parts;
  const { recipient } = target;
  const past = await token.queryFilter(token.getEvent("Transfer")(null, recipient), 0, "latest");
  const history = await provider.send("eth_feeHistory", ["0x4", "latest", [10, 50, 90]]);
  return {
    reads: {
      name: await token.getFunction("name")(),
      balance: String(await token.getFunction("balanceOf")(wallet.address)),
      recipientWei: String(await provider.getBalance(recipient)),
    },
    pastEvents: eventsOf(parts, past),
    estimates: {
      valueTransfer: String(await wallet.estimateGas({ to: recipient, value: 1n })),
      tokenTransfer: String(await token.getFunction("transfer").estimateGas(recipient, transferredUnits)),
    },
    feeHistory: {
      baseFees: String(history.baseFeePerGas.length),
      ratios: String(history.gasUsedRatio.length),
      rewards: JSON.stringify(history.reward.map((tips: unknown[]) => tips.length)),
    },
    unknownTransaction: String(await provider.getTransaction(`0x${"77".repeat(32)}`)),
    // Asked at once, ethers sends them as one batch.
    batch: (
      await Promise.all([
        provider.send("eth_chainId", []),
        provider.getBalance(recipient),
        provider.getTransactionCount(wallet.address),
        provider.getBlock(0).then((block) => block?.number),
      ])
    ).map(String),
  };
}

/** What ethers makes of an error. */
async function refusal(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
  } catch (error) {
    if (!isError(error, "CALL_EXCEPTION")) return (error as { code: string }).code;
    if (error.revert === null) return `CALL_EXCEPTION ${error.reason}`;
    const { name, args } = error.revert;
    return `${name}(${args.map((value) => lower(String(value))).join(",")})`;
  }
  throw new Error("ethers was not refused");
}

async function refusals(parts: Parts) {
  const { provider, token, target } = parts;
  const { recipient } = target;
  const transfer = token.getFunction("transfer");
  const failed = await transfer.send(recipient, supply, call);
  const receipt = await failed.wait().catch((error: unknown) => {
    if (isError(error, "CALL_EXCEPTION")) return error.receipt as TransactionReceipt | null;
    throw error;
  });
  const poor = new Wallet(target.poorKey, provider);
  return {
    revertReason: await refusal(transfer.staticCall(`0x${"00".repeat(20)}`, 1n)),
    panic: await refusal(token.getFunction("quotient").staticCall(1n, 0n)),
    customError: await refusal(transfer.staticCall(recipient, supply)),
    failedTransaction: { status: String(receipt?.status), gasUsed: String(receipt?.gasUsed) },
    refusedEstimate: await refusal(transfer.estimateGas(recipient, supply)),
    insufficientFunds: await refusal(
      poor.sendTransaction({ ...call, to: recipient, value: fortuneWei, nonce: 0 }),
    ),
  };
}

async function nonceSteps({ provider, wallet, target }: Parts) {
  const nonce = await provider.getTransactionCount(wallet.address);
  const next = (offset: number) =>
    wallet.sendTransaction({ ...call, to: target.recipient, value: 1n, nonce: nonce + offset });
  const later = await next(1);
  const sooner = await next(0);
  const nonceGap = [summary(await mined(sooner)), summary(await mined(later))];
  return {
    nonceGap,
    nonces: {
      latest: String(await provider.getTransactionCount(wallet.address)),
      pending: String(await provider.getTransactionCount(wallet.address, "pending")),
    },
    nonceTooLow: await refusal(next(0)),
  };
}

async function typedTransactions({ provider, wallet, token, target }: Parts) {
  const address = await token.getAddress();
  const request = { to: target.recipient, value: 1n, gasLimit: callGas };
  const sent = async (fields: object) =>
    summary(await mined(await wallet.sendTransaction({ ...request, ...fields })));
  const accessList = [{ address, storageKeys: [`0x${"00".repeat(32)}`] }];
  const legacy = await sent({ type: 0, gasPrice: maxFeeWei });
  const listed = await sent({ type: 1, gasPrice: maxFeeWei, accessList });
  const nonce = await wallet.getNonce();
  // The sender's own nonce rises before the authorization is looked at.
  const authorization = await wallet.authorize({ address, nonce: nonce + 1 });
  const setCode = await sent({
    ...call,
    type: 4,
    nonce,
    to: wallet.address,
    value: 0n,
    data: token.interface.encodeFunctionData("name"),
    authorizationList: [authorization],
  });
  return {
    legacy,
    accessList: listed,
    setCode: { ...setCode, code: await provider.getCode(wallet.address) },
  };
}

async function followed(parts: Parts) {
  const socket = new WebSocketProvider(parts.target.webSocketUrl, chainId, { staticNetwork: true });
  try {
    const heads: number[] = [];
    const pending: string[] = [];
    const events: TransferEvent[] = [];
    await socket.on("block", (number: number) => heads.push(number));
    await socket.on("pending", (hash: string) => pending.push(hash));
    const token = new Contract(await parts.token.getAddress(), abi, socket);
    await token.on("Transfer", (...args: unknown[]) =>
      events.push(eventView((args.at(-1) as ContractEventPayload).args)),
    );
    await sleep(settleMs);
    const receipt = await mined(await send(parts, "transfer", parts.target.recipient, 1n));
    await until(() => heads.length > 0 && pending.length > 0 && events.length > 0);
    return {
      subscriptions: {
        heads: String(heads.includes(receipt.blockNumber)),
        pendingHash: String(pending.includes(receipt.hash)),
        events,
      },
    };
  } finally {
    await socket.destroy();
  }
}
