import { afterEach, beforeEach, expect, it } from "vitest";
import { Database } from "../../../state/database.ts";
import {
  ContentStore,
  ContentTooLargeError,
  contentAddressOf,
  contentOfCid,
} from "../../../state/store/content-store.ts";
import { temporaryDirectory } from "../evm/lane-fixture.ts";

const limits = { maxItemBytes: 10, maxTotalBytes: 25 };
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

let directory: { path: string; remove: () => Promise<void> };
let database: Database;
let store: ContentStore;

beforeEach(async () => {
  directory = await temporaryDirectory();
  database = await Database.open(directory.path);
  store = new ContentStore(database, limits);
});

afterEach(async () => {
  await database.close();
  await directory.remove();
});

it("names content by the CID of its SHA-256, and by the digest's first 31 bytes", () => {
  const { cid, content } = contentAddressOf(new TextEncoder().encode("hello world"));
  expect(cid).toBe("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e");
  expect(content).toBe(0xb94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcdn);
  expect(contentOfCid(cid)).toBe(content);
});

it("refuses CIDs of other hashes", () => {
  expect(() => contentOfCid("bafkqaaa")).toThrow(/not one of SHA2-256/);
});

it("gives back what was put, after a restart too, and nothing else", async () => {
  const { content } = await store.put(bytes(5, 1));
  await database.close();
  database = await Database.open(directory.path);
  store = new ContentStore(database, limits);
  expect(Uint8Array.from(store.get(content) ?? [])).toEqual(bytes(5, 1));
  expect(store.get(content + 1n)).toBeUndefined();
});

it("takes an item of the largest size and none above it", async () => {
  await store.put(bytes(10, 1));
  await expect(store.put(bytes(11, 1))).rejects.toMatchObject({
    code: "content-too-large",
    expected: "at most 10 bytes per item",
    actual: "11 bytes",
  });
});

it("counts all items together, also those that are put at the same time, and each of them once", async () => {
  const puts = [1, 2, 3].map((value) => store.put(bytes(10, value)));
  const results = await Promise.allSettled(puts);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  await store.put(bytes(10, 1));
  await store.put(bytes(5, 4));
  await expect(store.put(bytes(1, 5))).rejects.toThrow(ContentTooLargeError);
});
