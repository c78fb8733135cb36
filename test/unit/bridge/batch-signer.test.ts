import { type Hex, hashTypedData, numberToHex, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BatchSigner, hashOfBatch } from "../../../bridge/batch-signer.ts";
import type { Database } from "../../../state/database.ts";
import { commitmentOf, historyAfter, streamWords } from "../../../state/ledger/stream.ts";
import { streamOf } from "../../../state/store/batch-stream.ts";
import {
  BATCHES,
  type BatchRecord,
  FINAL_HISTORIES,
  type ProofRecord,
  SIGNED_FINAL_BATCHES,
} from "../../../state/store/records.ts";
import { batchRecord, temporaryDatabase } from "./stage-fixtures.ts";

const account = privateKeyToAccount(`0x${"42".repeat(32)}`);
const home = { chainId: 11155111, contract: "0x00000000000000000000000000000000000c0de1" } as const;
const size = { levels: 3, maxOps: 4, maxCells: 8 };
const domain = 77n;
const fields = [
  { name: "number", type: "uint64" },
  { name: "streamHash", type: "bytes32" },
] as const;
/** Of a batch, with the commitment that its proof has. */
const proofOf = (batch: BatchRecord): ProofRecord => ({
  batchNumber: batch.number,
  proof: [],
  commitment: commitmentOf(streamWords(streamOf(batch, domain), size)),
  constraints: 1,
  witnessMs: 1,
  proveMs: 1,
  peakRssBytes: 1,
});
const hashOf = (batch = batchRecord(1)): Hex => hashOfBatch(batch, proofOf(batch), { domain, size });
const word = (value: bigint): Hex => numberToHex(value, { size: 32 });

let database: Database;
let remove: () => Promise<void>;
let digests: string[];
/** What home says. */
let isDeposed: boolean;
let finalBatches: readonly BatchRecord[] | undefined;
let questions: number;

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  digests = [];
  isDeposed = false;
  finalBatches = undefined;
  questions = 0;
  await database.write([1, 2, 3].map((number) => BATCHES.put(number, batchRecord(number))));
});

afterEach(() => remove());

/** The operator, with every digest that it is asked to sign noted. */
const noting = {
  ...account,
  signTypedData: (async (data: Parameters<typeof hashTypedData>[0]) => {
    digests.push(hashTypedData(data));
    return account.signTypedData(data);
  }) as typeof account.signTypedData,
};

const signer = (changes: Partial<ConstructorParameters<typeof BatchSigner>[0]> = {}) =>
  new BatchSigner({
    database,
    account: noting,
    home,
    size,
    domain,
    witness: {
      isDeposed: async () => isDeposed,
      finalHistory: async () => {
        questions += 1;
        if (finalBatches === undefined) return undefined;
        const genesis = batchRecord(1).rootBefore;
        const history = finalBatches.reduce(
          (before, batch) => historyAfter(before, BigInt(hashOf(batch))),
          genesis,
        );
        return { batchNumber: finalBatches.length, historyHash: word(history) };
      },
    },
    ...changes,
  });

/** Who signed this statement about batch 3. */
const signerOf = (statement: "Batch" | "FinalBatch", signature: Hex) =>
  recoverTypedDataAddress({
    domain: { name: "NeuraChain", version: "1", chainId: home.chainId, verifyingContract: home.contract },
    types: { [statement]: fields },
    primaryType: statement,
    message: { number: 3n, streamHash: hashOf(batchRecord(3)) },
    signature,
  });

const sign = (batch = batchRecord(1), by = signer()) => by.signAsFinal(batch, proofOf(batch));
/** The node has another batch of its number, and its tail with it. */
const replace = (batch: BatchRecord) => database.write([BATCHES.put(batch.number, batch)]);

describe("the operator's signature for home", () => {
  it("says of number and stream that they are a batch, and nothing that mirrors take", async () => {
    const signature = (await signer().signForHome(batchRecord(3), proofOf(batchRecord(3)))) ?? "0x";
    expect(signature).toHaveLength(2 + 2 * 65);
    expect(await signerOf("Batch", signature)).toBe(account.address);
    expect(await signerOf("FinalBatch", signature)).not.toBe(account.address);
  });

  it("may be of two batches of one number, and nothing is noted of it", async () => {
    const first = await signer().signForHome(batchRecord(1), proofOf(batchRecord(1)));
    const other = batchRecord(1, { rootAfter: 5n });
    expect(await signer().signForHome(other, proofOf(other))).not.toBe(first);
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toBeUndefined();
  });

  it("is not given once home has deposed the operator", async () => {
    isDeposed = true;
    expect(await signer().signForHome(batchRecord(1), proofOf(batchRecord(1)))).toBeUndefined();
    expect(digests).toEqual([]);
  });
});

