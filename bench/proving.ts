import type { CircuitInput } from "../prover/backend.ts";
import { WITNESS_INPUTS } from "../state/store/records.ts";
import { BenchProcess } from "./child-process.ts";
import { type Cleanup, withCleanup } from "./cleanup.ts";
import { hotMixOf } from "./hot-mix.ts";
import type { ProvingAnswer, ProvingTask } from "./proving-process.ts";
import { BATCH, type SettlementNetwork } from "./settlement-network.ts";
import type { Figure } from "./table.ts";

const BYTES_PER_MIB = 2 ** 20;
const MS_PER_SECOND = 1000;
const THREAD_COUNTS = [1, 2] as const;

/** Proves batches of the network in a process of their own, and keeps the proofs. */
export async function proveBatches(
  network: SettlementNetwork,
  numbers: readonly number[],
  threads: number,
  cleanup: Cleanup,
): Promise<ProvingAnswer> {
  const { wasmPath, zkeyPath, verificationKey } = network.keys.batch;
  const jobs = numbers.map((number) => {
    const input = WITNESS_INPUTS.get(network.node.database, number) as CircuitInput | undefined;
    if (input === undefined) throw new Error(`batch ${number} has no stored proof input`);
    return { wasmPath, zkeyPath, verificationKey, input };
  });
  return withCleanup(cleanup, async (inner) => {
    const prover = new BenchProcess<ProvingTask, ProvingAnswer>("./proving-process.ts");
    inner.defer(() => prover.close());
    const answer = await prover.ask({ threads, jobs });
    answer.results.forEach((result, i) => {
      network.proofs.set(numbers[i] as number, result);
    });
    return answer;
  });
}

/** Two full batches of the hot mix, one after the other and side by side. */
export async function measureProving(network: SettlementNetwork, cleanup: Cleanup): Promise<Figure[]> {
  const { size, keys } = network;
  const { lives, transfers } = hotMixOf(size);
  const group =
    `Proving: full batches of ${size.maxOps} ops (${lives} task lives, ${transfers} transfers), ` +
    `${keys.batch.constraints.toLocaleString("en")} constraints, snarkjs, development keys`;
  const numbers = [BATCH.full, BATCH.fullAgain];
  const figures: Figure[] = [];
  for (const threads of THREAD_COUNTS) {
    const { results, elapsedMs } = await proveBatches(network, numbers, threads, cleanup);
    const mean = (part: "witnessMs" | "proveMs") =>
      results.reduce((sum, result) => sum + result[part], 0) / results.length / MS_PER_SECOND;
    const opsPerSecond = (size.maxOps * numbers.length * MS_PER_SECOND) / elapsedMs;
    const peakBytes = Math.max(...results.map(({ peakRssBytes }) => peakRssBytes));
    const of = threads === 1 ? "1 thread" : `${threads} threads`;
    figures.push(
      { group, what: `witness of a batch, ${of}`, value: mean("witnessMs"), unit: "s" },
      { group, what: `proof of a batch, ${of}`, value: mean("proveMs"), unit: "s" },
      {
        group,
        what: `peak memory, ${of}`,
        value: Math.round(peakBytes / BYTES_PER_MIB),
        unit: "MiB",
        note: "of a process that only proves",
      },
      { group, what: `proven, ${of}`, value: opsPerSecond, unit: "ops/s" },
    );
  }
  return figures;
}
