import { mnemonicToAccount } from "viem/accounts";
import { deriveLedgerKey, LedgerAccount, type NeuraClient, type TaskState } from "../../../sdk/index.ts";
import type { FakeNode } from "./fake-node.ts";

/** The public development mnemonic of local chains. */
const MNEMONIC = "test test test test test test test test test test test junk";

export const walletOf = (index: number) => mnemonicToAccount(MNEMONIC, { addressIndex: index });

/** A ledger account of the wallet; opened by a deposit unless `units` is 0. */
export async function ledgerAccount(node: FakeNode, client: NeuraClient, index: number, units: bigint) {
  const key = await deriveLedgerKey(walletOf(index), await client.chainInfo());
  if (units > 0n) node.deposit(key, units);
  return new LedgerAccount(client, key, () => node.nowSeconds);
}

/** The task as it is now. */
export async function examined(client: NeuraClient, id: number): Promise<TaskState> {
  const task = await client.getTask(id);
  if (task === null) throw new Error(`cell ${id} is not a task`);
  return task;
}

export const balanceUnitsOf = async (account: LedgerAccount): Promise<bigint> =>
  (await account.state())?.balanceUnits ?? 0n;
