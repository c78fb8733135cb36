import { setTimeout as sleep } from "node:timers/promises";
import { type TransactionReceipt, Web3 } from "web3";
import { lower } from "../../evm/lane-fixture.ts";
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
  until,
} from "./transcript.ts";

const fees = { type: "0x2", maxFeePerGas: String(maxFeeWei), maxPriorityFeePerGas: String(tipWei) };
const call = { ...fees, gas: String(callGas) };
const pollingIntervalMs = 10;

interface Method {
  readonly call: (options?: object) => Promise<unknown>;
  readonly estimateGas: (options: object) => Promise<bigint>;
  readonly encodeABI: () => string;
}

/** What is used of web3.js' contracts: their own types do not follow an ABI that is not inlined. */
interface TokenContract {
  readonly methods: Readonly<Record<string, (...args: unknown[]) => Method>>;
  readonly getPastEvents: (name: string, filter: object) => Promise<unknown[]>;
  readonly events: {
    readonly Transfer: () => { readonly on: (name: "data", listener: (event: unknown) => void) => void };
  };
}

const tokenAt = (web3: Web3, address: string) =>
  new web3.eth.Contract(tokenAbi, address) as unknown as TokenContract;

interface Parts {
  readonly web3: Web3;
  readonly from: string;
  readonly token: TokenContract;
  readonly address: string;
  readonly target: Target;
}

/** web3.js 4 knows no EIP-7702, and signs typed data only where the node has the key. */
export async function web3Script(target: Target): Promise<Transcript> {
  const web3 = new Web3(target.httpUrl);
  web3.eth.transactionPollingInterval = pollingIntervalMs;
  web3.eth.transactionReceiptPollingInterval = pollingIntervalMs;
  const from = web3.eth.accounts.wallet.add(target.key).get(0)?.address ?? "";
  const creation = new web3.eth.Contract(tokenAbi).deploy({
    data: target.bytecode,
    arguments: [supply],
  } as never);
  const options = { ...fees, from, gas: String(deploymentGas) };
  const created = await mined(web3.eth.sendTransaction({ ...options, data: creation.encodeABI() }));
  const contract = lower(String(created.contractAddress));
  const code = await web3.eth.getCode(contract);
  const parts = { web3, from, token: tokenAt(web3, contract), address: contract, target };
  const transfer = await mined(send(parts, transferData(parts, target.recipient, transferredUnits)));
  return {
    chainId: String(await web3.eth.getChainId()),
    deployment: { ...summary(created), contract, codeBytes: String(code.length / 2 - 1) },
    transfer: { ...summary(transfer), events: await eventsAt(parts, transfer.blockNumber) },
    ...(await readings(parts)),
    ...(await refusals(parts)),
    ...(await nonceSteps(parts)),
    ...(await typedTransactions(parts)),
    ...(await followed(parts)),
    batch: await batch(parts),
  };
}

/** web3.js gives something that can be awaited and is no promise. */
async function mined(sent: { then: unknown }): Promise<TransactionReceipt> {
  return Promise.resolve(sent as PromiseLike<TransactionReceipt>);
}

function method({ token }: Pick<Parts, "token">, name: string, ...args: unknown[]) {
  const found = token.methods[name];
  if (found === undefined) throw new Error(`the token has no ${name}`);
  return found(...args);
}

const transferData = (parts: Parts, to: string, value: bigint) =>
  method(parts, "transfer", to, value).encodeABI();

const send = ({ web3, from, address }: Parts, data: string) =>
  web3.eth.sendTransaction({ ...call, from, to: address, data });

const summary = ({ transactionHash, type, status, gasUsed }: TransactionReceipt): Mined => ({
  hash: String(transactionHash),
  type: String(type),
  status: String(status),
  gasUsed: String(gasUsed),
});

async function eventsAt({ token }: Parts, block: unknown): Promise<TransferEvent[]> {
  const number = String(block);
  return (await token.getPastEvents("Transfer", { fromBlock: number, toBlock: number })).map(eventView);
}

function eventView(event: unknown): TransferEvent {
  const { from, to, value } = (event as { returnValues: Record<"from" | "to" | "value", unknown> })
    .returnValues;
  return { from: lower(String(from)), to: lower(String(to)), value: String(value) };
}

async function readings(parts: Parts) {
  const { web3, from, token, target } = parts;
  const { recipient } = target;
  const filter = { filter: { to: recipient }, fromBlock: 0, toBlock: "latest" };
  const history = await web3.eth.getFeeHistory(4, "latest", [10, 50, 90]);
  return {
    reads: {
      name: String(await method(parts, "name").call()),
      balance: String(await method(parts, "balanceOf", from).call()),
      recipientWei: String(await web3.eth.getBalance(recipient)),
    },
    pastEvents: (await token.getPastEvents("Transfer", filter)).map(eventView),
    estimates: {
      valueTransfer: String(await web3.eth.estimateGas({ from, to: recipient, value: "1" })),
      tokenTransfer: String(
        await method(parts, "transfer", recipient, transferredUnits).estimateGas({ from }),
      ),
    },
    feeHistory: {
      baseFees: String(history.baseFeePerGas.length),
      ratios: String(history.gasUsedRatio.length),
      rewards: JSON.stringify(history.reward.map((tips) => tips.length)),
    },
    unknownTransaction: await refusal(web3.eth.getTransaction(`0x${"77".repeat(32)}`)),
  };
}

