import { createHash } from "node:crypto";
import { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { create as createDigest } from "multiformats/hashes/digest";
import { type Database, keySpace } from "../database.ts";
import { fromBytes32, toBytes32 } from "../ledger/field.ts";
import { CURSORS } from "./records.ts";

/** Multicodec of SHA2-256. */
const SHA2_256 = 0x12;
const CONTENT = keySpace("content");
const STORED_BYTES = "content-bytes";
/** A content element is a digest without its lowest byte. */
const ELEMENT_BYTES = 31;

export interface ContentLimits {
  readonly maxItemBytes: number;
  readonly maxTotalBytes: number;
}

export interface ContentAddress {
  /** CIDv1, raw, SHA2-256. */
  readonly cid: string;
  /** The digest's first 31 bytes as a number: what manifests and task contents commit to. */
  readonly content: bigint;
}

export class ContentTooLargeError extends Error {
  readonly code = "content-too-large";
  constructor(
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`the content does not fit: ${expected}, got ${actual}`);
  }
}

/** Names some bytes by their hash. */
export function contentAddressOf(bytes: Uint8Array): ContentAddress {
  const hash = createHash("sha256").update(bytes).digest();
  const cid = CID.createV1(raw.code, createDigest(SHA2_256, hash)).toString();
  return { cid, content: fromBytes32(hash) >> 8n };
}

/** The content element of a CID. Throws if it is not a CIDv1 of raw bytes hashed with SHA2-256. */
export function contentOfCid(text: string): bigint {
  const { multihash } = CID.parse(text);
  if (multihash.code !== SHA2_256) throw new TypeError(`the CID ${text} is not one of SHA2-256`);
  return fromBytes32(multihash.digest) >> 8n;
}

/** Manifests, inputs, results and models by content address, in the node's database, size-limited. */
export class ContentStore {
  readonly #database: Database;
  readonly #limits: ContentLimits;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(database: Database, limits: ContentLimits) {
    this.#database = database;
    this.#limits = limits;
  }

  get(content: bigint): Uint8Array | undefined {
    return this.#database.get(CONTENT, keyOf(content));
  }

  /** Stores bytes durably. Storing the same bytes again changes nothing. */
  async put(bytes: Uint8Array): Promise<ContentAddress> {
    const { maxItemBytes } = this.#limits;
    if (bytes.length > maxItemBytes) {
      throw new ContentTooLargeError(`at most ${maxItemBytes} bytes per item`, `${bytes.length} bytes`);
    }
    const address = contentAddressOf(bytes);
    const write = this.#writing.then(() => this.#write(keyOf(address.content), bytes));
    this.#writing = write.catch(() => undefined);
    await write;
    return address;
  }

  async #write(key: Uint8Array, bytes: Uint8Array): Promise<void> {
    if (this.#database.has(CONTENT, key)) return;
    const { maxTotalBytes } = this.#limits;
    const total = (CURSORS.get(this.#database, STORED_BYTES) ?? 0) + bytes.length;
    if (total > maxTotalBytes) {
      throw new ContentTooLargeError(`at most ${maxTotalBytes} bytes in this node's store`, `${total} bytes`);
    }
    await this.#database.write([{ space: CONTENT, key, value: bytes }, CURSORS.put(STORED_BYTES, total)]);
  }
}

const keyOf = (content: bigint): Uint8Array => toBytes32(content).subarray(32 - ELEMENT_BYTES);
