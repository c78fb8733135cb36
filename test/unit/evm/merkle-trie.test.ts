import { createMerkleProof, MerklePatriciaTrie } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { KECCAK256_RLP } from "@ethereumjs/util";
import { describe, expect, it } from "vitest";
import { keccak256 } from "../../../state/evm/chain-rules.ts";
import {
  MissingNodeError,
  proofOf,
  readTrie,
  type TrieChange,
  updateTrie,
} from "../../../state/evm/merkle-trie.ts";
import { SeededRandom } from "../../support/seeded-random.ts";

class FakeNodes {
  readonly stored = new Map<string, Uint8Array>();
  readonly #id = (hash: Uint8Array) => Buffer.from(hash).toString("hex");
  get = (hash: Uint8Array) => this.stored.get(this.#id(hash));
  put = (hash: Uint8Array, node: Uint8Array) => {
    expect(keccak256(node)).toEqual(Uint8Array.from(hash));
    this.stored.set(this.#id(hash), node);
  };
  readonly dropped = new Set<string>();
  drop = (hash: Uint8Array) => {
    this.dropped.add(this.#id(hash));
  };
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Of the nodes that are stored by themselves. */
function hashesUnder(nodes: FakeNodes, root: Uint8Array): Set<string> {
  const hashes = new Set<string>();
  const visit = (item: unknown): void => {
    if (Array.isArray(item)) for (const each of item) visit(each);
    else if (item instanceof Uint8Array && item.length === 32 && nodes.stored.has(hex(item))) {
      hashes.add(hex(item));
      visit(RLP.decode(nodes.get(item) as Uint8Array));
    }
  };
  visit(root);
  return hashes;
}

/** Applies the changes with the trie package, one by one. */
async function byPackage(trie: MerklePatriciaTrie, changes: readonly TrieChange[]): Promise<string> {
  for (const { key, value } of changes) {
    if (value === undefined) await trie.del(key);
    else await trie.put(key, value);
  }
  return hex(trie.root());
}

/** Keys that share beginnings of every length, so that branches, extensions and embedded nodes come and go. */
function someKey(random: SeededRandom, bytes: number): Uint8Array {
  const key = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) key[i] = random.chance(2, 3) ? random.below(3) * 17 : random.below(256);
  return key;
}

describe("an update of many keys", () => {
  it.each([
    { seed: 1, keyBytes: 2, valueBytes: 1 },
    { seed: 2, keyBytes: 3, valueBytes: 2 },
    { seed: 3, keyBytes: 4, valueBytes: 40 },
    { seed: 4, keyBytes: 32, valueBytes: 70 },
    { seed: 5, keyBytes: 8, valueBytes: 8 },
  ])("gives the root that the trie package gives: %o", async ({ seed, keyBytes, valueBytes }) => {
    const random = new SeededRandom(seed);
    const nodes = new FakeNodes();
    const trie = new MerklePatriciaTrie();
    const known: Uint8Array[] = [];
    let root: Uint8Array = KECCAK256_RLP;
    for (let round = 0; round < 120; round++) {
      const deletes = random.chance(1, 3) ? 3 : 1;
      const changes = Array.from({ length: 1 + random.below(12) }, (): TrieChange => {
        const isKnown = known.length > 0 && random.chance(1, 2);
        const key = isKnown ? random.pick(known) : someKey(random, keyBytes);
        known.push(key);
        const value = new Uint8Array(1 + random.below(valueBytes)).fill(1 + random.below(255));
        return { key, value: random.chance(deletes, 4) ? undefined : value };
      });
      root = updateTrie(nodes, root, changes);
      expect(hex(root), `round ${round}`).toBe(await byPackage(trie, changes));
      for (const key of [random.pick(known), someKey(random, keyBytes)]) {
        expect(readTrie(nodes, root, key) ?? null).toEqual(await trie.get(key));
      }
    }
    const all = known.map((key) => ({ key, value: undefined }));
    expect(hex(updateTrie(nodes, root, all))).toBe(hex(KECCAK256_RLP));
  });

  it("stores every node of the new trie, and of the old one keeps all", async () => {
    const nodes = new FakeNodes();
    const random = new SeededRandom(9);
    const changes = Array.from({ length: 300 }, () => ({
      key: keccak256(someKey(random, 4)),
      value: someKey(random, 60),
    }));
    const before = updateTrie(nodes, KECCAK256_RLP, changes);
    const after = updateTrie(
      nodes,
      before,
      changes.slice(0, 40).map(({ key }) => ({ key, value: Uint8Array.of(7) })),
    );
    const reachable = (bytes: Uint8Array): number => {
      const visit = (item: unknown): number => {
        if (Array.isArray(item)) return item.reduce<number>((sum, each) => sum + visit(each), 0);
        const child = item instanceof Uint8Array && item.length === 32 ? nodes.get(item) : undefined;
        return child === undefined ? 0 : reachable(child);
      };
      return 1 + visit(RLP.decode(bytes));
    };
    const keys = new Set(changes.map(({ key }) => hex(key))).size;
    for (const root of [before, after]) {
      const bytes = nodes.get(root);
      expect(bytes).toBeDefined();
      expect(reachable(bytes as Uint8Array)).toBeGreaterThan(keys);
    }
  });

  it.each([
    { seed: 21, keyBytes: 32, valueBytes: 70 },
    { seed: 22, keyBytes: 6, valueBytes: 3 },
    { seed: 23, keyBytes: 7, valueBytes: 40 },
  ])("drops exactly the nodes of the old trie that the new one does not have: %o", (parameters) => {
    const { seed, keyBytes, valueBytes } = parameters;
    const random = new SeededRandom(seed);
    const nodes = new FakeNodes();
    const keys = Array.from({ length: 150 }, (_, i) =>
      keccak256(Uint8Array.of(i, seed)).subarray(0, keyBytes),
    );
    let root: Uint8Array = KECCAK256_RLP;
    let before = new Set<string>();
    for (let round = 0; round < 150; round++) {
      const deletes = round % 40 < 20 ? 1 : 3;
      root = updateTrie(
        nodes,
        root,
        Array.from({ length: 1 + random.below(20) }, () => {
          // Few values, so that leaves and whole tries come back.
          const value = new Uint8Array(valueBytes).fill(1 + random.below(2));
          return { key: random.pick(keys), value: random.chance(deletes, 4) ? undefined : value };
        }),
      );
      const after = hashesUnder(nodes, root);
      expect(nodes.dropped).toEqual(new Set([...before].filter((hash) => !after.has(hash))));
      nodes.dropped.clear();
      before = after;
    }
    updateTrie(
      nodes,
      root,
      keys.map((key) => ({ key, value: undefined })),
    );
    expect(nodes.dropped).toEqual(before);
  });

  it("proves what is there, and what is not, as the trie package does", async () => {
    const nodes = new FakeNodes();
    const trie = new MerklePatriciaTrie();
    const changes = Array.from({ length: 100 }, (_, i) => ({
      key: keccak256(Uint8Array.of(i)),
      value: new Uint8Array(40).fill(i + 1),
    }));
    const root = updateTrie(nodes, KECCAK256_RLP, changes);
    expect(await byPackage(trie, changes)).toBe(hex(root));
    for (let i = 90; i < 110; i++) {
      const key = keccak256(Uint8Array.of(i));
      expect(proofOf(nodes, root, key).map(hex)).toEqual((await createMerkleProof(trie, key)).map(hex));
    }
    expect(proofOf(nodes, KECCAK256_RLP, root)).toEqual([]);
    nodes.stored.delete(hex(root));
    expect(() => proofOf(nodes, root, root)).toThrow(MissingNodeError);
  });

  it("writes each node once: of a shared path nothing that is not in the new trie", () => {
    const nodes = new FakeNodes();
    const changes = Array.from({ length: 200 }, (_, i) => ({
      key: keccak256(Uint8Array.of(i)),
      value: new Uint8Array(50).fill(i + 1),
    }));
    updateTrie(nodes, KECCAK256_RLP, changes);
    const oneByOne = new FakeNodes();
    let root: Uint8Array = KECCAK256_RLP;
    for (const change of changes) root = updateTrie(oneByOne, root, [change]);
    expect(nodes.stored.size).toBeLessThan(300);
    expect(oneByOne.stored.size).toBeGreaterThan(600);
    expect(nodes.get(root)).toBeDefined();
  });

  it("takes the last value of a key that is named twice", () => {
    const nodes = new FakeNodes();
    const key = Uint8Array.of(1, 2);
    const twice = [
      { key, value: Uint8Array.of(1) },
      { key, value: Uint8Array.of(2) },
    ];
    expect(hex(updateTrie(nodes, KECCAK256_RLP, twice))).toBe(
      hex(updateTrie(nodes, KECCAK256_RLP, [{ key, value: Uint8Array.of(2) }])),
    );
  });

  it("says which node a damaged database lacks", () => {
    const gone = keccak256(Uint8Array.of(1));
    const change = { key: Uint8Array.of(1), value: Uint8Array.of(1) };
    expect(() => updateTrie(new FakeNodes(), gone, [change])).toThrow(MissingNodeError);
    expect(() => updateTrie(new FakeNodes(), gone, [change])).toThrow(hex(gone));
    expect(() => readTrie(new FakeNodes(), gone, change.key)).toThrow(MissingNodeError);
  });

  it("refuses a key that is the beginning of another one", () => {
    const changes = [
      { key: Uint8Array.of(1), value: Uint8Array.of(1) },
      { key: Uint8Array.of(1, 2), value: Uint8Array.of(1) },
    ];
    expect(() => updateTrie(new FakeNodes(), KECCAK256_RLP, changes)).toThrow(RangeError);
  });
});
