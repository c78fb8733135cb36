import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Dispatcher } from "../../rpc/dispatch.ts";
import { ethMethods } from "../../rpc/eth/methods.ts";
import { documentedMethods } from "../../rpc/openrpc/document.ts";
import { ContractMempool } from "../../sequencer/mempool/contract-transactions.ts";
import { Database } from "../../state/database.ts";
import { ContractLane } from "../../state/evm/contract-lane.ts";
import { ethereumDataGasFactor, importChain, readGenesis, splitChain, withBlobs } from "./import-chain.ts";

/** The contract lane's RPC over an imported chain, without sockets. */
export interface ConformanceNode {
  readonly chainId: number;
  readonly headNumber: number;
  readonly answer: (request: string) => Promise<string | undefined>;
  readonly close: () => Promise<void>;
}

/** `directory` holds genesis.json and, when the tests need blocks, chain.rlp. Throws `ImportError`. */
export async function startConformanceNode(directory: string): Promise<ConformanceNode> {
  const genesis = await readGenesis(path.join(directory, "genesis.json"));
  const chainFile = path.join(directory, "chain.rlp");
  const blocks = existsSync(chainFile) ? splitChain(await readFile(chainFile)) : [];
  const folder = await mkdtemp(path.join(tmpdir(), "neura-conformance-"));
  const database = await Database.open(folder);
  const close = async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { chainId, headNumber } = await importChain(database, genesis, blocks);
    const lane = await ContractLane.open(database, {
      chainId,
      readCell: () => undefined,
      dataGasFactor: ethereumDataGasFactor,
    });
    withBlobs(lane.rules);
    const methods = ethMethods({
      lane,
      transactions: await ContractMempool.open(database, lane),
      // The format's last step before the tests: the head is also safe and final.
      confirmations: () => ({ safe: headNumber, finalized: headNumber }),
      clientVersion: "NeuraChain/v0.1.0/conformance/typescript",
      nowMs: () => lane.head.timestampSeconds * 1_000,
    });
    const dispatcher = new Dispatcher(methods, documentedMethods.arities, {
      onCall: () => {},
      onInternalError: (error, method) => {
        process.stderr.write(`${method}: ${error instanceof Error ? error.stack : String(error)}\n`);
      },
    });
    return { chainId, headNumber, answer: (request) => dispatcher.answer(request), close };
  } catch (error) {
    await close();
    throw error;
  }
}
