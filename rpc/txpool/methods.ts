import { toChecksumAddress } from "@ethereumjs/util";
import type { SignedTransaction } from "../../state/evm/transaction.ts";
import type { Address } from "../../state/evm/types.ts";
import type { EthBackend } from "../eth/backend.ts";
import { readAddress } from "../eth/parameters.ts";
import { hexQuantity, transactionView } from "../eth/views.ts";
import type { Method } from "../method.ts";

/** `txpool_*`: what waits for a block, and what waits for a nonce before it. */
export function txpoolMethods({ transactions }: EthBackend): Record<string, Method> {
  const content = <View>(view: (transaction: SignedTransaction) => View, only?: Address) => {
    const pending: Record<Address, Record<string, View>> = {};
    const queued: Record<Address, Record<string, View>> = {};
    for (const waiting of transactions.content(only)) {
      // With the checksum of EIP-55, as geth has them.
      const sender = toChecksumAddress(waiting.sender);
      if (waiting.pending.length > 0) pending[sender] = byNonce(waiting.pending, view);
      if (waiting.queued.length > 0) queued[sender] = byNonce(waiting.queued, view);
    }
    return { pending, queued };
  };
  return {
    txpool_status: async () => {
      const { pending, queued } = transactions.counts();
      return { pending: hexQuantity(pending), queued: hexQuantity(queued) };
    },
    txpool_content: async () => content((transaction) => transactionView(transaction)),
    txpool_contentFrom: async (params) => {
      const asked = readAddress(params, 0);
      const sender = toChecksumAddress(asked);
      const { pending, queued } = content((transaction) => transactionView(transaction), asked);
      return { pending: pending[sender] ?? {}, queued: queued[sender] ?? {} };
    },
    txpool_inspect: async () => content(summary),
  };
}

function byNonce<View>(
  waiting: readonly SignedTransaction[],
  view: (transaction: SignedTransaction) => View,
): Record<string, View> {
  return Object.fromEntries(waiting.map((transaction) => [String(transaction.nonce), view(transaction)]));
}

function summary(transaction: SignedTransaction): string {
  const { to, value, gasLimit } = transaction.decoded;
  const target = to === undefined ? "contract creation" : to.toString();
  return `${target}: ${value} wei + ${gasLimit} gas × ${transaction.maxFeePerGasWei} wei`;
}
