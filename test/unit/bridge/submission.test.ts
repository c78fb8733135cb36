import { decodeFunctionData, type Hex, numberToHex } from "viem";
import { describe, expect, it } from "vitest";
import { MalformedBatchError, submissionCalldata } from "../../../bridge/submission.ts";
import { neuraMirrorAbi, neuraRollupAbi } from "../../../contracts/abi.ts";
import { opWords } from "../../../state/ledger/operation.ts";
import { streamWords } from "../../../state/ledger/stream.ts";
import type { BatchOpRecord, ProofRecord } from "../../../state/store/records.ts";
import { batchRecord } from "./stage-fixtures.ts";

const size = { levels: 3, maxOps: 4, maxCells: 8 };
const op = (changes: Partial<BatchOpRecord> = {}): BatchOpRecord => ({
  id: numberToHex(1, { size: 32 }),
  words: opWords({ kind: "transfer", sender: 5, object: 6, amountUnits: 9n }),
  valid: true,
  ...changes,
});
const queued = { caller: 0xa11cen, queuedAt: 1_699_999_999n };
const batch = batchRecord(7, {
  ops: [op(), op({ ...queued, valid: false }), op({ ...queued, caller: 0xb0bn })],
  cellCountAfter: 6,
});
const signature = `0x${"5e".repeat(65)}` as const;
const proof: ProofRecord = {
  batchNumber: 7,
  proof: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 0n],
  commitment: 99n,
  constraints: 1,
  witnessMs: 1,
  proveMs: 1,
  peakRssBytes: 1,
};

function homeBatch(calldata: Hex) {
  const call = decodeFunctionData({ abi: neuraRollupAbi, data: calldata });
  if (call.functionName !== "submitBatch") throw new Error(call.functionName);
  return call.args;
}

describe("calldata of a batch", () => {
  it("says the same as the stream that was proven", () => {
    const [posted] = homeBatch(submissionCalldata("home", batch, proof, size.maxOps, signature));
    const words = streamWords(
      {
        ...batch,
        domain: 1n,
        number: 7n,
        ops: batch.ops.map(({ words, valid, caller }) => ({
          words,
          valid,
          ...(caller === undefined ? {} : { caller }),
        })),
      },
      size,
    );
    expect([posted.number, posted.previousRoot, posted.root]).toEqual(words.slice(2, 5));
    expect([BigInt(posted.cellCount), BigInt(posted.time)]).toEqual(words.slice(6, 8));
    expect(BigInt(posted.blockHash) >> 8n).toBe(words[8]);
    expect([posted.priorityBits, posted.validityBits]).toEqual(words.slice(10, 12));
    const opsWords = words.slice(12, 12 + 4 * batch.ops.length);
    expect(posted.ops).toBe(`0x${opsWords.map((word) => numberToHex(word, { size: 32 }).slice(2)).join("")}`);
    const callers = words.slice(12 + 4 * size.maxOps).filter((caller) => caller !== 0n);
    expect(posted.priority.map((word) => BigInt.asUintN(160, word))).toEqual(callers);
    expect(posted.priority.map((word) => word >> 160n)).toEqual([1_699_999_999n, 1_699_999_999n]);
    expect(posted.commitment).toBe(99n);
    expect(posted.proof).toEqual(proof.proof);
  });

  it("publishes the lane data at home and its hash on a mirror", () => {
    const [, laneData, homeSignature] = homeBatch(
      submissionCalldata("home", batch, proof, size.maxOps, signature),
    );
    expect([laneData, homeSignature]).toEqual([batch.laneData, signature]);
    const mirror = decodeFunctionData({
      abi: neuraMirrorAbi,
      data: submissionCalldata("mirror", batch, proof, size.maxOps, signature),
    });
    expect(mirror.args?.slice(1)).toEqual([numberToHex(batch.laneDataHash, { size: 32 }), signature]);
  });

  it("marks the padding of an empty batch as valid", () => {
    const [posted] = homeBatch(submissionCalldata("home", batchRecord(7), proof, size.maxOps, signature));
    expect(posted).toMatchObject({ ops: "0x", priorityBits: 0n, validityBits: 0b1111n, priority: [] });
  });

  it.each([
    ["has more ops than the circuit", batchRecord(7, { ops: Array.from({ length: 5 }, () => op()) }), proof],
    ["has the proof of another batch", batch, { ...proof, batchNumber: 8 }],
    ["has an incomplete proof", batch, { ...proof, proof: [1n] }],
    ["lacks a queueing time", batchRecord(7, { ops: [op({ caller: 1n })] }), proof],
  ])("refuses a batch that %s", (_what, badBatch, badProof) => {
    expect(() => submissionCalldata("home", badBatch, badProof, size.maxOps, signature)).toThrow(
      MalformedBatchError,
    );
  });
});
