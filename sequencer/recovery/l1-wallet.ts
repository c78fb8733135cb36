import {
  type Abi,
  type Address,
  BaseError,
  type ContractFunctionArgs,
  type ContractFunctionName,
  ContractFunctionRevertedError,
  createPublicClient,
  createWalletClient,
  defineChain,
  type Hex,
  http,
  type LocalAccount,
  type TransactionReceipt,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

const receiptTimeoutMs = 600_000;
const pollingIntervalMs = 500;

/** The chain refuses a call of ours, before or after it was sent. */
export class CallRefusedError extends Error {
  override readonly name = "CallRefusedError";
  readonly code = "CALL_REFUSED";
  constructor(
    readonly call: string,
    /** Name of the contract's custom error; undefined if it is none. */
    readonly errorName: string | undefined,
    reason: string,
  ) {
    super(`${call} is refused: ${reason}`);
  }
}

type Writes<A extends Abi> = ContractFunctionName<A, "nonpayable" | "payable">;

export interface ContractCall<A extends Abi, Name extends Writes<A>> {
  readonly address: Address;
  readonly abi: A;
  readonly functionName: Name;
  readonly args: ContractFunctionArgs<A, "nonpayable" | "payable", Name>;
  readonly valueWei?: bigint;
}

/** Sends transactions of one account, each simulated first and awaited. */
export class L1Wallet {
  readonly account: LocalAccount;
  readonly #client;
  readonly #wallet;

  constructor(key: Hex, { chainId, rpcUrl }: { readonly chainId: number; readonly rpcUrl: string }) {
    this.account = privateKeyToAccount(key);
    const chain = defineChain({
      id: chainId,
      name: `chain ${chainId}`,
      nativeCurrency: { name: "native", symbol: "native", decimals: 18 },
      rpcUrls: { default: { http: [rpcUrl] } },
    });
    this.#client = createPublicClient({ chain, transport: http(rpcUrl), pollingInterval: pollingIntervalMs });
    this.#wallet = createWalletClient({ chain, transport: http(rpcUrl), account: this.account });
  }

  /** Throws a {@link CallRefusedError}, without cost if the simulation shows it. */
  async send<const A extends Abi, Name extends Writes<A>>(
    call: ContractCall<A, Name>,
  ): Promise<TransactionReceipt> {
    const request = {
      account: this.account,
      address: call.address,
      abi: call.abi as Abi,
      functionName: call.functionName as string,
      args: call.args as readonly unknown[],
      ...(call.valueWei === undefined ? {} : { value: call.valueWei }),
    };
    await this.#simulate(request);
    const hash = await this.#wallet.writeContract(request);
    const receipt = await this.#client.waitForTransactionReceipt({ hash, timeout: receiptTimeoutMs });
    if (receipt.status === "success") return receipt;
    // Executing it again shows why, unless the state has changed once more.
    await this.#simulate(request);
    throw new CallRefusedError(call.functionName, undefined, `transaction ${hash} reverted`);
  }

  async #simulate(request: Parameters<typeof this.refusalOf>[0]): Promise<void> {
    const refusal = await this.refusalOf(request);
    if (refusal !== undefined) throw refusal;
  }

  /** Why the chain would refuse the call now; undefined if it would not. */
  async refusalOf(request: {
    readonly account: LocalAccount;
    readonly address: Address;
    readonly abi: Abi;
    readonly functionName: string;
    readonly args: readonly unknown[];
    readonly value?: bigint;
  }): Promise<CallRefusedError | undefined> {
    try {
      await this.#client.simulateContract(request);
      return undefined;
    } catch (error) {
      const reverted =
        error instanceof BaseError
          ? error.walk((each) => each instanceof ContractFunctionRevertedError)
          : null;
      if (!(reverted instanceof ContractFunctionRevertedError)) throw error;
      const errorName = reverted.data?.errorName;
      const args = (reverted.data?.args ?? []).map(String).join(", ");
      const reason = errorName === undefined ? reverted.shortMessage : `${errorName}(${args})`;
      return new CallRefusedError(request.functionName, errorName, reason);
    }
  }
}
