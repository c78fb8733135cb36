/** The verification key that a deployed verifier contract holds. */
import { type Address, getContractAddress, hexToBigInt, size, sliceHex } from "viem";
import type { L1Reader } from "./l1-reader.ts";
import { type VerificationKeyPoints, verifierKeyWords } from "./verifier-key.ts";

const WORD_BYTES = 32;

/** Proofs with the local key would not be accepted by the contract. */
export class DeployedKeyError extends Error {
  override readonly name = "DeployedKeyError";
  readonly code = "DEPLOYED_KEY_DIFFERS";
  constructor(
    readonly circuit: string,
    readonly verifier: Address,
    readonly option: string,
    readonly reason: string,
  ) {
    super(
      `the ${circuit} verifier at ${verifier} ${reason}; give the key that the contracts were deployed with: ${option} FILE`,
    );
  }
}

/** Throws a {@link DeployedKeyError} unless the verifier holds exactly this key. */
export async function demandDeployedKey(
  reader: L1Reader,
  verifier: Address,
  key: VerificationKeyPoints,
  names: { readonly circuit: string; readonly option: string },
): Promise<void> {
  const differs = (reason: string) => new DeployedKeyError(names.circuit, verifier, names.option, reason);
  // The verifier keeps the key as the code of the one contract that it creates, behind a STOP byte.
  const holder = getContractAddress({ from: verifier, nonce: 1n });
  const code = await reader.ask(`reading the key of verifier ${verifier}`, (client) =>
    client.getCode({ address: holder }),
  );
  if (code === undefined) throw differs("holds no key where this software's verifier keeps it");
  const expected = verifierKeyWords(key);
  const words = (size(code) - 1) / WORD_BYTES;
  if (words !== expected.length)
    throw differs(`has a key of ${words} words, the local one has ${expected.length}`);
  const isSame = expected.every((word, i) => {
    const start = 1 + i * WORD_BYTES;
    return hexToBigInt(sliceHex(code, start, start + WORD_BYTES)) === word;
  });
  if (!isSame) throw differs("holds another key than the local one");
}
