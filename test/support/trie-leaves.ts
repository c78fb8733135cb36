import { RLP } from "@ethereumjs/rlp";

type TrieItem = Uint8Array | TrieItem[];

/** Hashed keys and values of a trie. What `read` does not give is left out. */
export function* trieLeaves(
  root: Uint8Array,
  read: (hash: Uint8Array) => Uint8Array | undefined,
): Generator<readonly [Uint8Array, Uint8Array]> {
  const waiting: (readonly [path: string, item: TrieItem])[] = [["", root]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [path, item] = next;
    const encoded = Array.isArray(item) ? undefined : read(item);
    if (!Array.isArray(item) && encoded === undefined) continue;
    const node = Array.isArray(item) ? item : (RLP.decode(encoded as Uint8Array) as TrieItem[]);
    if (node.length === 17) {
      for (const [nibble, child] of node.slice(0, 16).entries())
        if (child.length > 0) waiting.push([path + nibble.toString(16), child]);
      continue;
    }
    const prefix = Buffer.from(node[0] as Uint8Array).toString("hex");
    const flag = Number.parseInt(prefix[0] as string, 16);
    const below = path + prefix.slice(flag % 2 === 1 ? 1 : 2);
    if (flag >= 2) yield [Buffer.from(below, "hex"), node[1] as Uint8Array];
    else waiting.push([below, node[1] as TrieItem]);
  }
}
