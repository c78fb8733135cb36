import { matches } from "../../state/evm/log-filter.ts";
import { type Method, type SubscriptionStart, subscriptionMethods } from "../method.ts";
import type { EthBackend } from "./backend.ts";
import { readCriteria } from "./logs.ts";
import { readBoolean, readOptionalObject } from "./parameters.ts";
import { headerView, logView, transactionView } from "./views.ts";

/** `eth_subscribe`: new heads, logs, accepted transactions. The node is never syncing, and says so once. */
export function ethSubscriptions(backend: EthBackend): Record<string, Method> {
  return subscriptionMethods("eth", (name, params) => feedOf(backend, name, params));
}

function feedOf(
  { lane, transactions }: EthBackend,
  name: string,
  params: readonly unknown[],
): SubscriptionStart | undefined {
  switch (name) {
    case "newHeads":
      return (notify) => lane.blocks.add(({ block }) => notify(headerView(block)));
    case "logs": {
      const criteria = readCriteria(readOptionalObject([undefined, ...params], 1, "filters.FilterCriteria"));
      return (notify) =>
        lane.blocks.add(({ receipts }) => {
          for (const { logs } of receipts) {
            for (const log of logs) if (matches(log, criteria)) notify(logView(log));
          }
        });
    }
    case "newPendingTransactions": {
      const isFull = readBoolean([undefined, ...params], 1);
      return (notify) =>
        transactions.added.add((transaction) =>
          notify(isFull ? transactionView(transaction) : transaction.hash),
        );
    }
    case "syncing":
      return (notify) => {
        notify(false);
        return () => undefined;
      };
    default:
      return undefined;
  }
}
