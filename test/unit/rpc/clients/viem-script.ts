import { setTimeout as sleep } from "node:timers/promises";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  http,
  parseEventLogs,
  type TransactionReceipt,
  webSocket,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Hex } from "../../../../state/evm/types.ts";
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

const pollingIntervalMs = 10;
const fees = { maxFeePerGas: maxFeeWei, maxPriorityFeePerGas: tipWei };

const chain = defineChain({
  id: chainId,
  name: "NeuraChain",
  nativeCurrency: { name: "NRX", symbol: "NRX", decimals: 18 },
  rpcUrls: { default: { http: [] } },
});

function clientsOf(target: Target) {
  const transport = http(target.httpUrl, { batch: true, retryCount: 0 });
  const options = { chain, transport, pollingInterval: pollingIntervalMs, cacheTime: 0 };
  const account = privateKeyToAccount(target.key);
  return {
    account,
    reader: createPublicClient(options),
    writer: createWalletClient({ ...options, account }),
    poor: createWalletClient({ ...options, account: privateKeyToAccount(target.poorKey) }),
  };
}

type Clients = ReturnType<typeof clientsOf>;

export async function viemScript(target: Target): Promise<Transcript> {
  const clients = clientsOf(target);
  const { reader, writer } = clients;
  const { receipt: deployment, address } = await deploy(clients, target);
  const transfer = await mined(
    clients,
    writer.writeContract({
      ...fees,
      gas: callGas,
      address,
      abi: tokenAbi,
      functionName: "transfer",
      args: [target.recipient, transferredUnits],
    }),
  );
  return {
    chainId: String(await reader.getChainId()),
    deployment,
    transfer: { ...summary(transfer), events: eventsOf(transfer) },
    ...(await readings(clients, target, address)),
    ...(await refusals(clients, target, address)),
    ...(await nonceSteps(clients, target)),
    ...(await typedTransactions(clients, target, address)),
    ...(await followed(clients, target, address)),
    feeHistory: await feeHistory(clients),
    typedDataSignature: await writer.signTypedData(typedData),
    batch: await batch(clients, target),
  };
}

async function deploy(clients: Clients, { bytecode }: Target) {
  const { writer, reader } = clients;
  const receipt = await mined(
    clients,
    writer.deployContract({ ...fees, gas: deploymentGas, abi: tokenAbi, bytecode, args: [supply] }),
  );
  const address = receipt.contractAddress as Hex;
  const code = (await reader.getCode({ address })) ?? "0x";
  const codeBytes = String((code.length - 2) / 2);
  return { address, receipt: { ...summary(receipt), contract: lower(address), codeBytes } };
}

async function mined({ reader }: Clients, sent: Promise<Hex>): Promise<TransactionReceipt> {
  return reader.waitForTransactionReceipt({ hash: await sent });
}

function summary({ transactionHash, type, status, gasUsed }: TransactionReceipt): Mined {
  return { hash: transactionHash, type, status, gasUsed: String(gasUsed) };
}

function eventsOf({ logs }: Pick<TransactionReceipt, "logs">): TransferEvent[] {
  return parseEventLogs({ abi: tokenAbi, logs }).map(({ args }) => eventView(args));
}

const eventView = ({ from, to, value }: { from: Hex; to: Hex; value: bigint }): TransferEvent => ({
  from: lower(from),
  to: lower(to),
  value: String(value),
});

async function readings({ reader, account }: Clients, { recipient }: Target, address: Hex) {
  const token = { address, abi: tokenAbi } as const;
  const args = [recipient, transferredUnits] as const;
  const logs = await reader.getContractEvents({
    ...token,
    eventName: "Transfer",
    args: { to: recipient },
    fromBlock: 0n,
    toBlock: "latest",
  });
  return {
    reads: {
      name: await reader.readContract({ ...token, functionName: "name" }),
      balance: String(
        await reader.readContract({ ...token, functionName: "balanceOf", args: [account.address] }),
      ),
      recipientWei: String(await reader.getBalance({ address: recipient })),
    },
    pastEvents: logs.map(({ args: found }) => eventView(found as { from: Hex; to: Hex; value: bigint })),
    estimates: {
      valueTransfer: String(await reader.estimateGas({ account, to: recipient, value: 1n })),
      tokenTransfer: String(
        await reader.estimateContractGas({ ...token, account, functionName: "transfer", args }),
      ),
    },
    unknownTransaction: await nameOf(reader.getTransaction({ hash: `0x${"77".repeat(32)}` })),
  };
}

/** What viem makes of an error: the name of the class, and of the revert if there is one. */
async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BaseError)) throw new Error(`no refusal of viem: ${error}`);
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (!(reverted instanceof ContractFunctionRevertedError)) {
    return (error.walk((cause) => cause instanceof BaseError && /Error$/.test(cause.name)) as Error).name;
  }
  return reverted.reason ?? `${reverted.data?.errorName}(${reverted.data?.args?.join(",")})`;
}

/** The name of the most specific class of viem's own. */
async function nameOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const names: string[] = [];
    for (let cause = error; cause instanceof BaseError; cause = cause.cause) names.push(cause.name);
    return names.join(" < ");
  }
  throw new Error("viem was not refused");
}

