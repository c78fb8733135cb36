import { poseidon } from "../state/ledger/poseidon.ts";
import { SdkError } from "./errors.ts";
import { toWord } from "./hex.ts";
import type { LedgerProof } from "./types.ts";

const ARITY = 8;

/**
 * Checks that the cell has these fields under `root`, which the caller has read from a settlement contract. Nothing that the node
 * says is relied on. Throws an SdkError "wrong-proof".
 */
export function demandMembership(proof: LedgerProof, root: bigint, levels: number): void {
  if (proof.path.length !== levels) {
    throw new SdkError(
      "wrong-proof",
      "the path has another length than the tree",
      String(levels),
      String(proof.path.length),
    );
  }
  const isEmpty = proof.fields.every((field) => field === 0n);
  let hash = isEmpty ? 0n : poseidon(proof.fields);
  let index = proof.id;
  for (const [level, children] of proof.path.entries()) {
    const actual = children.length === ARITY ? children[index % ARITY] : undefined;
    if (actual !== hash) {
      throw new SdkError(
        "wrong-proof",
        `the path does not contain the cell at level ${level}`,
        toWord(hash),
        actual === undefined ? `${children.length} children` : toWord(actual),
      );
    }
    hash = poseidon(children);
    index = Math.floor(index / ARITY);
  }
  if (index !== 0)
    throw new SdkError(
      "wrong-proof",
      "the tree has no such cell",
      `below ${ARITY ** levels}`,
      String(proof.id),
    );
  if (hash !== root) {
    throw new SdkError(
      "wrong-proof",
      "the path leads to another root than the contract's",
      toWord(root),
      toWord(hash),
    );
  }
}
