/** Thread of a key setup. Its curve memory and tables live as long as the thread, so that chunks do not rebuild them. */
import { closeSync, openSync, writeSync } from "node:fs";
import { move } from "piscina";
import { CurveMemory } from "./curve-memory.ts";
import { type CurveGroup, FixedBaseTable } from "./fixed-base.ts";
import { findMismatch, type Mismatch } from "./key-check.ts";
import { type CircuitShape, coefficientBytes, type QueryScalars, queryScalars } from "./query-scalars.ts";
import type { SetupSecrets } from "./secrets.ts";

export interface QueryTask {
  readonly r1csPath: string;
  readonly shape: CircuitShape;
  readonly secrets: SetupSecrets;
  /** Where the coefficient section of the key goes: 12 bytes of section head, u32 count, coefficients. */
  readonly zkeyPath: string;
  readonly sectionOffset: number;
}

export interface QueryResult extends QueryScalars {
  /** End of the coefficient section in the key. */
  readonly sectionEnd: number;
}

export interface MultiplyTask {
  readonly group: CurveGroup;
  readonly windowBits: number;
  readonly scalars: SharedArrayBuffer;
  readonly first: number;
  readonly count: number;
}

const sectionHeadBytes = 12;
const coefficientSection = 4;
const scalarWords = 8;
const curve = await CurveMemory.create();
const tables = new Map<string, FixedBaseTable>();

/** Evaluates the program and writes the coefficient section. */
export async function computeQueries(task: QueryTask): Promise<QueryResult> {
  const fd = openSync(task.zkeyPath, "r+");
  try {
    const dataOffset = task.sectionOffset + sectionHeadBytes;
    let end = dataOffset + 4;
    const scalars = queryScalars(curve, task.r1csPath, task.shape, task.secrets, (chunk) => {
      writeSync(fd, chunk, 0, chunk.byteLength, end);
      end += chunk.byteLength;
    });
    const head = Buffer.alloc(sectionHeadBytes + 4);
    head.writeUInt32LE(coefficientSection, 0);
    head.writeBigUInt64LE(BigInt(end - dataOffset), 4);
    head.writeUInt32LE((end - dataOffset - 4) / coefficientBytes, sectionHeadBytes);
    writeSync(fd, head, 0, head.byteLength, task.sectionOffset);
    return { ...scalars, sectionEnd: end };
  } finally {
    closeSync(fd);
  }
}

/** Affine points scalar·G. */
export function multiplyGenerator(task: MultiplyTask): Uint8Array {
  const key = `${task.group} ${task.windowBits}`;
  const table = tables.get(key) ?? new FixedBaseTable(curve, task.group, task.windowBits);
  tables.set(key, table);
  const scalars = new Uint32Array(task.scalars, task.first * scalarWords * 4, task.count * scalarWords);
  return move(table.multiply(scalars, task.count)) as unknown as Uint8Array;
}

export interface CheckTask {
  readonly r1csPath: string;
  readonly zkeyPath: string;
  readonly shape: CircuitShape;
}

export function checkKey(task: CheckTask): Mismatch | null {
  return findMismatch(curve, task.zkeyPath, task.r1csPath, task.shape);
}
