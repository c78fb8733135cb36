/** A node of the bench in a process of its own: everything from RPC to closed batches, without prover and chains. */
import { setTimeout as delay } from "node:timers/promises";
import { Registry } from "prom-client";
import { StageLoop } from "../bridge/stage-loop.ts";
import { ethMethods } from "../rpc/eth/methods.ts";
import { neuraMethods } from "../rpc/neura/methods.ts";
import { createRpcServer, type RpcServer } from "../rpc/server.ts";
import { buildAtPace } from "../sequencer/block-pace.ts";
import { FEE_UNITS } from "../sequencer/node.ts";
import type { BatchSize } from "../state/ledger/sizes.ts";
import { ContentStore } from "../state/store/content-store.ts";
import type { PriorityRecord } from "../state/store/records.ts";
import { type BenchSequencer, openBenchSequencer, silent, UNSETTLED_POLICY } from "./bench-sequencer.ts";
import { serveTask } from "./child-process.ts";

export interface NodeTask {
  readonly directory: string;
  readonly size: BatchSize;
  readonly domain: bigint;
  /** Executed before the node answers: this is how accounts get their money. */
  readonly deposits: readonly PriorityRecord[];
}

export interface NodeAnswer {
  readonly url: string;
}

const POLL_MS = 250;
const CONTENT_LIMITS = { maxItemBytes: 1, maxTotalBytes: 1 };

const clock = {
  now: () => Date.now(),
  sleep: async (milliseconds: number, signal: AbortSignal) => {
    await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  },
};

async function start({ directory, size, domain, deposits }: NodeTask) {
  const node = await openBenchSequencer({ directory, size, domain, policy: UNSETTLED_POLICY });
  await node.queue(deposits);
  await node.drain();
  const stage = (name: string, step: (signal: AbortSignal) => Promise<boolean>) =>
    new StageLoop({
      runtime: { ...clock, log: silent.child({ stage: name }) },
      round: async (signal) => ((await step(signal)) ? 0 : POLL_MS),
      onFatal: (error) => {
        process.stderr.write(`${error.stack}\n`);
        process.exit(1);
      },
    });
  const blocks = stage("block-builder", (signal) => buildAtPace(node.blocks, clock, signal));
  const batches = stage("batch-builder", () => node.batches.step());
  const server = await serve(node, () => blocks.wake());
  const { url } = await server.listen("127.0.0.1", 0);
  blocks.start();
  batches.start();
  const close = async (): Promise<void> => {
    await server.close();
    await Promise.all([blocks.close(), batches.close()]);
    await node.close();
  };
  return { answer: { url }, close };
}

function serve(node: BenchSequencer, wake: () => void): Promise<RpcServer> {
  const { database, lane, ledger, batchedLedger, operations, transactions } = node;
  transactions.added.add(wake);
  return createRpcServer({
    methods: {
      ...ethMethods({
        lane,
        transactions,
        confirmations: () => ({ safe: 0, finalized: 0 }),
        clientVersion: "NeuraChain/bench",
        nowMs: Date.now,
      }),
      ...neuraMethods({
        database,
        ledger,
        batchedLedger,
        content: new ContentStore(database, CONTENT_LIMITS),
        mirrors: [],
        withdrawalChains: ["home"],
        feeUnits: FEE_UNITS,
        chainInfo: {},
        submit: async (op) => {
          const id = await operations.submit(op);
          wake();
          return id;
        },
        nextNonce: (sender) => operations.nextNonce(sender),
        systemTransactionHash: async (number) => lane.getBlock(number)?.transactions[0]?.hash ?? null,
      }),
    },
    registry: new Registry(),
    readiness: () => ({ isReady: true }),
    onInternalError: (error, method) => process.stderr.write(`${method}: ${String(error)}\n`),
  });
}

serveTask<NodeTask, NodeAnswer>(start);
