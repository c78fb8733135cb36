import { createClient, hexToBigInt, http, numberToHex } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { estimateGas, getBlock, getChainId, getTransactionCount, sendRawTransaction } from "viem/actions";

/** A wallet as an extension injects it (EIP-1193): it holds the key, knows networks, prices and signs. Runs in the page. */

type Hex = `0x${string}`;

interface Injected {
  readonly walletKey: Hex;
  ethereum?: unknown;
}

interface AddedChain {
  readonly chainId: Hex;
  readonly chainName: string;
  readonly rpcUrls: readonly string[];
  readonly nativeCurrency: { readonly symbol: string; readonly decimals: number };
}

interface SentTransaction {
  readonly to?: Hex;
  readonly value?: Hex;
  readonly data?: Hex;
}

/** EIP-1193 and EIP-3085. */
const rejectedCode = 4001;
const unauthorizedCode = 4100;
const unknownChainCode = 4902;
const invalidParamsCode = -32602;
const tipWei = 1_000_000n;

class WalletError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

class InjectedWallet {
  readonly isNeuraTestWallet = true;
  readonly #account: PrivateKeyAccount;
  readonly #rpcUrls = new Map<Hex, string>();
  readonly #listeners = new Map<string, Set<(value: unknown) => void>>();
  /** A wallet is on some network before it hears of this one. */
  #chainId: Hex = "0x1";
  #isConnected = false;

  constructor(key: Hex) {
    this.#account = privateKeyToAccount(key);
  }

  on(event: string, listener: (value: unknown) => void): void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
  }

  removeListener(event: string, listener: (value: unknown) => void): void {
    this.#listeners.get(event)?.delete(listener);
  }

  async request({ method, params = [] }: { method: string; params?: readonly unknown[] }): Promise<unknown> {
    switch (method) {
      case "eth_requestAccounts":
        this.#isConnected = true;
        return [this.#account.address];
      case "eth_accounts":
        return this.#isConnected ? [this.#account.address] : [];
      case "eth_chainId":
        return this.#chainId;
      case "wallet_switchEthereumChain":
        return this.#switchTo((params[0] as AddedChain).chainId);
      case "wallet_addEthereumChain":
        return this.#add(params[0] as AddedChain);
      case "personal_sign":
        this.#requireConnected();
        return this.#account.signMessage({ message: { raw: params[0] as Hex } });
      case "eth_signTypedData_v4":
        this.#requireConnected();
        return this.#account.signTypedData(JSON.parse(params[1] as string));
      case "eth_sendTransaction":
        this.#requireConnected();
        return this.#send(params[0] as SentTransaction);
      default:
        return this.#node().request({ method, params } as never);
    }
  }

  #requireConnected(): void {
    if (!this.#isConnected) throw new WalletError(unauthorizedCode, "the page is not connected");
  }

  #node() {
    const url = this.#rpcUrls.get(this.#chainId);
    if (url === undefined) throw new WalletError(rejectedCode, `no RPC URL for chain ${this.#chainId}`);
    return createClient({ transport: http(url, { retryCount: 0 }) });
  }

  #switchTo(chainId: Hex): null {
    if (!this.#rpcUrls.has(chainId)) {
      throw new WalletError(unknownChainCode, `unrecognized chain ${chainId}: add it first`);
    }
    this.#chainId = chainId;
    for (const listener of this.#listeners.get("chainChanged") ?? []) listener(chainId);
    return null;
  }

  /** As MetaMask does it: the node is asked what it is before it is believed. */
  async #add({ chainId, rpcUrls, nativeCurrency }: AddedChain): Promise<null> {
    const [url] = rpcUrls;
    if (url === undefined || nativeCurrency.decimals !== 18) {
      throw new WalletError(invalidParamsCode, "a network needs an RPC URL and a currency of 18 decimals");
    }
    const actual = await getChainId(createClient({ transport: http(url, { retryCount: 0 }) }));
    if (numberToHex(actual) !== chainId) {
      throw new WalletError(invalidParamsCode, `chain ${actual} answers at ${url}, not ${chainId}`);
    }
    this.#rpcUrls.set(chainId, url);
    return this.#switchTo(chainId);
  }

  /** EIP-1559 where the newest block has a base fee: it may double before the transaction does not fit. */
  async #send({ to, value, data }: SentTransaction): Promise<Hex> {
    const node = this.#node();
    const { address } = this.#account;
    const fields = {
      ...(to === undefined ? {} : { to }),
      ...(data === undefined ? {} : { data }),
      value: value === undefined ? 0n : hexToBigInt(value),
    };
    const [block, nonce, gas] = await Promise.all([
      getBlock(node),
      getTransactionCount(node, { address, blockTag: "pending" }),
      estimateGas(node, { account: address, ...fields }),
    ]);
    if (block.baseFeePerGas === null) throw new WalletError(invalidParamsCode, "no EIP-1559 network");
    const serializedTransaction = await this.#account.signTransaction({
      type: "eip1559",
      chainId: Number(hexToBigInt(this.#chainId)),
      nonce,
      gas,
      maxFeePerGas: 2n * block.baseFeePerGas + tipWei,
      maxPriorityFeePerGas: tipWei,
      ...fields,
    });
    return sendRawTransaction(node, { serializedTransaction });
  }
}

const injected = globalThis as unknown as Injected;
injected.ethereum = new InjectedWallet(injected.walletKey);
