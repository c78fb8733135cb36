import { bytesToHex, hexToBytes, publicToAddress } from "@ethereumjs/util";
import { hashMessage, parseSignature } from "viem";
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecoveryThreads } from "../../../sequencer/mempool/recovery-threads.ts";
import type { KeyRecovery } from "../../../state/evm/key-recovery.ts";

let threads: RecoveryThreads;

beforeEach(() => {
  threads = new RecoveryThreads(1);
});
afterEach(() => threads.close());

async function signatureOf(account: PrivateKeyAccount, message: string): Promise<KeyRecovery> {
  const { r, s, yParity } = parseSignature(await account.signMessage({ message }));
  const digest = hexToBytes(hashMessage(message));
  return { digest, v: BigInt(yParity), r: hexToBytes(r), s: hexToBytes(s), chainId: undefined };
}

const addressOf = async (signature: KeyRecovery): Promise<string | undefined> => {
  const key = await threads.recover(signature);
  return key && bytesToHex(publicToAddress(key));
};

describe("threads that recover keys", () => {
  it("answer each of many at once with its own key", async () => {
    const accounts = Array.from({ length: 200 }, () => privateKeyToAccount(generatePrivateKey()));
    const signatures = await Promise.all(accounts.map((account, i) => signatureOf(account, `message ${i}`)));
    expect(await Promise.all(signatures.map(addressOf))).toEqual(
      accounts.map(({ address }) => address.toLowerCase()),
    );
  });

  it("answer undefined for what is no signature, and the others as ever", async () => {
    const account = privateKeyToAccount(generatePrivateKey());
    const good = await signatureOf(account, "good");
    const zero = new Uint8Array(0);
    const bad = [
      { ...good, r: zero },
      { ...good, s: zero },
      { ...good, v: 5n },
    ];
    const answers = await Promise.all([good, ...bad, good].map(addressOf));
    const own = account.address.toLowerCase();
    expect(answers).toEqual([own, undefined, undefined, undefined, own]);
  });

  it("are not missed when they are gone: what was asked and what is asked then is answered", async () => {
    const account = privateKeyToAccount(generatePrivateKey());
    const signature = await signatureOf(account, "gone");
    const asked = addressOf(signature);
    await threads.close();
    expect(await asked).toBe(account.address.toLowerCase());
    expect(await addressOf(signature)).toBe(account.address.toLowerCase());
  });
});
