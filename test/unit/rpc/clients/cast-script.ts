import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { promisify } from "node:util";
import { privateKeyToAddress } from "viem/accounts";
import { lower } from "../../evm/lane-fixture.ts";
import {
  callGas,
  deploymentGas,
  fortuneWei,
  type Mined,
  maxFeeWei,
  supply,
  type Target,
  type Transcript,
  type TransferEvent,
  tipWei,
  transferredUnits,
  typedDataWithDomain,
} from "./transcript.ts";

const run = promisify(execFile);

/** The binary itself: the package's wrapper costs a process more at every call. */
function castBinary(): string {
  const require = createRequire(import.meta.url);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const owner = createRequire(require.resolve("@foundry-rs/cast/package.json"));
  const found = owner.resolve(`@foundry-rs/cast-${process.platform}-${architecture}/package.json`);
  return path.join(path.dirname(found), "bin/cast");
}

interface Receipt {
  readonly transactionHash: string;
  readonly type: string;
  readonly status: string;
  readonly gasUsed: string;
  readonly contractAddress: string | null;
  readonly logs: readonly RawLog[];
}

interface RawLog {
  readonly topics: readonly string[];
  readonly data: string;
}

const transferTopic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";
const transferSignature = "transfer(address,uint256)";
const fees = ["--gas-price", String(maxFeeWei), "--priority-gas-price", String(tipWei)];
const callOptions = [...fees, "--gas-limit", String(callGas)];

class Cast {
  readonly owner: string;
  readonly #binary = castBinary();

  constructor(readonly target: Target) {
    this.owner = lower(privateKeyToAddress(target.key));
  }

