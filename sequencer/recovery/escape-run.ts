import { type Address, type Hex, numberToHex, parseEventLogs, type TransactionReceipt } from "viem";
import { neuraRollupAbi } from "../../contracts/abi.ts";
import type { EvmProof } from "../../prover/proof.ts";
import { HOME_CHAIN } from "../../state/ledger/operation.ts";
import type { Holdings } from "./holdings.ts";
import type { HomeFollower } from "./home-follower.ts";
import { CallRefusedError, type L1Wallet } from "./l1-wallet.ts";

/** A payment that an escape has caused. */
export interface Payment {
  readonly for: string;
  readonly recipient: Address;
  readonly units: bigint;
  readonly transactionHash: Hex;
}

/** What the contract says now, which may be more than what was read. */
export interface EscapeViews {
  isOpened(id: number): Promise<boolean>;
  creditedUnits(account: number): Promise<bigint>;
}

export interface EscapeRunOptions {
  readonly home: HomeFollower;
  readonly holdings: Holdings;
  readonly views: EscapeViews;
  readonly wallet: Pick<L1Wallet, "send">;
  /** A membership proof of the cell under the newest root; called for many cells at once. */
  readonly prove: (id: number) => Promise<EvmProof>;
  /** Also sends what is out on mirrors to the recovery contract, which is named. */
  readonly releaseMirrorsTo?: Address | undefined;
  readonly onEvent: (message: string) => void;
}

/** An opening takes about 300,000 gas, and a transaction at most 2^24 (EIP-7825). */
const maxOpeningsPerTransaction = 24;
const WEI_PER_UNIT = 1_000_000_000n;

/**
 * Takes everything of the claimant out of a frozen ledger: opens cells, pays accounts, refunds deposits, claims withdrawals.
 * What was done already is skipped, whoever did it; so it can be run again after an interruption. Returns the payments.
 */
export async function runEscape(options: EscapeRunOptions): Promise<Payment[]> {
  await openCells(options);
  const payments = await payAccounts(options);
  payments.push(...(await refundDeposits(options)));
  payments.push(...(await claimWithdrawals(options)));
  payments.push(...(await releaseMirrors(options)));
  return payments;
}

/** Opens the cells that are still closed; proofs are made group by group, so that an interruption loses one group at most. */
async function openCells(options: EscapeRunOptions): Promise<void> {
  const { home, holdings, views, wallet, prove, onEvent } = options;
  const ids: number[] = [];
  for (const id of holdings.cellsToOpen) if (!(await views.isOpened(id))) ids.push(id);
  for (let start = 0; start < ids.length; start += maxOpeningsPerTransaction) {
    const group = ids.slice(start, start + maxOpeningsPerTransaction);
    const openings = await Promise.all(
      group.map(async (id) => ({ id, fields: home.state.ledger.cell(id), proof: await prove(id) })),
    );
    onEvent(`opening ${group.length} of ${ids.length - start} cells`);
    await wallet.send({
      address: home.created.address,
      abi: neuraRollupAbi,
      functionName: "openMany",
      args: [openings],
    });
  }
}

async function payAccounts({ home, holdings, views, wallet, onEvent }: EscapeRunOptions): Promise<Payment[]> {
  const payments: Payment[] = [];
  for (const id of holdings.accounts) {
    if ((await views.creditedUnits(id)) === 0n) continue;
    onEvent(`paying account ${id}`);
    const receipt = await sendOnce("NothingCredited", () =>
      wallet.send({
        address: home.created.address,
        abi: neuraRollupAbi,
        functionName: "payAccount",
        args: [id],
      }),
    );
    payments.push(...paymentsIn(receipt));
  }
  return payments;
}

async function refundDeposits({ home, holdings, wallet, onEvent }: EscapeRunOptions): Promise<Payment[]> {
  const payments: Payment[] = [];
  for (const { entry } of holdings.deposits) {
    onEvent(`refunding deposit ${entry.index}`);
    const { index, words, caller, queuedAt } = entry;
    const receipt = await sendOnce("EntryNotWaiting", () =>
      wallet.send({
        address: home.created.address,
        abi: neuraRollupAbi,
        functionName: "refundDeposit",
        args: [BigInt(index), words, numberToHex(caller, { size: 20 }), Number(queuedAt)],
      }),
    );
    payments.push(...paymentsIn(receipt));
  }
  return payments;
}

/** Withdrawals of accepted batches on home; possible at any time, frozen or not. */
export async function claimWithdrawals({
  home,
  holdings,
  wallet,
  onEvent,
}: Pick<EscapeRunOptions, "home" | "holdings" | "wallet" | "onEvent">): Promise<Payment[]> {
  const payments: Payment[] = [];
  for (const { batch, index } of holdings.withdrawals) {
    onEvent(`claiming withdrawal ${index} of batch ${batch}`);
    const words = home.state.payouts.get(HOME_CHAIN)?.get(batch)?.words ?? [];
    const receipt = await sendOnce("AlreadyClaimed", () =>
      wallet.send({
        address: home.created.address,
        abi: neuraRollupAbi,
        functionName: "claimWithdrawal",
        args: [BigInt(batch), words, BigInt(index)],
      }),
    );
    payments.push(...paymentsIn(receipt));
  }
  return payments;
}

/** Of a frozen ledger, or once the operator is deposed; batches may send more to mirrors after a deposition. */
export async function releaseMirrors({
  home,
  wallet,
  releaseMirrorsTo: recipient,
  onEvent,
}: Pick<EscapeRunOptions, "home" | "wallet" | "releaseMirrorsTo" | "onEvent">): Promise<Payment[]> {
  const isOut = [...home.state.outOnMirrorUnits.values()].some((units) => units > 0n);
  if (recipient === undefined || !isOut) return [];
  onEvent("releasing what is out on mirrors");
  const { address } = home.created;
  const receipt = await sendOnce("NothingOutOnMirrors", () =>
    wallet.send({ address, abi: neuraRollupAbi, functionName: "releaseMirrors", args: [] }),
  );
  if (receipt === undefined) return [];
  const { logs, transactionHash } = receipt;
  return parseEventLogs({ abi: neuraRollupAbi, eventName: "MirrorsReleased", logs }).map(({ args }) => ({
    for: "what is out on mirrors",
    recipient,
    units: args.amountUnits,
    transactionHash,
  }));
}

/** Undefined if somebody else has done it meanwhile, as the named error says. */
export async function sendOnce(
  doneError: string,
  send: () => Promise<TransactionReceipt>,
): Promise<TransactionReceipt | undefined> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof CallRefusedError && error.errorName === doneError) return undefined;
    throw error;
  }
}

export function paymentsIn(receipt: TransactionReceipt | undefined): Payment[] {
  if (receipt === undefined) return [];
  const { transactionHash } = receipt;
  return parseEventLogs({ abi: neuraRollupAbi, logs: receipt.logs, strict: true }).flatMap(
    (log): Payment[] => {
      switch (log.eventName) {
        case "AccountPaid": {
          const { id, recipient, amountUnits: units } = log.args;
          return [{ for: `account ${id}`, recipient, units, transactionHash }];
        }
        case "DepositRefunded": {
          const { index, recipient, amountUnits: units } = log.args;
          return [{ for: `deposit ${index}`, recipient, units, transactionHash }];
        }
        case "WithdrawalClaimed": {
          const { batch, index, recipient, amountWei } = log.args;
          const units = amountWei / WEI_PER_UNIT;
          return [{ for: `withdrawal ${index} of batch ${batch}`, recipient, units, transactionHash }];
        }
        default:
          return [];
      }
    },
  );
}
