import {
  type Address,
  createPublicClient,
  createWalletClient,
  custom,
  defineChain,
  type EIP1193Provider,
  type Hex,
  numberToHex,
  webSocket,
} from "viem";
import {
  deriveLedgerKey,
  LedgerAccount,
  type LedgerKey,
  NeuraClient,
  waitForLevel,
} from "../../sdk/index.ts";

/** An application in a page: all that it knows of the wallet is the injected provider. The test calls its steps. */

export interface PageOptions {
  readonly chainId: number;
  readonly httpUrl: string;
  readonly webSocketUrl: string;
  /** The clock of the test's node. */
  readonly nowSeconds: number;
}

export interface Order {
  readonly to: Address;
  readonly value: string;
}

const unknownChainCode = 4902;
const orderTypes = {
  Order: [
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
  ],
} as const;

class Application {
  readonly #options: PageOptions;
  readonly #provider = (globalThis as unknown as { ethereum: EIP1193Provider }).ethereum;
  readonly #chain;
  readonly #client: NeuraClient;
  #account: Address | undefined;
  #ledgerKey: LedgerKey | undefined;

  constructor(options: PageOptions) {
    this.#options = options;
    this.#chain = defineChain({
      id: options.chainId,
      name: "NeuraChain",
      nativeCurrency: { name: "NRX", symbol: "NRX", decimals: 18 },
      rpcUrls: { default: { http: [options.httpUrl], webSocket: [options.webSocketUrl] } },
    });
    this.#client = new NeuraClient(options.httpUrl);
  }

  /** Asks for the accounts and for this network, which the wallet does not know yet. */
  async connect() {
    const changes: unknown[] = [];
    this.#provider.on("chainChanged", (chainId) => changes.push(chainId));
    const wallet = this.#wallet();
    const [account] = await wallet.requestAddresses();
    this.#account = account;
    const refused = await wallet.switchChain({ id: this.#chain.id }).then(
      () => undefined,
      (error: { code: number }) => error.code,
    );
    if (refused === unknownChainCode) await wallet.addChain({ chain: this.#chain });
    return { account, refused, chainId: await wallet.getChainId(), changes };
  }

  signOrder({ to, value }: Order): Promise<Hex> {
    return this.#wallet().signTypedData({
      account: this.#connected(),
      domain: { name: "Page", version: "1", chainId: this.#chain.id },
      types: orderTypes,
      primaryType: "Order",
      message: { to, value: BigInt(value) },
    });
  }

  /** Every head that the socket tells of is a moment to look for the receipt: nothing is polled. */
  async pay(to: Address, valueWei: string) {
    const { webSocketUrl } = this.#options;
    const socket = createPublicClient({ chain: this.#chain, transport: webSocket(webSocketUrl) });
    const heads: string[] = [];
    let onHead = () => {};
    let nextHead = new Promise<void>((resolve) => {
      onHead = resolve;
    });
    await socket.transport.subscribe({
      params: ["newHeads"],
      onData: ({ result }) => {
        heads.push(result.number);
        onHead();
      },
    });
    try {
      const account = this.#connected();
      const hash = await this.#wallet().sendTransaction({
        account,
        chain: this.#chain,
        to,
        value: BigInt(valueWei),
      });
      for (;;) {
        await nextHead;
        nextHead = new Promise((resolve) => {
          onHead = resolve;
        });
        const receipt = await socket.getTransactionReceipt({ hash }).catch(() => undefined);
        if (receipt !== undefined)
          return { hash, status: receipt.status, block: numberToHex(receipt.blockNumber), heads };
      }
    } finally {
      (await socket.transport.getRpcClient()).close();
    }
  }

  /** From one signature of the wallet. */
  async deriveKey() {
    const address = this.#connected();
    const signMessage = ({ message }: { message: string }) =>
      this.#wallet().signMessage({ account: address, message });
    const network = await this.#client.chainInfo();
    this.#ledgerKey = await deriveLedgerKey({ address, signMessage }, network, { signTwice: true });
    const { x, y } = this.#ledgerKey.publicKey;
    return { x: String(x), y: String(y) };
  }

  /** A transfer in the ledger, signed in the page by the derived key. */
  async transfer(to: number, amountUnits: string) {
    if (this.#ledgerKey === undefined) throw new Error("derive the key first");
    const nowSeconds = () => BigInt(this.#options.nowSeconds);
    const account = new LedgerAccount(this.#client, this.#ledgerKey, nowSeconds);
    const { id } = await account.send({ kind: "transfer", to, amountUnits: BigInt(amountUnits) });
    const operation = await waitForLevel(this.#client, id, "sequenced");
    return { id, level: operation.level };
  }

  #wallet() {
    return createWalletClient({ chain: this.#chain, transport: custom(this.#provider, { retryCount: 0 }) });
  }

  #connected(): Address {
    if (this.#account === undefined) throw new Error("connect first");
    return this.#account;
  }
}

Object.assign(globalThis, { startApplication: (options: PageOptions) => new Application(options) });
