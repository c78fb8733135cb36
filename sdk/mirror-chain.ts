import { type Address, type Hex, parseEventLogs } from "viem";
import { mirrorAbi } from "./abi.ts";
import { SdkError } from "./errors.ts";
import type { LedgerKey } from "./ledger-key.ts";
import { WalletChain, WEI_PER_UNIT } from "./settlement.ts";

/** Bridged NRX that was burned, and that the operator brings home as a deposit. */
export interface QueuedReturn {
  readonly transactionHash: Hex;
  readonly index: bigint;
  readonly amountUnits: bigint;
}

/**
 * A wallet's side of a mirror: withdrawals to it are claimed as bridged NRX, and bridged NRX goes home. Its `name` is that of the node's
 * neura_chainInfo, by which batches name their withdrawals. Whoever holds bridged NRX relies on the operator to bring it home.
 */
export class MirrorChain extends WalletChain {
  #token: Promise<Address> | undefined;

  /** What withdraw operations call this chain. */
  mirrorNumber(): Promise<number> {
    return this.reader.readContract({
      address: this.contract,
      abi: mirrorAbi,
      functionName: "mirrorNumber",
    });
  }

  /** The bridged NRX of this mirror, an ERC-20. It never changes, so it is asked for once. */
  bridgedToken(): Promise<Address> {
    this.#token ??= this.reader.readContract({
      address: this.contract,
      abi: mirrorAbi,
      functionName: "bridgedToken",
    });
    this.#token.catch(() => {
      this.#token = undefined;
    });
    return this.#token;
  }

  async bridgedBalanceWei(owner: Address): Promise<bigint> {
    return this.balanceWei(await this.bridgedToken(), owner);
  }

  /** Burns bridged NRX; the operator brings it home as a deposit to a ledger account, which is created if it does not exist. */
  async returnHome(
    to: Pick<LedgerKey, "publicKey" | "l1Address">,
    amountUnits: bigint,
  ): Promise<QueuedReturn> {
    const { request } = await this.reader.simulateContract({
      account: this.signer(),
      address: this.contract,
      abi: mirrorAbi,
      functionName: "returnHome",
      args: [amountUnits * WEI_PER_UNIT, to.l1Address, to.publicKey.x, to.publicKey.y],
    });
    const receipt = await this.mined(await this.wallet.writeContract(request));
    const [log] = parseEventLogs({ abi: mirrorAbi, eventName: "ReturnQueued", logs: receipt.logs });
    if (log === undefined) throw new SdkError("missing-event", "the contract did not confirm the return");
    return {
      transactionHash: receipt.transactionHash,
      index: log.args.index,
      amountUnits: log.args.amountUnits,
    };
  }
}
