import {
  Account,
  bigIntToBytes,
  bigIntToUnpaddedBytes,
  concatBytes,
  eoaCode7702RecoverAuthority,
  hexToBytes,
  MAX_UINT64,
  SECP256K1_ORDER_DIV_2,
  setLengthLeft,
} from "@ethereumjs/util";
import type { ChainRules } from "./chain-rules.ts";
import type { Scratch } from "./scratch.ts";
import type { Authorization } from "./types.ts";

/** EIP-7702 in simulations: what a transaction's authorizations change before it runs. */

/** Charged for every tuple (PER_EMPTY_ACCOUNT_COST). */
export const authorizationGas = 25_000n;
/** Given back when the authority exists already: PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST. */
const existingAuthorityRefund = 12_500n;
const delegationPrefix = Uint8Array.of(0xef, 0x01, 0x00);

/** Applies the valid tuples, skips the others as the EIP wants it, and returns the refund. */
export async function applyAuthorizations(
  scratch: Scratch,
  authorizations: readonly Authorization[],
  rules: ChainRules,
): Promise<bigint> {
  let refund = 0n;
  for (const authorization of authorizations) {
    if (authorization.chainId !== 0n && authorization.chainId !== rules.chainId()) continue;
    refund += await delegate(scratch, authorization);
  }
  return refund;
}

async function delegate({ evm, state }: Scratch, authorization: Authorization): Promise<bigint> {
  if (authorization.nonce >= MAX_UINT64 || authorization.s > SECP256K1_ORDER_DIV_2) return 0n;
  const authority = recoverAuthority(authorization);
  if (authority === undefined) return 0n;
  evm.journal.addAlwaysWarmAddress(authority.toString());
  const known = await state.getAccount(authority);
  const code = await state.getCode(authority);
  const isContract = code.length > 0 && !delegationPrefix.every((byte, index) => code[index] === byte);
  if (isContract || (known?.nonce ?? 0n) !== authorization.nonce) return 0n;
  const account = known ?? new Account();
  account.nonce += 1n;
  await state.putAccount(authority, account);
  const isRevocation = BigInt(authorization.address) === 0n;
  const delegation = concatBytes(delegationPrefix, hexToBytes(authorization.address));
  await state.putCode(authority, isRevocation ? new Uint8Array(0) : delegation);
  return known === undefined ? 0n : existingAuthorityRefund;
}

function recoverAuthority({ chainId, address, nonce, yParity, r, s }: Authorization) {
  const word = (value: bigint) => setLengthLeft(bigIntToBytes(value), 32);
  try {
    return eoaCode7702RecoverAuthority([
      bigIntToUnpaddedBytes(chainId),
      hexToBytes(address),
      bigIntToUnpaddedBytes(nonce),
      bigIntToUnpaddedBytes(yParity),
      word(r),
      word(s),
    ]);
  } catch {
    return undefined; // an invalid signature makes the tuple void, not the transaction
  }
}
