import { Registry } from "prom-client";
import type { Address } from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { createRpcServer, type RpcServer } from "../../../rpc/server.ts";
import { deriveLedgerKey, LedgerAccount, type LedgerKey, NeuraClient, toWord } from "../../../sdk/index.ts";
import { RESERVED_CELL } from "../../../state/ledger/cells.ts";
import { opWords } from "../../../state/ledger/operation.ts";
import { domainOf } from "../../../state/ledger/stream.ts";
import { TEST_START_SECONDS } from "../../support/ledger-scenario.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { type SequencerOptions, TestSequencer } from "../sequencer/test-sequencer.ts";

export const HOME_CHAIN_ID = 31337;
/** The contract behind the domain of the tests' ledger: the first one that the first development account creates. */
export const HOME_CONTRACT: Address = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
const MNEMONIC = "test test test test test test test test test test test junk";

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;

export interface SequencerNodeOptions {
  readonly clock?: { nowMs: number };
  readonly policy?: SequencerOptions["policy"];
  /** Parts of neura_chainInfo that are not the usual ones. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** The node's own sequencing and RPC, without proofs and L1s: a block is built after each operation. */
export class SequencerNode {
  readonly clock: { nowMs: number };
  readonly sequencer: TestSequencer;
  readonly client: NeuraClient;
  #building: Promise<unknown> = Promise.resolve();

  private constructor(
    sequencer: TestSequencer,
    readonly server: RpcServer,
    url: string,
    readonly removeDirectory: () => Promise<void>,
  ) {
    this.clock = sequencer.options.clock;
    this.sequencer = sequencer;
    this.client = new NeuraClient(url);
  }

  static async start(feeUnits: bigint, options: SequencerNodeOptions = {}): Promise<SequencerNode> {
    const directory = await temporaryDirectory();
    const clock = options.clock ?? { nowMs: Number(TEST_START_SECONDS) * 1000 };
    const { policy = {}, info = {} } = options;
    const sequencer = await TestSequencer.open({ path: directory.path, clock, feeUnits, policy });
    const rpc = sequencer.rpc();
    let node: SequencerNode | undefined;
    const server = await createRpcServer({
      methods: {
        ...rpc,
        neura_chainInfo: async () => ({ ...chainInfo(sequencer), ...info }),
        eth_getBalance: async ([address]) => hex(await sequencer.lane.getBalance(address as Address)),
        neura_sendOperation: async (params) => {
          const id = await rpc.neura_sendOperation?.(params);
          await node?.build();
          return id;
        },
      },
      registry: new Registry(),
      readiness: () => ({ isReady: true }),
      onInternalError: (error) => {
        throw error;
      },
    });
    const { url } = await server.listen("127.0.0.1", 0);
    node = new SequencerNode(sequencer, server, url, directory.remove);
    return node;
  }

  get nowSeconds(): bigint {
    return BigInt(Math.floor(this.clock.nowMs / 1000));
  }

  build(options: { closing?: boolean } = {}): Promise<unknown> {
    const built = this.#building.then(() => this.sequencer.buildAll(options));
    this.#building = built.catch(() => undefined);
    return built;
  }

  /** A ledger account of a development wallet, opened by a deposit. */
  async account(index: number, units: bigint): Promise<LedgerAccount> {
    const wallet = mnemonicToAccount(MNEMONIC, { addressIndex: index });
    const key = await deriveLedgerKey(wallet, await this.client.chainInfo());
    await this.deposit(key, units);
    return new LedgerAccount(this.client, key, () => this.nowSeconds);
  }

  async deposit({ l1Address, publicKey }: LedgerKey, amountUnits: bigint): Promise<void> {
    const caller = BigInt(l1Address);
    const { x, y } = publicKey;
    const words = opWords({ kind: "deposit", amountUnits, w1: caller, w2: x, w3: y });
    await this.sequencer.queue({ words, caller, queuedAt: this.nowSeconds - 1n });
    await this.build();
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.sequencer.close();
    await this.removeDirectory();
  }
}

const chainInfo = ({ size, ledger }: TestSequencer) => ({
  chainId: hex(1337),
  domain: toWord(domainOf(BigInt(HOME_CHAIN_ID), BigInt(HOME_CONTRACT))),
  homeChainId: hex(HOME_CHAIN_ID),
  homeContract: HOME_CONTRACT,
  token: HOME_CONTRACT,
  mirrors: [],
  levels: hex(size.levels),
  maxOps: hex(size.maxOps),
  maxCells: hex(size.maxCells),
  circuitId: "0x1",
  genesisRoot: toWord(ledger.root()),
  treasuryRate: "0xc8",
  reservedCells: Object.fromEntries(Object.entries(RESERVED_CELL).map(([role, id]) => [role, hex(id)])),
});
