/** The worker process: `node --import tsx compute/worker.ts --models 5`. */
import { runAgentProcess } from "./agent-process.ts";
import { InferenceWorker } from "./inference-worker.ts";

const USAGE = `worker --models ID[,ID] [--rpc URL] [--json]
Claims and runs inference tasks for the models named. Its wallet's key is in NEURA_WALLET_KEY, or in the file NEURA_WALLET_KEY_FILE.`;

await runAgentProcess("worker", USAGE, (started) => {
  if (started.models.length === 0) throw new TypeError("name the models to serve: --models ID[,ID]");
  const worker = new InferenceWorker(started);
  return () => worker.tick();
});