  async read(...args: string[]): Promise<string> {
    return (await run(this.#binary, [...args, "--rpc-url", this.target.httpUrl])).stdout.trim();
  }

  async offline(...args: string[]): Promise<string> {
    return (await run(this.#binary, args)).stdout.trim();
  }

  async send(...args: string[]): Promise<Receipt> {
    const options = ["--rpc-url", this.target.httpUrl, "--private-key", this.target.key, "--json"];
    return JSON.parse(await this.offline("send", ...options, ...args)) as Receipt;
  }

  /** What cast prints when it is refused, without what depends on ports and colours. */
  async refusal(...args: string[]): Promise<string> {
    try {
      await this.read(...args);
    } catch (error) {
      return (error as { stderr: string }).stderr.trim().split("\n")[0] as string;
    }
    throw new Error(`cast ${args.join(" ")} was not refused`);
  }
}

/** No WebSocket subscription ends by itself in cast, and it sends no batches. */
export async function castScript(target: Target): Promise<Transcript> {
  const cast = new Cast(target);
  const constructorWord = supply.toString(16).padStart(64, "0");
  const created = await cast.send(
    ...[...fees, "--gas-limit", String(deploymentGas)],
    ...["--create", `${target.bytecode}${constructorWord}`],
  );
  const contract = lower(String(created.contractAddress));
  const code = await cast.read("code", contract);
  const transfer = await cast.send(
    ...[contract, transferSignature, target.recipient, String(transferredUnits)],
    ...callOptions,
  );
  return {
    chainId: await cast.read("chain-id"),
    deployment: { ...summary(created), contract, codeBytes: String(code.length / 2 - 1) },
    transfer: { ...summary(transfer), events: transfer.logs.map(eventView) },
    ...(await readings(cast, contract)),
    ...(await refusals(cast, contract)),
    ...(await nonceSteps(cast)),
    ...(await typedTransactions(cast, contract)),
    typedDataSignature: await cast.offline(
      ...["wallet", "sign", "--data", JSON.stringify(typedDataWithDomain), "--private-key", target.key],
    ),
  };
}

/** `status` and `type` are numbers or words, depending on the node's answer. */
const summary = ({ transactionHash, type, status, gasUsed }: Receipt): Mined => ({
  hash: transactionHash,
  type,
  status,
  gasUsed: String(BigInt(gasUsed)),
});

function eventView({ topics, data }: RawLog): TransferEvent {
  const address = (topic: string | undefined) => `0x${(topic ?? "").slice(-40)}`;
  return { from: address(topics[1]), to: address(topics[2]), value: String(BigInt(data)) };
}

async function readings(cast: Cast, token: string) {
  const { recipient } = cast.target;
  const transfer = [token, transferSignature, recipient, String(transferredUnits), "--from", cast.owner];
  const toRecipient = `0x${recipient.slice(2).padStart(64, "0")}`;
  const [name, balance, recipientWei, logs, valueTransfer, tokenTransfer, history] = await Promise.all([
    cast.read("call", token, "name()(string)"),
    cast.read("call", token, "balanceOf(address)(uint256)", cast.owner),
    cast.read("balance", recipient),
    cast.read("logs", "--from-block", "0", "--address", token, "--json", transferTopic, "", toRecipient),
    cast.read("estimate", recipient, "--value", "1", "--from", cast.owner),
    cast.read("estimate", ...transfer),
    cast.read("rpc", "eth_feeHistory", "0x4", "latest", "[10,50,90]"),
  ]);
  const { baseFeePerGas, gasUsedRatio, reward } = JSON.parse(history) as Record<string, unknown[][]>;
  return {
    reads: { name: JSON.parse(name) as string, balance, recipientWei },
    pastEvents: (JSON.parse(logs) as RawLog[]).map(eventView),
    estimates: { valueTransfer, tokenTransfer },
    feeHistory: {
      baseFees: String(baseFeePerGas?.length),
      ratios: String(gasUsedRatio?.length),
      rewards: JSON.stringify(reward?.map((tips) => tips.length)),
    },
  };
}

async function refusals(cast: Cast, token: string) {
  const { recipient, poorKey } = cast.target;
  const transfer = (to: string, value: bigint) => [token, transferSignature, to, String(value)];
  const from = ["--from", cast.owner];
  const failed = await cast.send(...transfer(recipient, supply), ...callOptions);
  const [revertReason, panic, customError, refusedEstimate, insufficientFunds, unknownTransaction] =
    await Promise.all([
      cast.refusal("call", ...transfer(`0x${"00".repeat(20)}`, 1n), ...from),
      cast.refusal("call", token, "quotient(uint256,uint256)", "1", "0"),
      cast.refusal("call", ...transfer(recipient, supply), ...from),
      cast.refusal("estimate", ...transfer(recipient, supply), ...from),
      cast.refusal(
        ...["send", recipient, "--value", String(fortuneWei), "--nonce", "0", ...callOptions],
        ...["--private-key", poorKey],
      ),
      cast.refusal("tx", `0x${"77".repeat(32)}`),
    ]);
  return {
    revertReason,
    panic,
    customError,
    refusedEstimate,
    insufficientFunds,
    unknownTransaction,
    failedTransaction: { status: failed.status, gasUsed: String(BigInt(failed.gasUsed)) },
  };
}

async function nonceSteps(cast: Cast) {
  const { recipient, key } = cast.target;
  const nonce = Number(await cast.read("nonce", cast.owner));
  const next = (offset: number) => [
    ...[recipient, "--value", "1", "--nonce", String(nonce + offset), ...callOptions],
  ];
  const later = await cast.read("send", ...next(1), "--private-key", key, "--async");
  const sooner = await cast.send(...next(0));
  const second = JSON.parse(await cast.read("receipt", later, "--json")) as Receipt;
  const [latest, pending, nonceTooLow] = await Promise.all([
    cast.read("nonce", cast.owner),
    cast.read("nonce", cast.owner, "--block", "pending"),
    cast.refusal("send", ...next(0), "--private-key", key),
  ]);
  return { nonceGap: [summary(sooner), summary(second)], nonces: { latest, pending }, nonceTooLow };
}

async function typedTransactions(cast: Cast, token: string) {
  const { recipient } = cast.target;
  const price = ["--gas-price", String(maxFeeWei), "--gas-limit", String(callGas)];
  const list = JSON.stringify([{ address: token, storageKeys: [`0x${"00".repeat(32)}`] }]);
  const legacy = await cast.send(recipient, "--value", "1", "--legacy", ...price);
  const listed = await cast.send(recipient, "--value", "1", "--access-list", list, ...callOptions);
  const setCode = await cast.send(cast.owner, "name()", "--auth", token, ...callOptions);
  return {
    legacy: summary(legacy),
    accessList: summary(listed),
    setCode: { ...summary(setCode), code: await cast.read("code", cast.owner) },
  };
}
