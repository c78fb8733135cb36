import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startSequencerNode } from "../unit/rpc/sequencer-node.ts";
import { fuzz } from "./rpc-fuzz.ts";

/** `npm run fuzz:rpc -- [--requests N] [--seed N]`: a long run, with the memory that it leaves behind. */

const { values } = parseArgs({ options: { requests: { type: "string" }, seed: { type: "string" } } });
const requests = Number(values.requests ?? 100_000);
const firstSeed = Number(values.seed ?? 1);
const requestsPerSeed = 10_000;
const maxGrowthMegabytes = 300;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const heapMegabytes = (): number => {
  collect();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
};

const before = heapMegabytes();
for (let done = 0, seed = firstSeed; done < requests; done += requestsPerSeed, seed++) {
  const node = await startSequencerNode();
  const report = await fuzz({ node, seed, requests: Math.min(requestsPerSeed, requests - done) });
  const heap = heapMegabytes();
  await node.close();
  console.log(JSON.stringify({ seed, ...report, heapMegabytes: heap }));
  if (heap - before > maxGrowthMegabytes) throw new Error(`the heap grew from ${before} to ${heap} MiB`);
}