describe("the operator's word that a batch is final", () => {
  it("is of the batch's number and stream, for the home contract, and nothing that home takes", async () => {
    finalBatches = [1, 2, 3].map((number) => batchRecord(number));
    const signature = await sign(batchRecord(3));
    expect(await signerOf("FinalBatch", signature)).toBe(account.address);
    expect(await signerOf("Batch", signature)).not.toBe(account.address);
  });

  it.each([
    ["home is not deployed in it", undefined],
    ["has none yet", []],
    ["has those before it", [batchRecord(1)]],
  ])("is not given before a final block of home has the batch: %s", async (_what, batches) => {
    finalBatches = batches;
    await expect(sign(batchRecord(2))).rejects.toMatchObject({ code: "NOT_FINAL_AT_HOME" });
    expect(SIGNED_FINAL_BATCHES.get(database, 2)).toBeUndefined();
    expect(digests).toEqual([]);
    finalBatches = [batchRecord(1), batchRecord(2)];
    expect(await sign(batchRecord(2))).toHaveLength(2 + 2 * 65);
  });

  it.each([
    ["root", { rootAfter: 5n }],
    ["time", { timeSeconds: 1_700_000_001n }],
    ["block", { blockHash: 512n }],
    ["lane data", { laneDataHash: 512n }],
  ])("is not given for a batch that has another %s than home's", async (_what, changes) => {
    finalBatches = [batchRecord(1, changes)];
    const own = word(historyAfter(batchRecord(1).rootBefore, BigInt(hashOf())));
    await expect(sign()).rejects.toMatchObject({
      code: "FINAL_BATCH_MISMATCH",
      batchNumber: 1,
      expected: own,
    });
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toBeUndefined();
    expect(FINAL_HISTORIES.get(database, 1)).toBeUndefined();
    expect(digests).toEqual([]);
  });

  it("is not given for any batch as long as one that home has made final is another", async () => {
    const first = batchRecord(1);
    finalBatches = [first, batchRecord(2, { timeSeconds: 1_700_000_001n })];
    await expect(sign(first)).rejects.toMatchObject({ code: "FINAL_BATCH_MISMATCH", batchNumber: 1 });
    expect(digests).toEqual([]);
  });

  it("waits while home has made batches final that the node has not", async () => {
    finalBatches = [1, 2, 3, 4].map((number) => batchRecord(number));
    await expect(sign()).rejects.toMatchObject({ code: "HOME_IS_AHEAD" });
    await replace(batchRecord(4));
    expect(await sign()).toHaveLength(2 + 2 * 65);
  });

  it("is of the batch that was compared with home, not of another that is handed in", async () => {
    finalBatches = [batchRecord(1)];
    await expect(sign(batchRecord(1, { rootAfter: 5n }))).rejects.toMatchObject({
      code: "FINAL_BATCH_MISMATCH",
    });
    expect(digests).toEqual([]);
  });

  it("needs one answer of home's for all batches that are final in it, for every mirror", async () => {
    finalBatches = [1, 2, 3].map((number) => batchRecord(number));
    const one = signer();
    for (const number of [1, 3, 2]) await sign(batchRecord(number), one);
    expect(questions).toBe(1);
  });

  it("is made once, also for many who ask at once and after a restart", async () => {
    finalBatches = [batchRecord(1)];
    const first = signer();
    const signatures = await Promise.all([1, 2, 3].map(() => sign(batchRecord(1), first)));
    signatures.push(await sign());
    expect(new Set(signatures).size).toBe(1);
    expect(digests).toHaveLength(1);
    expect(questions).toBe(1);
  });

  it("is in the database before it is given", async () => {
    finalBatches = [batchRecord(1)];
    const dying = {
      ...account,
      signTypedData: async () => {
        throw new Error("the process dies here");
      },
    };
    await expect(sign(batchRecord(1), signer({ account: dying }))).rejects.toThrow("dies");
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toEqual({ number: 1, streamHash: hashOf() });
    // It may have been signed; so no other batch of this number ever is, and the same one is.
    const other = batchRecord(1, { rootAfter: 5n });
    await expect(sign(other)).rejects.toMatchObject({ code: "BATCH_ALREADY_SIGNED" });
    expect(await sign()).toHaveLength(2 + 2 * 65);
  });

  it("is never given for two batches of one number, even if home makes both final", async () => {
    finalBatches = [batchRecord(1)];
    await sign();
    const other = batchRecord(1, { timeSeconds: 1_700_000_001n });
    finalBatches = [other];
    await replace(other);
    await expect(sign(other)).rejects.toMatchObject({ code: "BATCH_ALREADY_SIGNED", batchNumber: 1 });
    expect(digests).toHaveLength(1);
  });
});
