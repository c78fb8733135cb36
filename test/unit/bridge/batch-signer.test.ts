import { type Hex, hashTypedData, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BatchSigner, hashOfBatch } from "../../../bridge/batch-signer.ts";
import type { Database } from "../../../state/database.ts";
import { type ProofRecord, SIGNED_FINAL_BATCHES } from "../../../state/store/records.ts";
import { batchRecord, temporaryDatabase } from "./stage-fixtures.ts";

const account = privateKeyToAccount(`0x${"42".repeat(32)}`);
const home = { chainId: 11155111, contract: "0x00000000000000000000000000000000000c0de1" } as const;
const size = { levels: 3, maxOps: 4, maxCells: 8 };
const domain = 77n;
const proof: ProofRecord = {
  batchNumber: 1,
  proof: [],
  commitment: 9n,
  constraints: 1,
  witnessMs: 1,
  proveMs: 1,
  peakRssBytes: 1,
};
const fields = [
  { name: "number", type: "uint64" },
  { name: "streamHash", type: "bytes32" },
] as const;
const hashOf = (batch = batchRecord(1)): Hex => hashOfBatch(batch, proof, { domain, size });

let database: Database;
let remove: () => Promise<void>;
let digests: string[];
/** What home says. */
let isDeposed: boolean;
let finalHashes: Map<number, Hex>;
let questions: number;

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  digests = [];
  isDeposed = false;
  finalHashes = new Map();
  questions = 0;
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
      finalStreamHash: async (number) => {
        questions += 1;
        return finalHashes.get(number);
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

describe("the operator's signature for home", () => {
  it("says of number and stream that they are a batch, and nothing that mirrors take", async () => {
    const signature = (await signer().signForHome(batchRecord(3), proof)) ?? "0x";
    expect(signature).toHaveLength(2 + 2 * 65);
    expect(await signerOf("Batch", signature)).toBe(account.address);
    expect(await signerOf("FinalBatch", signature)).not.toBe(account.address);
  });

  it("may be of two batches of one number, and nothing is noted of it", async () => {
    const first = await signer().signForHome(batchRecord(1), proof);
    expect(await signer().signForHome(batchRecord(1, { rootAfter: 5n }), proof)).not.toBe(first);
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toBeUndefined();
  });

  it("is not given once home has deposed the operator", async () => {
    isDeposed = true;
    expect(await signer().signForHome(batchRecord(1), proof)).toBeUndefined();
    expect(digests).toEqual([]);
  });
});

describe("the operator's word that a batch is final", () => {
  it("is of the batch's number and stream, for the home contract, and nothing that home takes", async () => {
    finalHashes.set(3, hashOf(batchRecord(3)));
    const signature = await signer().signAsFinal(batchRecord(3), proof);
    expect(await signerOf("FinalBatch", signature)).toBe(account.address);
    expect(await signerOf("Batch", signature)).not.toBe(account.address);
  });

  it("is not given before a final block of home has the batch", async () => {
    await expect(signer().signAsFinal(batchRecord(1), proof)).rejects.toMatchObject({
      code: "NOT_FINAL_AT_HOME",
    });
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toBeUndefined();
    expect(digests).toEqual([]);
    finalHashes.set(1, hashOf());
    expect(await signer().signAsFinal(batchRecord(1), proof)).toHaveLength(2 + 2 * 65);
  });

  it.each([
    ["root", { rootAfter: 5n }],
    ["time", { timeSeconds: 1_700_000_001n }],
    ["block", { blockHash: 512n }],
    ["lane data", { laneDataHash: 512n }],
  ])("is not given for a batch that has another %s than home's", async (_what, changes) => {
    finalHashes.set(1, hashOf(batchRecord(1, changes)));
    await expect(signer().signAsFinal(batchRecord(1), proof)).rejects.toMatchObject({
      code: "FINAL_BATCH_MISMATCH",
      batchNumber: 1,
      expected: hashOf(),
    });
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toBeUndefined();
    expect(digests).toEqual([]);
  });

  it("is made once, also for many who ask at once and after a restart", async () => {
    finalHashes.set(1, hashOf());
    const first = signer();
    const signatures = await Promise.all([1, 2, 3].map(() => first.signAsFinal(batchRecord(1), proof)));
    signatures.push(await signer().signAsFinal(batchRecord(1), proof));
    expect(new Set(signatures).size).toBe(1);
    expect(digests).toHaveLength(1);
    expect(questions).toBe(1);
  });

  it("is in the database before it is given", async () => {
    finalHashes.set(1, hashOf());
    const dying = {
      ...account,
      signTypedData: async () => {
        throw new Error("the process dies here");
      },
    };
    await expect(signer({ account: dying }).signAsFinal(batchRecord(1), proof)).rejects.toThrow("dies");
    expect(SIGNED_FINAL_BATCHES.get(database, 1)).toEqual({ number: 1, streamHash: hashOf() });
    // It may have been signed; so no other batch of this number ever is, and the same one is.
    const other = batchRecord(1, { rootAfter: 5n });
    finalHashes.set(1, hashOf(other));
    await expect(signer().signAsFinal(other, proof)).rejects.toMatchObject({ code: "BATCH_ALREADY_SIGNED" });
    finalHashes.set(1, hashOf());
    expect(await signer().signAsFinal(batchRecord(1), proof)).toHaveLength(2 + 2 * 65);
  });

  it("is never given for two batches of one number, even if home makes both final", async () => {
    finalHashes.set(1, hashOf());
    await signer().signAsFinal(batchRecord(1), proof);
    const other = batchRecord(1, { timeSeconds: 1_700_000_001n });
    finalHashes.set(1, hashOf(other));
    await expect(signer().signAsFinal(other, proof)).rejects.toMatchObject({
      code: "BATCH_ALREADY_SIGNED",
      batchNumber: 1,
    });
    expect(digests).toHaveLength(1);
  });
});
