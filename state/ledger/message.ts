import { HEAD, isCreating, type OpFields, type OpWords } from "./operation.ts";
import { layout, pack, part } from "./packing.ts";
import { poseidon } from "./poseidon.ts";

export const AUTH = layout([
  ["nonce", 32],
  ["validUntil", 40],
]);

/** The immutable identities of the cells that a signed op names; 0 where it names none (docs/LEDGER.md, section 4). */
export interface NamedIdentities {
  /** The sender's l1Address. */
  readonly sender: bigint;
  readonly object: bigint;
  /** What more it takes to know them: a task's money, an account's pubX (anyone may open an account with an l1Address), a model's manifest. */
  readonly detail: bigint;
  readonly party: bigint;
  readonly partyKey: bigint;
  readonly model: bigint;
}

export interface SignedTerms {
  readonly nonce: bigint;
  readonly maxFeeUnits: bigint;
  readonly validUntil: bigint;
}

/** The field element that the author signs. `fee`, and `object` of a creating kind, are the sequencer's and not signed. */
export function signedMessage(
  domain: bigint,
  words: OpWords,
  op: OpFields,
  terms: SignedTerms,
  named: NamedIdentities,
): bigint {
  const head = pack(HEAD, {
    kind: BigInt(op.code),
    sender: BigInt(op.sender),
    object: isCreating(op.kind) ? 0n : BigInt(op.object),
    fee: terms.maxFeeUnits,
    amount: op.amountUnits,
    param: part(HEAD, words[0], "param"),
  });
  const auth = pack(AUTH, { nonce: terms.nonce, validUntil: terms.validUntil });
  return poseidon([
    domain,
    head,
    auth,
    op.w1,
    op.w2,
    op.w3,
    named.sender,
    named.object,
    named.detail,
    named.party,
    named.partyKey,
    named.model,
  ]);
}
