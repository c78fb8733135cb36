/** Plain shapes that cross the border of the contract lane. Block numbers and times are safe integers. */

export type Hex = `0x${string}`;
/** 20 bytes, lower case. */
export type Address = Hex;

export type BlockTag = number | "latest" | "earliest";

export interface Log {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly blockTimestampSeconds: number;
  readonly transactionHash: Hex;
  readonly transactionIndex: number;
  readonly logIndex: number;
}

export interface Receipt {
  readonly transactionHash: Hex;
  readonly transactionIndex: number;
  readonly blockHash: Hex;
  readonly blockNumber: number;
  readonly from: Address;
  readonly to: Address | null;
  readonly type: number;
  readonly status: 0 | 1;
  readonly gasUsed: bigint;
  readonly cumulativeGasUsed: bigint;
  readonly effectiveGasPriceWei: bigint;
  readonly contractAddress: Address | null;
  readonly logsBloom: Hex;
  readonly logs: readonly Log[];
  /** Absent in receipts of system transactions, and while home's gas has no price. */
  readonly dataFee?: DataFee;
}

/** What a transaction's bytes cost on home. It is a part of what its sender pays for gas, and nothing besides. */
export interface DataFee {
  /** Home's gas of the raw transaction. */
  readonly homeGasUsed: bigint;
  /** Of a unit of it, in wei of the lane. */
  readonly dataPriceWei: bigint;
  readonly feeWei: bigint;
}

/**
 * What the system transaction of a block carries from the ledger lane into the EVM: the operations (calldata),
 * the ledger root after them, one log per operation, and the NRX that the gateway sends to EVM addresses.
 */
export interface LedgerTransition {
  readonly calldata: Uint8Array;
  readonly ledgerRoot: bigint;
  readonly logs: readonly { readonly topics: readonly Hex[]; readonly data: Hex }[];
  readonly credits: readonly ValueTo[];
  /** Absent when no request of the contract lane has been executed. */
  readonly gateway?: GatewayValue;
  /** The block's second system transaction, after the ledger's: what the gateway contract is told. */
  readonly record?: SystemCall;
}

export interface ValueTo {
  readonly recipient: Address;
  readonly valueWei: bigint;
}

/** What leaves the gateway contract, where the value of requests waits. */
export interface GatewayValue {
  /** Goes to the ledger, so it leaves the contract lane. */
  readonly debitWei: bigint;
  /** Stays in the contract lane: refunds, and prices of callbacks. */
  readonly payouts: readonly ValueTo[];
}

/** A call of the gateway contract by the system address. */
export interface SystemCall {
  readonly calldata: Uint8Array;
  /** Gas besides that of the calldata. Nobody pays for it: a bound, so that no error can take the whole block. */
  readonly executionGas: bigint;
}

/**
 * Reads one ledger cell under the given root, or undefined when the cells of that root are not kept any more
 * (an old block) or not yet known. Synchronous: it is called in the middle of EVM execution.
 */
export type CellReader = (
  id: number,
  ledgerRoot: bigint,
) => readonly [bigint, bigint, bigint, bigint] | undefined;

export interface AccessListEntry {
  readonly address: Address;
  readonly storageKeys: readonly Hex[];
}

/** An EIP-7702 tuple, signed by the account that delegates. */
export interface Authorization {
  readonly chainId: bigint;
  readonly address: Address;
  readonly nonce: bigint;
  readonly yParity: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

export interface CallRequest {
  readonly from?: Address;
  readonly to?: Address;
  readonly gas?: bigint;
  /** What the sender pays per gas at most. */
  readonly gasPriceWei?: bigint;
  readonly maxPriorityFeePerGasWei?: bigint;
  readonly valueWei?: bigint;
  readonly data?: Uint8Array;
  readonly nonce?: bigint;
  readonly accessList?: readonly AccessListEntry[];
  readonly authorizationList?: readonly Authorization[];
}
