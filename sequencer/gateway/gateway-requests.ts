import { bytesToHex, decodeEventLog, decodeFunctionData, toEventSelector } from "viem";
import { neuraGatewayAbi } from "../../contracts/lane/predeploy.ts";
import { numberKey, type Write } from "../../state/database.ts";
import { gatewayAddress } from "../../state/evm/chain-rules.ts";
import type { Address, Hex, Receipt } from "../../state/evm/types.ts";
import type { OpWords } from "../../state/ledger/operation.ts";
import { Table } from "../../state/store/table.ts";

/** What somebody asked the gateway contract for: an operation of the gateway's account, and what was paid for it. */
export interface GatewayRequest {
  /** Counted from 1, in the order of execution. */
  readonly id: number;
  readonly author: Address;
  /** As the ledger will get them, without the object of a creating kind. */
  readonly words: OpWords;
  /** Of a postTask the manifest of its model, of an operation on a task the task's terms. */
  readonly guard: bigint;
  /** Everything that was paid, and the part of it that is for the callback. */
  readonly valueUnits: bigint;
  readonly callbackUnits: bigint;
  /** The contract that may settle the posted task; the zero address if an account does. */
  readonly verifierContract: Address;
}

/**
 * By id. What is done of them the contract itself counts, so a row of a block that was taken back does no harm: it is not
 * looked at, and written over by the request that gets its number.
 */
export const GATEWAY_REQUESTS = new Table<number, GatewayRequest>("gateway-request", numberKey);

/** The posting request of a task, by the gateway's nonce before it, which is the task's serial. */
export const GATEWAY_TASKS = new Table<bigint, number>("gateway-task", numberKey);

/**
 * Whether requests of the contract lane come before signed operations in the blocks of a batch: by turns, so that no flood of the one
 * can keep the other out. Where a refused request stood can be told from this alone.
 */
export const takesRequestsFirst = (batchNumber: bigint): boolean => batchNumber % 2n === 0n;

const requestedTopic = toEventSelector("Requested(uint256,address,uint256[4],uint256,uint64,uint64,address)");

/** The requests that the transactions of a block have made, as writes. Only the gateway contract's own events count. */
export function requestWrites(receipts: readonly Receipt[]): Write[] {
  return receipts
    .flatMap(({ logs }) => logs)
    .filter(({ address, topics }) => address === gatewayAddress && topics[0] === requestedTopic)
    .map(({ topics, data }) => {
      const request = requestOf(topics, data);
      return GATEWAY_REQUESTS.put(request.id, request);
    });
}

function requestOf(topics: readonly Hex[], data: Hex): GatewayRequest {
  const { args } = decodeEventLog({
    abi: neuraGatewayAbi,
    eventName: "Requested",
    topics: topics as [Hex, ...Hex[]],
    data,
  });
  return {
    ...args,
    id: Number(args.id),
    author: args.author.toLowerCase() as Address,
    verifierContract: args.verifierContract.toLowerCase() as Address,
  };
}

/** What a call of the contract's `record` says that does not follow from the block's operations. */
export function recordedIn(calldata: Uint8Array): { requestCount: number; flatFeeUnits: number } {
  const { functionName, args } = decodeFunctionData({ abi: neuraGatewayAbi, data: bytesToHex(calldata) });
  if (functionName !== "record")
    throw new Error(`a system transaction calls ${functionName}, expected record`);
  const [outcomes, , flatFeeUnits] = args;
  return { requestCount: outcomes.length, flatFeeUnits };
}
