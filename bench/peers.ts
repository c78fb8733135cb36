import type { Figure } from "./table.ts";

const group = "Other systems, as published by them (not measured here)";

/** What others publish about themselves; where we stand among them, on other machines and with other promises. */
export const PUBLISHED: readonly Figure[] = [
  {
    group,
    what: "Hermez v1, constraints per transaction",
    value: 59_400,
    unit: "constraints",
    note: "Hermez: batches of 400 and 2048, 96-core prover",
  },
  {
    group,
    what: "Loopring 3.6, constraints per transaction",
    value: 135_000,
    unit: "constraints",
    note: "Loopring",
  },
  {
    group,
    what: "ethrex L2, plain transfers kept up with",
    value: 3,
    unit: "tx/s",
    note: "ethrex: a general zkVM on one RTX 4090",
  },
];
