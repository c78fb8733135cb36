import { Registry } from "prom-client";
import { ethMethods } from "../../../rpc/eth/methods.ts";
import { createRpcServer } from "../../../rpc/server.ts";
import { neuraSubscriptions } from "../../../rpc/subscriptions/ledger-feeds.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";
import { TestSequencer } from "../sequencer/test-sequencer.ts";

/** Both lanes behind the RPC server, with blocks built when the test asks. */
export interface SequencerNode {
  readonly url: string;
  readonly sequencer: TestSequencer;
  /** Errors that no client should be able to cause, with the method. */
  readonly internalErrors: { readonly method: string; readonly error: unknown }[];
  readonly close: () => Promise<void>;
}

const startMs = 1_800_000_000_000;

export async function startSequencerNode(): Promise<SequencerNode> {
  const directory = await temporaryDirectory();
  const clock = { nowMs: startMs };
  const sequencer = await TestSequencer.open({ path: directory.path, clock });
  const { database, lane, ledger, transactions, recorded } = sequencer;
  const internalErrors: { method: string; error: unknown }[] = [];
  const server = await createRpcServer({
    methods: {
      ...ethMethods({
        lane,
        transactions,
        confirmations: () => ({ safe: 0, finalized: 0 }),
        clientVersion: "NeuraChain/v0.1.0/test/typescript",
        nowMs: () => clock.nowMs,
      }),
      ...neuraSubscriptions({
        database,
        lane,
        ledger,
        mirrors: ["arbitrum", "polygon"],
        withdrawalChains: ["home", "arbitrum", "polygon"],
        recorded,
      }),
      ...sequencer.rpc(),
    },
    registry: new Registry(),
    readiness: () => ({ isReady: true }),
    onInternalError: (error, method) => internalErrors.push({ method, error }),
    maxBodyBytes: 1_000_000,
  });
  const { url } = await server.listen("127.0.0.1", 0);
  return {
    url,
    sequencer,
    internalErrors,
    close: async () => {
      await server.close();
      await sequencer.close();
      await directory.remove();
    },
  };
}
