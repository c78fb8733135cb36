import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Cell, EMPTY_CELL, encodeAccount, GENESIS_CELL_COUNT } from "../state/ledger/cells.ts";
import {
  type PrivateKey,
  type PublicKey,
  privateKeyFromSeed,
  publicKeyOf,
  sign,
} from "../state/ledger/eddsa.ts";
import { fromBytes32 } from "../state/ledger/field.ts";
import { isCreating, type OpParts, opWords, type SignedOp } from "../state/ledger/operation.ts";
import { messageOf, type TransitionContext } from "../state/ledger/transition.ts";

/** Whoever signs ledger operations in the bench. */
export interface LedgerActor {
  /** Cell of the account: accounts are opened in the order of the actors. */
  readonly id: number;
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
  readonly l1Address: bigint;
}

/** Above the fee of every kind. */
export const MAX_FEE_UNITS = 100_000_000n;
const L1_ADDRESS_BITS = 160;

const digest = (text: string): Uint8Array => keccak_256(new TextEncoder().encode(text));

/** The same actors in every process and every run. */
export function ledgerActors(count: number): LedgerActor[] {
  return Array.from({ length: count }, (_, i) => {
    const privateKey = privateKeyFromSeed(digest(`NeuraChain bench actor ${i}`));
    return {
      id: GENESIS_CELL_COUNT + i,
      privateKey,
      publicKey: publicKeyOf(privateKey),
      l1Address: BigInt.asUintN(L1_ADDRESS_BITS, fromBytes32(digest(`NeuraChain bench L1 address ${i}`))),
    };
  });
}

/** Cells of the actors as far as signatures look at them: their identities. */
export function identityReader(actors: readonly LedgerActor[]): (id: number) => Cell {
  const cells = new Map(
    actors.map(({ id, publicKey, l1Address }) => {
      const identity = { l1Address, pubX: publicKey.x, pubY: publicKey.y };
      return [id, encodeAccount({ nonce: 0n, balance: 0n, ...identity })];
    }),
  );
  return (id) => cells.get(id) ?? EMPTY_CELL;
}

export type SigningContext = Pick<TransitionContext, "domain" | "capacity" | "read">;

export function signOperation(
  { id, privateKey }: LedgerActor,
  parts: Omit<OpParts, "sender">,
  terms: { readonly nonce: bigint; readonly validUntil: bigint },
  context: SigningContext,
): SignedOp {
  const { object = 0, ...rest } = parts;
  const words = opWords({ ...rest, sender: id, object: isCreating(parts.kind) ? 0 : object });
  const authorization = { ...terms, maxFeeUnits: MAX_FEE_UNITS };
  const signature = sign(privateKey, messageOf(words, authorization, context));
  return { words, authorization: { ...authorization, signature } };
}