interface Web3Refusal {
  readonly name: string;
  readonly reason?: string;
  readonly message: string;
  readonly cause?: Web3Refusal;
  readonly innerError?: Web3Refusal;
  readonly errorName?: string;
  readonly errorArgs?: Record<string, unknown>;
}

/** What web3.js makes of an error: the custom error if it decoded one, else the text. */
async function refusal(sent: { then: unknown }): Promise<string> {
  try {
    await mined(sent);
  } catch (error) {
    const { name, message, reason, innerError, cause } = error as Web3Refusal;
    const decoded = innerError ?? cause;
    if (decoded?.errorName === undefined) return `${name} ${reason ?? decoded?.message ?? message}`;
    const named = Object.entries(decoded.errorArgs ?? {}).filter(
      ([key]) => /^\D/.test(key) && key !== "__length__",
    );
    return `${name} ${decoded.errorName}(${named.map(([, value]) => lower(String(value))).join(",")})`;
  }
  throw new Error("web3.js was not refused");
}

async function refusals(parts: Parts) {
  const { web3, from, address, target } = parts;
  const { recipient } = target;
  const tooMuch = method(parts, "transfer", recipient, supply);
  const options = { checkRevertBeforeSending: false };
  const failing = web3.eth.sendTransaction(
    { ...call, from, to: address, data: tooMuch.encodeABI() },
    undefined,
    options,
  );
  const receipt = await mined(failing).catch(
    (error: unknown) => (error as { receipt: TransactionReceipt }).receipt,
  );
  const poor = web3.eth.accounts.wallet.add(target.poorKey).get(1)?.address ?? "";
  const fortune = { ...call, from: poor, to: recipient, value: String(fortuneWei), nonce: "0x0" };
  return {
    revertReason: await refusal(method(parts, "transfer", `0x${"00".repeat(20)}`, 1n).call({ from })),
    panic: await refusal(method(parts, "quotient", 1n, 0n).call()),
    customError: await refusal(tooMuch.call({ from })),
    failedTransaction: { status: String(receipt.status), gasUsed: String(receipt.gasUsed) },
    refusedEstimate: await refusal(tooMuch.estimateGas({ from })),
    insufficientFunds: await refusal(web3.eth.sendTransaction(fortune, undefined, options)),
  };
}

async function nonceSteps({ web3, from, target }: Parts) {
  const nonce = await web3.eth.getTransactionCount(from);
  const next = (offset: bigint) =>
    web3.eth.sendTransaction(
      { ...call, from, to: target.recipient, value: "1", nonce: `0x${(nonce + offset).toString(16)}` },
      undefined,
      { checkRevertBeforeSending: false },
    );
  const later = mined(next(1n));
  await sleep(settleMs);
  const sooner = await mined(next(0n));
  return {
    nonceGap: [summary(sooner), summary(await later)],
    nonces: {
      latest: String(await web3.eth.getTransactionCount(from)),
      pending: String(await web3.eth.getTransactionCount(from, "pending")),
    },
    nonceTooLow: await refusal(next(0n)),
  };
}

async function typedTransactions({ web3, from, address, target }: Parts) {
  const request = { from, to: target.recipient, value: "1", gas: String(callGas) };
  const gasPrice = String(maxFeeWei);
  const accessList = [{ address, storageKeys: [`0x${"00".repeat(32)}`] }];
  return {
    legacy: summary(await mined(web3.eth.sendTransaction({ ...request, type: "0x0", gasPrice }))),
    accessList: summary(
      await mined(web3.eth.sendTransaction({ ...request, type: "0x1", gasPrice, accessList } as never)),
    ),
  };
}

async function followed(parts: Parts) {
  const { target } = parts;
  const socket = new Web3(target.webSocketUrl);
  const heads: string[] = [];
  const pending: string[] = [];
  const events: TransferEvent[] = [];
  const token = tokenAt(socket, parts.address);
  const [newHeads, newPending] = await Promise.all([
    socket.eth.subscribe("newBlockHeaders"),
    socket.eth.subscribe("pendingTransactions"),
  ]);
  newHeads.on("data", ({ number }) => void heads.push(String(number)));
  newPending.on("data", (hash) => void pending.push(String(hash)));
  token.events.Transfer().on("data", (event) => void events.push(eventView(event)));
  await sleep(settleMs);
  const receipt = await mined(send(parts, transferData(parts, target.recipient, 1n)));
  await until(() => heads.length > 0 && pending.length > 0 && events.length > 0);
  socket.provider?.disconnect();
  return {
    subscriptions: {
      heads: String(heads.includes(String(receipt.blockNumber))),
      pendingHash: String(pending.includes(String(receipt.transactionHash))),
      events,
    },
  };
}

async function batch({ web3, from, target }: Parts): Promise<string[]> {
  const request = new web3.BatchRequest();
  const asked: [string, readonly unknown[]][] = [
    ["eth_chainId", []],
    ["eth_getBalance", [target.recipient, "latest"]],
    ["eth_getTransactionCount", [from, "latest"]],
  ];
  for (const [index, [method, params]] of asked.entries()) {
    void request.add({ jsonrpc: "2.0", id: index, method, params } as never);
  }
  return (await request.execute()).map(({ result }) => String(result));
}
