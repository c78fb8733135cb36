import { Registry } from "prom-client";
import { ethMethods } from "../../../rpc/eth/methods.ts";
import { createRpcServer, type RpcServerOptions } from "../../../rpc/server.ts";
import { ContractMempool } from "../../../sequencer/mempool/contract-transactions.ts";
import type { Database } from "../../../state/database.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import type { LaneOptions } from "../../../state/evm/lane-types.ts";
import type { LedgerTransition } from "../../../state/evm/types.ts";
import { openLane, temporaryDirectory } from "../evm/lane-fixture.ts";

/** Lane, mempool and RPC server on a free port, with blocks built when the test asks. */
export interface LaneNode {
  readonly url: string;
  readonly port: number;
  readonly lane: ContractLane;
  readonly database: Database;
  readonly mempool: ContractMempool;
  readonly confirmations: { safe: number; finalized: number };
  /** The time that filters see. */
  readonly clock: { nowMs: number };
  readonly mine: (ledger?: LedgerTransition) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startLaneNode(
  options: Partial<RpcServerOptions> = {},
  laneOptions: Partial<LaneOptions> = {},
): Promise<LaneNode> {
  const directory = await temporaryDirectory();
  const { database, lane } = await openLane(directory.path, laneOptions);
  const mempool = await ContractMempool.open(database, lane);
  const confirmations = { safe: 0, finalized: 0 };
  const clock = { nowMs: 0 };
  const server = await createRpcServer({
    methods: {
      ...ethMethods({
        lane,
        transactions: mempool,
        confirmations: () => confirmations,
        clientVersion: "NeuraChain/v0.1.0/test/typescript",
        nowMs: () => clock.nowMs,
      }),
      test_domainError: async () => {
        throw Object.assign(new Error("no such thing"), {
          rpcCode: -39001,
          data: { expected: 1, actual: 2 },
        });
      },
      test_bug: async () => {
        throw new Error("secret detail");
      },
    },
    registry: new Registry(),
    readiness: () => ({ isReady: confirmations.safe > 0, details: { safe: confirmations.safe } }),
    onInternalError: () => {},
    maxBodyBytes: 1_000_000,
    ...options,
  });
  const { url, port } = await server.listen("127.0.0.1", 0);
  return {
    url,
    port,
    lane,
    database,
    mempool,
    confirmations,
    clock,
    mine: async (ledger) => {
      const { block, rejected } = await lane.buildBlock({
        timestampSeconds: lane.head.timestampSeconds + 1,
        transactions: mempool.take(),
        ...(ledger === undefined ? {} : { ledger }),
      });
      await mempool.onBlock(block, rejected);
    },
    close: async () => {
      await server.close();
      await database.close();
      await directory.remove();
    },
  };
}
