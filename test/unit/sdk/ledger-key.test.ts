import { hexToBytes, toHex } from "viem";
import { describe, expect, it } from "vitest";
import { deriveLedgerKey, ledgerKeyMessage, type WalletSigner } from "../../../sdk/index.ts";
import { walletOf } from "./wallets.ts";

const network = {
  homeChainId: 11155111,
  homeContract: "0x00000000000000000000000000000000000c0DE1",
} as const;
const wallet = walletOf(5);

const signedOtherwise = (change: (signature: Uint8Array) => Uint8Array): WalletSigner => ({
  address: wallet.address,
  signMessage: async ({ message }) => toHex(change(hexToBytes(await wallet.signMessage({ message })))),
});

describe("deriveLedgerKey", () => {
  it("signs exactly this text", () => {
    expect(ledgerKeyMessage(wallet.address, network)).toBe(
      "NeuraChain ledger key, version 1\n\n" +
        "Signing this message creates the key of your NeuraChain ledger account. It costs nothing and sends no transaction.\n" +
        "Whoever has this signature can spend the account: sign this text only in a NeuraChain application that you trust, " +
        "and never give the signature away.\n\n" +
        "Wallet: 0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc\n" +
        "Home chain: 11155111\n" +
        "Home contract: 0x00000000000000000000000000000000000c0dE1",
    );
  });

  it("gives the golden key of a wallet and a network", async () => {
    const { publicKey, l1Address } = await deriveLedgerKey(wallet, network);
    expect(l1Address).toBe(wallet.address);
    expect(publicKey).toEqual({
      x: 1083093132351646111081693114519080331312400792759543231129574391157815313024n,
      y: 6206986659818355451210633515766003031609051642393787766676476728392305586147n,
    });
  });

  it("gives another key for another wallet, chain or contract", async () => {
    const keys = await Promise.all([
      deriveLedgerKey(wallet, network),
      deriveLedgerKey(walletOf(6), network),
      deriveLedgerKey(wallet, { ...network, homeChainId: 1 }),
      deriveLedgerKey(wallet, { ...network, homeContract: "0x00000000000000000000000000000000000c0DE2" }),
    ]);
    expect(new Set(keys.map(({ publicKey }) => publicKey.x)).size).toBe(4);
  });

  it("does not depend on how the wallet writes v", async () => {
    const other = signedOtherwise((signature) => signature.with(64, (signature[64] as number) - 27));
    expect(await deriveLedgerKey(other, network)).toEqual(await deriveLedgerKey(wallet, network));
  });

  it("does not depend on which of the two valid s the wallet gives", async () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const highS = signedOtherwise((signature) => {
      const s = order - BigInt(toHex(signature.subarray(32, 64)));
      const v = signature[64] === 27 ? 28 : 27;
      return Uint8Array.from([...signature.subarray(0, 32), ...hexToBytes(toHex(s, { size: 32 })), v]);
    });
    expect(await deriveLedgerKey(highS, network)).toEqual(await deriveLedgerKey(wallet, network));
  });

  it("refuses a signature that is not the wallet's", async () => {
    const stranger = { address: wallet.address, signMessage: walletOf(6).signMessage };
    await expect(deriveLedgerKey(stranger, network)).rejects.toMatchObject({
      code: "wrong-wallet-signature",
    });
    const contract = signedOtherwise((signature) => Uint8Array.from([...signature, 1, 2, 3]));
    await expect(deriveLedgerKey(contract, network)).rejects.toMatchObject({
      code: "wrong-wallet-signature",
    });
  });

  it("refuses a wallet that signs one message in two ways, when asked to sign twice", async () => {
    // Two signatures by the same wallet over the same text: RFC 6979, and the same with extra entropy.
    const { secp256k1 } = await import("@noble/curves/secp256k1.js");
    const { hashMessage } = await import("viem");
    const secret = wallet.getHdKey().privateKey as Uint8Array;
    const random: WalletSigner = {
      address: wallet.address,
      signMessage: async ({ message }) => {
        const options = { prehash: false, format: "recovered", extraEntropy: true } as const;
        const signature = secp256k1.sign(hexToBytes(hashMessage(message)), secret, options);
        return toHex(Uint8Array.from([...signature.subarray(1), 27 + (signature[0] as number)]));
      },
    };
    await expect(deriveLedgerKey(random, network, { signTwice: true })).rejects.toMatchObject({
      code: "wallet-not-deterministic",
    });
    await expect(deriveLedgerKey(wallet, network, { signTwice: true })).resolves.toBeDefined();
  });
});
