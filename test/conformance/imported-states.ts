import { RLP } from "@ethereumjs/rlp";
import { keySpace, type Write } from "../../state/database.ts";
import { trieLeaves } from "../support/trie-leaves.ts";

const nodes = keySpace("trie-node");
const codes = keySpace("contract-code");
/** Owner of the accounts' trie. */
const nobody = new Uint8Array(32);
/** Number of the block that has written a node. */
const stamp = new Uint8Array(6);
const codePrefix = Buffer.from("c").toString("hex");

/** The nodes of all states under their owners, as the lane has them, and all code. The package keeps both under hashes alone. */
export function stateWrites(
  collected: ReadonlyMap<string, Uint8Array>,
  roots: readonly Uint8Array[],
): Write[] {
  const writes = new Map<string, Write>();
  const add = (hash: Uint8Array, owner: Uint8Array = nobody): Uint8Array | undefined => {
    const node = collected.get(Buffer.from(hash).toString("hex"));
    const key = Buffer.concat([owner, hash]);
    if (node === undefined || writes.has(key.toString("hex"))) return undefined;
    writes.set(key.toString("hex"), { space: nodes, key, value: Buffer.concat([stamp, node]) });
    return node;
  };
  for (const root of roots) {
    for (const [addressHash, account] of trieLeaves(root, (hash) => add(hash))) {
      const storageRoot = (RLP.decode(account) as Uint8Array[])[2] as Uint8Array;
      for (const _ of trieLeaves(storageRoot, (hash) => add(hash, addressHash)));
    }
  }
  for (const [key, code] of collected) {
    if (key.length !== 66 || !key.startsWith(codePrefix)) continue;
    writes.set(key, { space: codes, key: Buffer.from(key.slice(2), "hex"), value: code });
  }
  return [...writes.values()];
}
