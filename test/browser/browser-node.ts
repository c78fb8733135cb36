import { Registry } from "prom-client";
import type { Address } from "viem";
import { ethMethods } from "../../rpc/eth/methods.ts";
import type { MethodTable } from "../../rpc/method.ts";
import { createRpcServer } from "../../rpc/server.ts";
import { neuraSubscriptions } from "../../rpc/subscriptions/ledger-feeds.ts";
import type { LedgerKey } from "../../sdk/index.ts";
import { RESERVED_CELL } from "../../state/ledger/cells.ts";
import { opWords } from "../../state/ledger/operation.ts";
import { domainOf } from "../../state/ledger/stream.ts";
import { TEST_START_SECONDS } from "../support/ledger-scenario.ts";
import { chainId, temporaryDirectory } from "../unit/evm/lane-fixture.ts";
import { HOME_CHAIN_ID, HOME_CONTRACT } from "../unit/sdk/sequencer-node.ts";
import { MIRRORS, TestSequencer } from "../unit/sequencer/test-sequencer.ts";

/** Both lanes behind the RPC server; a block is built as soon as something waits for one. */
export interface BrowserNode {
  readonly url: string;
  readonly webSocketUrl: string;
  readonly nowSeconds: number;
  readonly sequencer: TestSequencer;
  readonly depositToEvm: (recipient: Address, amountUnits: bigint) => Promise<void>;
  readonly deposit: (key: Pick<LedgerKey, "l1Address" | "publicKey">, amountUnits: bigint) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startBrowserNode(allowedOrigins?: readonly string[]): Promise<BrowserNode> {
  const directory = await temporaryDirectory();
  const clock = { nowMs: Number(TEST_START_SECONDS) * 1000 };
  const sequencer = await TestSequencer.open({ path: directory.path, clock });
  let building: Promise<void> = Promise.resolve();
  const build = () => {
    building = building.then(() => sequencer.buildAll());
    return building;
  };
  sequencer.transactions.added.add(() => void build());
  const server = await createRpcServer({
    methods: methodsOf(sequencer, build),
    registry: new Registry(),
    readiness: () => ({ isReady: true }),
    onInternalError: (error) => {
      throw error;
    },
    ...(allowedOrigins === undefined ? {} : { allowedOrigins }),
  });
  const { url } = await server.listen("127.0.0.1", 0);
  const queue = async (words: ReturnType<typeof opWords>, caller: bigint) => {
    await sequencer.queue({ words, caller, queuedAt: TEST_START_SECONDS - 1n });
    await build();
  };
  return {
    url,
    webSocketUrl: url.replace(/^http/, "ws"),
    nowSeconds: Number(TEST_START_SECONDS),
    sequencer,
    depositToEvm: (recipient, amountUnits) => {
      const op = { kind: "depositToEvm", object: RESERVED_CELL.gateway, amountUnits } as const;
      return queue(opWords({ ...op, w1: BigInt(recipient) }), BigInt(recipient));
    },
    deposit: ({ l1Address, publicKey: { x, y } }, amountUnits) => {
      const w1 = BigInt(l1Address);
      return queue(opWords({ kind: "deposit", amountUnits, w1, w2: x, w3: y }), w1);
    },
    close: async () => {
      await building;
      await server.close();
      await sequencer.close();
      await directory.remove();
    },
  };
}

/** `build` puts an operation into a block before its sender has the id. */
function methodsOf(sequencer: TestSequencer, build: () => Promise<void>): MethodTable {
  const { database, lane, ledger, transactions, recorded, options } = sequencer;
  const rpc = sequencer.rpc();
  return {
    ...ethMethods({
      lane,
      transactions,
      confirmations: () => ({ safe: 0, finalized: 0 }),
      clientVersion: "NeuraChain/v0.1.0/test/typescript",
      nowMs: () => options.clock.nowMs,
    }),
    ...neuraSubscriptions({
      database,
      lane,
      ledger,
      mirrors: MIRRORS,
      withdrawalChains: ["home", ...MIRRORS],
      recorded,
    }),
    ...rpc,
    neura_chainInfo: async () => chainInfo(sequencer),
    neura_sendOperation: async (params) => {
      const id = await rpc.neura_sendOperation?.(params);
      await build();
      return id;
    },
  };
}

const hex = (value: number | bigint): string => `0x${value.toString(16)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

const chainInfo = ({ size, ledger }: TestSequencer) => ({
  chainId: hex(chainId),
  domain: word(domainOf(BigInt(HOME_CHAIN_ID), BigInt(HOME_CONTRACT))),
  homeChainId: hex(HOME_CHAIN_ID),
  homeContract: HOME_CONTRACT,
  token: HOME_CONTRACT,
  mirrors: [],
  levels: hex(size.levels),
  maxOps: hex(size.maxOps),
  maxCells: hex(size.maxCells),
  circuitId: "0x1",
  genesisRoot: word(ledger.root()),
  treasuryRate: "0xc8",
  reservedCells: Object.fromEntries(Object.entries(RESERVED_CELL).map(([role, id]) => [role, hex(id)])),
});
