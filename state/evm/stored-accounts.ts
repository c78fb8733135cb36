import { RLP } from "@ethereumjs/rlp";
import { KECCAK256_RLP } from "@ethereumjs/util";
import type { Database } from "../database.ts";
import { storedAccountNode } from "./trie-nodes.ts";

type Rlp = Uint8Array | Rlp[];

/** A node that a state root promises is not in the database. */
export class StateDamagedError extends Error {
  readonly code = "STATE_DAMAGED";
  constructor(readonly hash: string) {
    super(
      `the state's node ${hash} is missing: the database is damaged; restore it, or start with an empty one`,
    );
  }
}

/** The RLP of every account of a stored state, in no useful order. Throws a StateDamagedError. */
export function* storedAccounts(database: Database, stateRoot: Uint8Array): Generator<Uint8Array> {
  const waiting: Rlp[] = [stateRoot];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = Array.isArray(next) ? next : storedNode(database, next);
    const isBranch = node.length === 17;
    const isLeaf = node.length === 2 && ((node[0] as Uint8Array)[0] as number) >= 0x20; // hex-prefix terminator flag
    if (isLeaf) yield node[1] as Uint8Array;
    else
      for (const child of isBranch ? node.slice(0, 16) : node.slice(1))
        if (child.length > 0) waiting.push(child);
  }
}

function storedNode(database: Database, hash: Uint8Array): Rlp[] {
  if (Buffer.from(hash).equals(KECCAK256_RLP)) return [];
  const node = storedAccountNode(database, hash);
  if (node === undefined) throw new StateDamagedError(Buffer.from(hash).toString("hex"));
  return RLP.decode(node) as Rlp[];
}
