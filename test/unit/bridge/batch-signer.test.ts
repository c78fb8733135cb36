import { hashTypedData, recoverTypedDataAddress } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BatchSigner, type Privilege, streamHashOf } from "../../../bridge/batch-signer.ts";
import type { Database } from "../../../state/database.ts";
import { type ProofRecord, SIGNED_BATCHES } from "../../../state/store/records.ts";
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
const types = {
  Batch: [
    { name: "number", type: "uint64" },
    { name: "streamHash", type: "bytes32" },
  ],
} as const;

let database: Database;
let remove: () => Promise<void>;
let privilege: Privilege;
let digests: string[];

beforeEach(async () => {
  ({ database, remove } = await temporaryDatabase());
  privilege = "held";
  digests = [];
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
    privilege: async () => privilege,
    ...changes,
  });

describe("the operator's signature", () => {
  it("is of the batch's number and stream, for the home contract", async () => {
    const outcome = await signer().sign(batchRecord(3), { ...proof, batchNumber: 3 });
    if (!("signature" in outcome)) throw new Error("not signed");
    const recovered = await recoverTypedDataAddress({
      domain: { name: "NeuraChain", version: "1", chainId: home.chainId, verifyingContract: home.contract },
      types,
      primaryType: "Batch",
      message: { number: 3n, streamHash: streamHashOf(batchRecord(3), proof, { domain, size }) },
      signature: outcome.signature,
    });
    expect(recovered).toBe(account.address);
    expect(outcome.signature).toHaveLength(2 + 2 * 65);
  });

  it("is made once, also for many who ask at once and after a restart", async () => {
    const first = signer();
    const outcomes = await Promise.all([1, 2, 3].map(() => first.sign(batchRecord(1), proof)));
    outcomes.push(await signer().sign(batchRecord(1), proof));
    expect(new Set(outcomes.map((outcome) => JSON.stringify(outcome))).size).toBe(1);
    expect(digests).toHaveLength(1);
  });

  it("has what it signs in the database before it signs", async () => {
    const dying = {
      ...account,
      signTypedData: async () => {
        throw new Error("the process dies here");
      },
    };
    await expect(signer({ account: dying }).sign(batchRecord(1), proof)).rejects.toThrow("dies");
    const streamHash = streamHashOf(batchRecord(1), proof, { domain, size });
    expect(SIGNED_BATCHES.get(database, 1)).toEqual({ number: 1, streamHash });
    // It may have been signed; so no other batch of this number ever is, and the same one is.
    const other = batchRecord(1, { rootAfter: 5n });
    await expect(signer().sign(other, proof)).rejects.toMatchObject({ code: "BATCH_ALREADY_SIGNED" });
    expect(await signer().sign(batchRecord(1), proof)).toHaveProperty("signature");
  });

  it.each([
    ["root", { rootAfter: 5n }],
    ["time", { timeSeconds: 1_700_000_001n }],
    ["block", { blockHash: 512n }],
    ["lane data", { laneDataHash: 512n }],
  ])("is refused to a second batch of one number, with another %s", async (_what, changes) => {
    await signer().sign(batchRecord(1), proof);
    await expect(signer().sign(batchRecord(1, changes), proof)).rejects.toMatchObject({
      code: "BATCH_ALREADY_SIGNED",
      batchNumber: 1,
    });
    expect(digests).toHaveLength(1);
  });

  it("is withheld while the privilege is suspended, and nothing is noted as signed", async () => {
    privilege = "suspended";
    expect(await signer().sign(batchRecord(1), proof)).toEqual({ withheld: "suspended" });
    expect(SIGNED_BATCHES.get(database, 1)).toBeUndefined();
    expect(digests).toEqual([]);
    privilege = "held";
    expect(await signer().sign(batchRecord(1), proof)).toHaveProperty("signature");
  });

  it("that was made before is still given while the privilege is suspended", async () => {
    const before = await signer().sign(batchRecord(1), proof);
    privilege = "suspended";
    expect(await signer().sign(batchRecord(1), proof)).toEqual(before);
  });

  it("of a deposed operator is not given at all", async () => {
    await signer().sign(batchRecord(1), proof);
    privilege = "deposed";
    await expect(signer().sign(batchRecord(1), proof)).rejects.toMatchObject({ code: "OPERATOR_DEPOSED" });
  });
});
