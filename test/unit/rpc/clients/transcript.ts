import { setTimeout as sleep } from "node:timers/promises";
import type { Hex } from "../../../../state/evm/types.ts";

/** What a client saw of a network, step by step, in one form for all clients and both networks. */

/** A mined transaction: its hash too, since equal signed bytes have equal hashes wherever they are sent. */
export interface Mined {
  readonly hash: string;
  readonly type: string;
  readonly status: string;
  readonly gasUsed: string;
}

export interface TransferEvent {
  readonly from: string;
  readonly to: string;
  readonly value: string;
}

/** A step that a client has no way to do is absent; `coverage` in the test says which. */
export interface Transcript {
  readonly chainId: string;
  readonly deployment: Mined & { readonly contract: string; readonly codeBytes: string };
  readonly transfer: Mined & { readonly events: readonly TransferEvent[] };
  readonly reads: { readonly name: string; readonly balance: string; readonly recipientWei: string };
  /** By contract, indexed recipient and block range. */
  readonly pastEvents: readonly TransferEvent[];
  readonly revertReason: string;
  readonly panic: string;
  readonly customError: string;
  /** Mined, since its gas was not estimated. */
  readonly failedTransaction: Pick<Mined, "status" | "gasUsed">;
  readonly estimates: { readonly valueTransfer: string; readonly tokenTransfer: string };
  readonly refusedEstimate: string;
  readonly nonces: { readonly latest: string; readonly pending: string };
  /** Sent in the wrong order, mined in the right one. */
  readonly nonceGap: readonly Mined[];
  readonly nonceTooLow: string;
  readonly insufficientFunds: string;
  readonly feeHistory: { readonly baseFees: string; readonly ratios: string; readonly rewards: string };
  readonly legacy?: Mined;
  readonly accessList?: Mined;
  readonly setCode?: Mined & { readonly code: string };
  readonly typedDataSignature?: string;
  readonly subscriptions?: {
    readonly heads: string;
    readonly pendingHash: string;
    readonly events: readonly TransferEvent[];
  };
  readonly batch?: readonly string[];
  readonly unknownTransaction: string;
}

/** Where two transcripts differ, as `path: [node, anvil]`. */
export function differences(node: unknown, anvil: unknown, path = ""): Record<string, [unknown, unknown]> {
  if (typeof node !== "object" || typeof anvil !== "object" || node === null || anvil === null) {
    return Object.is(node, anvil) ? {} : { [path]: [node, anvil] };
  }
  const fields = (value: object) => value as Readonly<Record<string, unknown>>;
  const names = new Set([...Object.keys(node), ...Object.keys(anvil)]);
  return Object.assign(
    {},
    ...[...names].map((name) =>
      differences(fields(node)[name], fields(anvil)[name], path === "" ? name : `${path}.${name}`),
    ),
  ) as Record<string, [unknown, unknown]>;
}

/** What every script is given. */
export interface Target {
  readonly httpUrl: string;
  readonly webSocketUrl: string;
  readonly key: Hex;
  /** Nobody's: it owns nothing. */
  readonly poorKey: Hex;
  readonly recipient: Hex;
  readonly bytecode: Hex;
}

export const supply = 1_000n;
export const transferredUnits = 7n;
/** More than any account of a script owns. */
export const fortuneWei = 10n ** 30n;
/** Prices above every base fee of the scripts, named so that hashes do not depend on suggestions. */
export const maxFeeWei = 20_000_000_000n;
export const tipWei = 1_000_000n;
/** Enough, and named: estimates may differ, and with them the hashes. */
export const deploymentGas = 400_000n;
export const callGas = 100_000n;

/** Time for subscriptions that a library starts by itself. */
export const settleMs = 100;
const waitMs = 10_000;

export async function until(isDone: () => boolean): Promise<void> {
  const endMs = Date.now() + waitMs;
  while (!isDone()) {
    if (Date.now() > endMs) throw new Error("nothing was notified");
    await sleep(10);
  }
}

/** What is signed offline (EIP-712). */
export const typedData = {
  domain: { name: "Script token", version: "1", chainId: 424_242n },
  types: {
    Order: [
      { name: "to", type: "address" },
      { name: "value", type: "uint256" },
      { name: "note", type: "string" },
    ],
  },
  primaryType: "Order",
  message: { to: "0x00000000000000000000000000000000000000aa", value: 5n, note: "for a model" },
} as const;

/** The same for libraries that want the domain's type spelled out, and no bigints. */
export const typedDataWithDomain = {
  primaryType: typedData.primaryType,
  domain: { ...typedData.domain, chainId: Number(typedData.domain.chainId) },
  types: {
    ...typedData.types,
    EIP712Domain: [
      { name: "name", type: "string" },
      { name: "version", type: "string" },
      { name: "chainId", type: "uint256" },
    ],
  },
  message: { ...typedData.message, value: Number(typedData.message.value) },
};
