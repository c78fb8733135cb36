/** `npm run fuzz:contracts -- --runs N --seed S [--steps M] [--real-proofs]`: random lives of the settlement contracts, until one leaves the model. */
import { parseArgs } from "node:util";
import { fuzzSettlement } from "../fixtures/contracts/settlement-fuzz.ts";
import { defaultWorldContracts } from "../fixtures/contracts/settlement-world.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    steps: { type: "string", default: "300" },
    "real-proofs": { type: "boolean", default: false },
  },
});
const [runs, firstSeed, steps] = [Number(values.runs), Number(values.seed), Number(values.steps)];
if (![runs, firstSeed, steps].every((number) => Number.isSafeInteger(number) && number > 0)) {
  process.stderr.write("--runs, --seed and --steps are whole numbers from 1 on\n");
  process.exit(2);
}
const contracts = await defaultWorldContracts();
const proofs = values["real-proofs"] ? "trapdoor" : "fake";
for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
  const { batches, entries, isDeposed, isFrozen } = await fuzzSettlement({
    seed,
    steps,
    proofs,
    world: { contracts },
  });
  const ends = [isDeposed ? "deposed" : "", isFrozen ? "frozen and left" : "nothing waited"].filter(Boolean);
  process.stdout.write(`seed ${seed}: ${batches} batches, ${entries} entries, ${ends.join(", ")}\n`);
}
