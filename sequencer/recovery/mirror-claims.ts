import { neuraMirrorAbi } from "../../contracts/abi.ts";
import type { ConnectedChain } from "./command.ts";
import { type Payment, paymentsIn, sendOnce } from "./escape-run.ts";
import type { Holdings } from "./holdings.ts";
import type { L1Wallet } from "./l1-wallet.ts";
import type { MirrorState } from "./mirror-follower.ts";

/**
 * Claims the withdrawals to a mirror, in bridged NRX, as far as it has accepted their batches and nobody has claimed them.
 * The mirror pays whatever became of home.
 */
export async function claimOnMirror(options: {
  readonly chain: ConnectedChain;
  readonly mirror: MirrorState;
  readonly holdings: Holdings;
  readonly wallet: Pick<L1Wallet, "send">;
  readonly onEvent: (message: string) => void;
}): Promise<Payment[]> {
  const { chain, mirror, holdings, wallet, onEvent } = options;
  const { address, number, newestBatch } = mirror;
  const payments: Payment[] = [];
  for (const { mirror: named, batch, index, words } of holdings.mirrorWithdrawals) {
    if (named !== number || batch > newestBatch) continue;
    const args = [BigInt(batch), BigInt(index)] as const;
    const isClaimed = await chain.reader.ask(`reading a claim on mirror ${number}`, (client) =>
      client.readContract({ address, abi: neuraMirrorAbi, functionName: "isClaimed", args }),
    );
    if (isClaimed) continue;
    onEvent(`claiming withdrawal ${index} of batch ${batch} on mirror ${number}`);
    const receipt = await sendOnce("AlreadyClaimed", () =>
      wallet.send({
        address,
        abi: neuraMirrorAbi,
        functionName: "claimWithdrawal",
        args: [BigInt(batch), words, BigInt(index)],
      }),
    );
    payments.push(
      ...paymentsIn(receipt).map((paid) => ({ ...paid, for: `${paid.for}, on mirror ${number}` })),
    );
  }
  return payments;
}
