/** The verifier process: `node --import tsx compute/verifier.ts`. */
import { runAgentProcess } from "./agent-process.ts";
import { InferenceVerifier } from "./inference-verifier.ts";

const USAGE = `verifier [--rpc URL] [--json]
Re-executes the inference tasks that name its account as verifier, and settles them. Its wallet's key is in NEURA_WALLET_KEY, or in
the file NEURA_WALLET_KEY_FILE.`;

await runAgentProcess("verifier", USAGE, (started) => {
  const verifier = new InferenceVerifier(started);
  return () => verifier.tick();
});
