import { keccak_256 } from "@noble/hashes/sha3.js";
import { type Address, getAddress, type Hex, isAddressEqual, recoverMessageAddress } from "viem";
import { type PrivateKey, type PublicKey, privateKeyFromSeed, publicKeyOf } from "../state/ledger/eddsa.ts";
import { fromBytes32, toBytes32 } from "../state/ledger/field.ts";
import { SdkError } from "./errors.ts";
import { fromHexBytes } from "./hex.ts";

/** What signs with the wallet's own key, EIP-191 `personal_sign`: a viem local account has this shape. */
export interface WalletSigner {
  readonly address: Address;
  readonly signMessage: (args: { message: string }) => Promise<Hex>;
}

/** The network that a ledger key is for. Another contract, or another chain, gives another key. */
export interface LedgerNetwork {
  readonly homeChainId: number;
  readonly homeContract: Address;
}

export interface LedgerKey {
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
  readonly l1Address: Address;
}

const SEED_LABEL = "NeuraChain ledger seed v1";
const SIGNATURE_SCALARS_BYTES = 64;
/** Order of secp256k1 (SEC 2, section 2.4.1). */
const SECP256K1_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/**
 * The text that the wallet signs. Every character of it is part of the key: changing one moves every user to another account.
 */
export const ledgerKeyMessage = (address: Address, network: LedgerNetwork): string =>
  [
    "NeuraChain ledger key, version 1",
    "",
    "Signing this message creates the key of your NeuraChain ledger account. It costs nothing and sends no transaction.",
    "Whoever has this signature can spend the account: sign this text only in a NeuraChain application that you trust, " +
      "and never give the signature away.",
    "",
    `Wallet: ${getAddress(address)}`,
    `Home chain: ${network.homeChainId}`,
    `Home contract: ${getAddress(network.homeContract)}`,
  ].join("\n");

/**
 * Derives the ledger key from one wallet signature, so that the wallet's own backup covers it.
 *
 * A signature by secp256k1 with a deterministic nonce (RFC 6979) is as hard to guess as the wallet's key. A wallet that draws its
 * nonce at random would give a new key each time and so lose the account: `signTwice` asks for a second signature and refuses such
 * a wallet. Use it before the first deposit to an account.
 */
export async function deriveLedgerKey(
  wallet: WalletSigner,
  network: LedgerNetwork,
  options: { readonly signTwice?: boolean } = {},
): Promise<LedgerKey> {
  const message = ledgerKeyMessage(wallet.address, network);
  const scalars = await signedScalars(wallet, message);
  if (options.signTwice) {
    const again = await signedScalars(wallet, message);
    if (again.some((byte, index) => byte !== scalars[index])) {
      throw new SdkError(
        "wallet-not-deterministic",
        "the wallet signed one message in two ways, so the ledger key could not be recovered: use another wallet",
      );
    }
  }
  const label = new TextEncoder().encode(SEED_LABEL);
  const seed = keccak_256(Uint8Array.from([...label, ...scalars]));
  const privateKey = privateKeyFromSeed(seed);
  return { privateKey, publicKey: publicKeyOf(privateKey), l1Address: getAddress(wallet.address) };
}

/**
 * r and s of the signature. Wallets disagree on how to write v, and some do not choose the lower of the two valid s: without v, and
 * with the lower s, the same key gives the same account in every wallet.
 */
async function signedScalars(wallet: WalletSigner, message: string): Promise<Uint8Array> {
  const signature = await wallet.signMessage({ message });
  const bytes = fromHexBytes(signature, "the wallet's signature");
  const signer =
    bytes.length === SIGNATURE_SCALARS_BYTES + 1
      ? await recoverMessageAddress({ message, signature }).catch(() => undefined)
      : undefined;
  if (signer === undefined || !isAddressEqual(signer, wallet.address)) {
    throw new SdkError(
      "wrong-wallet-signature",
      "the signature is not the wallet's own ECDSA signature: contract wallets cannot hold a ledger key",
      wallet.address,
      signer ?? `${bytes.length} bytes`,
    );
  }
  const s = fromBytes32(bytes, 32);
  const lowS = s > SECP256K1_ORDER / 2n ? SECP256K1_ORDER - s : s;
  return Uint8Array.from([...bytes.subarray(0, 32), ...toBytes32(lowS)]);
}