async function refusals(clients: Clients, target: Target, address: Hex) {
  const { reader, account, writer, poor } = clients;
  const token = { address, abi: tokenAbi, account } as const;
  const zero: Hex = `0x${"00".repeat(20)}`;
  const tooMuch = { ...token, functionName: "transfer", args: [target.recipient, supply] } as const;
  const failed = await mined(clients, writer.writeContract({ ...tooMuch, ...fees, gas: callGas }));
  return {
    revertReason: await refusal(
      reader.simulateContract({ ...token, functionName: "transfer", args: [zero, 1n] }),
    ),
    panic: await refusal(reader.readContract({ ...token, functionName: "quotient", args: [1n, 0n] })),
    customError: lower(await refusal(reader.simulateContract(tooMuch))),
    failedTransaction: { status: failed.status, gasUsed: String(failed.gasUsed) },
    refusedEstimate: await nameOf(reader.estimateContractGas(tooMuch)),
    insufficientFunds: await nameOf(
      poor.sendTransaction({ ...fees, to: target.recipient, value: fortuneWei, gas: 21_000n, nonce: 0 }),
    ),
  };
}

async function nonceSteps(clients: Clients, { recipient: to }: Target) {
  const { reader, writer, account } = clients;
  const { address } = account;
  const nonce = await reader.getTransactionCount({ address });
  const send = (offset: number) =>
    writer.sendTransaction({ ...fees, to, value: 1n, gas: 21_000n, nonce: nonce + offset });
  const later = await send(1);
  const sooner = await send(0);
  const count = async (blockTag: "latest" | "pending") =>
    String(await reader.getTransactionCount({ address, blockTag }));
  return {
    nonceGap: [
      summary(await mined(clients, Promise.resolve(sooner))),
      summary(await mined(clients, Promise.resolve(later))),
    ],
    nonces: { latest: await count("latest"), pending: await count("pending") },
    nonceTooLow: await nameOf(send(0)),
  };
}

async function typedTransactions(clients: Clients, { recipient: to }: Target, token: Hex) {
  const { writer, reader, account } = clients;
  const send = async (fields: object) =>
    summary(
      await mined(clients, writer.sendTransaction({ to, value: 1n, gas: 60_000n, ...fields } as never)),
    );
  const accessList = [{ address: token, storageKeys: [`0x${"00".repeat(32)}` as Hex] }];
  const legacy = await send({ type: "legacy", gasPrice: maxFeeWei });
  const listed = await send({ type: "eip2930", gasPrice: maxFeeWei, accessList });
  const authorization = await writer.signAuthorization({ contractAddress: token, executor: "self" });
  const setCode = await send({
    ...fees,
    to: account.address,
    value: 0n,
    data: encodeFunctionData({ abi: tokenAbi, functionName: "name" }),
    gas: callGas,
    authorizationList: [authorization],
  });
  const code = (await reader.getCode({ address: account.address })) ?? "0x";
  return { legacy, accessList: listed, setCode: { ...setCode, code } };
}

async function feeHistory({ reader }: Clients) {
  const { baseFeePerGas, gasUsedRatio, reward } = await reader.getFeeHistory({
    blockCount: 4,
    rewardPercentiles: [10, 50, 90],
  });
  return {
    baseFees: String(baseFeePerGas.length),
    ratios: String(gasUsedRatio.length),
    rewards: JSON.stringify(reward?.map((tips) => tips.length)),
  };
}

async function followed(clients: Clients, target: Target, address: Hex) {
  const socket = createPublicClient({ transport: webSocket(target.webSocketUrl) });
  const heads: bigint[] = [];
  const pending: Hex[] = [];
  const events: TransferEvent[] = [];
  const onError = (error: Error) => {
    throw error;
  };
  const ends = [
    socket.watchBlockNumber({ onBlockNumber: (number) => heads.push(number), onError }),
    socket.watchPendingTransactions({ onTransactions: (hashes) => pending.push(...hashes) }),
    socket.watchContractEvent({
      address,
      abi: tokenAbi,
      eventName: "Transfer",
      onLogs: (logs) => events.push(...logs.map(({ args }) => eventView(args as never))),
      poll: false,
    }),
  ];
  await sleep(settleMs);
  const { writer } = clients;
  const request = { address, abi: tokenAbi, functionName: "transfer", args: [target.recipient, 1n] } as const;
  const receipt = await mined(clients, writer.writeContract({ ...fees, gas: callGas, ...request }));
  await until(() => heads.length > 0 && pending.length > 0 && events.length > 0);
  for (const end of ends) end();
  (await socket.transport.getRpcClient()).close();
  return {
    subscriptions: {
      heads: String(heads.includes(receipt.blockNumber)),
      pendingHash: String(pending.includes(receipt.transactionHash)),
      events,
    },
  };
}

async function batch({ reader, account }: Clients, { recipient }: Target): Promise<string[]> {
  const answers = await Promise.all([
    reader.getChainId(),
    reader.getBalance({ address: recipient }),
    reader.getTransactionCount({ address: account.address }),
    reader.getBlock({ blockNumber: 0n }).then(({ number }) => number),
  ]);
  return answers.map(String);
}
