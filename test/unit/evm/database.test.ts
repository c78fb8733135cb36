import { afterEach, beforeEach, expect, it } from "vitest";
import {
  Database,
  DatabaseClosedError,
  DatabaseOpenError,
  keySpace,
  numberKey,
  Overlay,
} from "../../../state/database.ts";
import { temporaryDirectory } from "./lane-fixture.ts";

const cells = keySpace("cell");
const others = keySpace("cell-index");
const one = Uint8Array.of(1);

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: Database;
beforeEach(async () => {
  directory = await temporaryDirectory();
  database = await Database.open(directory.path);
});
afterEach(async () => {
  await database.close();
  await directory.remove();
});

it("keeps key spaces apart although one name begins with the other", async () => {
  await database.write([
    { space: cells, key: numberKey(2), value: one },
    { space: others, key: numberKey(3), value: one },
    { space: cells, key: numberKey(10), value: one },
  ]);
  const keys: Uint8Array[] = [];
  for await (const [key] of database.range(cells)) keys.push(key);
  expect(keys.map((key) => Buffer.from(key).readBigUInt64BE())).toEqual([2n, 10n]);
  expect(database.get(others, numberKey(2))).toBeUndefined();
});

it("iterates backwards, between bounds and up to a limit", async () => {
  await database.write([1, 2, 3, 4].map((number) => ({ space: cells, key: numberKey(number), value: one })));
  const found: bigint[] = [];
  for await (const [key] of database.range(cells, { lt: numberKey(4), reverse: true, limit: 2 })) {
    found.push(Buffer.from(key).readBigUInt64BE());
  }
  expect(found).toEqual([3n, 2n]);
});

it("refuses names that could run into another space", () => {
  expect(() => keySpace("a:b")).toThrow(RangeError);
});

it("an overlay shows its writes to its own readers only, until it commits them with the extra ones", async () => {
  const overlay = new Overlay(database);
  await database.write([{ space: cells, key: numberKey(1), value: one }]);
  overlay.put(cells, numberKey(2), one);
  overlay.del(cells, numberKey(1));
  expect(overlay.get(cells, numberKey(1))).toBeUndefined();
  expect(database.get(cells, numberKey(1))?.at(0)).toBe(1);
  expect(database.get(cells, numberKey(2))).toBeUndefined();
  await overlay.commit([{ space: others, key: numberKey(7), value: one }]);
  expect(database.get(cells, numberKey(1))).toBeUndefined();
  expect(database.get(cells, numberKey(2))?.at(0)).toBe(1);
  expect(database.get(others, numberKey(7))?.at(0)).toBe(1);
});

it("an overlay that is discarded leaves nothing", async () => {
  const overlay = new Overlay(database);
  overlay.put(cells, numberKey(2), one);
  overlay.discard();
  await overlay.commit();
  expect(database.get(cells, numberKey(2))).toBeUndefined();
});

it("says so when it is in use elsewhere or closed", async () => {
  await expect(Database.open(directory.path)).rejects.toBeInstanceOf(DatabaseOpenError);
  await database.close();
  expect(() => database.get(cells, one)).toThrow(DatabaseClosedError);
});
