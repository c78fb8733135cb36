import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hexToBytes } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { Database } from "../../../state/database.ts";
import { ContractLane } from "../../../state/evm/contract-lane.ts";
import type { LaneOptions } from "../../../state/evm/lane-types.ts";
import type { SignedTransaction } from "../../../state/evm/transaction.ts";
import type { Address, CellReader, Hex, LedgerTransition } from "../../../state/evm/types.ts";

export const chainId = 424_242;
export const oneNrxWei = 10n ** 18n;
export const gwei = 10n ** 9n;

export function account(index: number): PrivateKeyAccount {
  return privateKeyToAccount(`0x${(index + 1).toString(16).padStart(64, "0")}`);
}

export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "neura-lane-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

export const cells = new Map<number, readonly [bigint, bigint, bigint, bigint]>();
/** A ledger of which only the cells under the root 7 are kept. */
export const fakeReadCell: CellReader = (id, root) =>
  root === 7n ? (cells.get(id) ?? ([0n, 0n, 0n, 0n] as const)) : undefined;

export async function openLane(
  path: string,
  options: Partial<LaneOptions> = {},
): Promise<{ database: Database; lane: ContractLane }> {
  const database = await Database.open(path);
  try {
    const lane = await ContractLane.open(database, { chainId, readCell: fakeReadCell, ...options });
    return { database, lane };
  } catch (error) {
    await database.close();
    throw error;
  }
}

export function credit(...credits: (readonly [Address, bigint])[]): LedgerTransition {
  return {
    calldata: Uint8Array.of(1, 2, 3),
    ledgerRoot: 7n,
    logs: [{ topics: [`0x${"11".repeat(32)}`], data: "0x2222" }],
    credits: credits.map(([recipient, valueWei]) => ({ recipient, valueWei })),
  };
}

export const lower = (address: string): Address => address.toLowerCase() as Address;

export async function signTransfer(
  lane: ContractLane,
  from: PrivateKeyAccount,
  fields: {
    nonce: number;
    to?: Address;
    value?: bigint;
    data?: Hex;
    gas?: bigint;
    maxFeePerGas?: bigint;
    tip?: bigint;
  },
): Promise<SignedTransaction> {
  const raw = await from.signTransaction({
    type: "eip1559",
    chainId,
    nonce: fields.nonce,
    ...(fields.to === undefined ? {} : { to: fields.to }),
    value: fields.value ?? 0n,
    ...(fields.data === undefined ? {} : { data: fields.data }),
    gas: fields.gas ?? 21_000n,
    maxFeePerGas: fields.maxFeePerGas ?? 2n * gwei,
    maxPriorityFeePerGas: fields.tip ?? 0n,
  });
  return lane.decode(hexToBytes(raw));
}
