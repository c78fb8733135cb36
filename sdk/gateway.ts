import {
  type Address,
  decodeEventLog,
  encodeFunctionData,
  type Hex,
  hexToString,
  parseAbi,
  toEventSelector,
  trim,
  zeroAddress,
} from "viem";

/** The gateway contract of the contract lane: from wallets and contracts to the ledger (docs/GATEWAY.md). */

/** It is the same on every NeuraChain network. The low bytes spell "NRXG". */
export const gatewayAddress: Address = "0x000000000000000000000000000000004e525847";

/** Gas of `onTaskClosed` costs this much at posting, and at most so much of it can be bought. */
export const CALLBACK_UNITS_PER_GAS = 1n;
export const MAX_CALLBACK_GAS = 1_000_000;

const WEI_PER_UNIT = 1_000_000_000n;

export const gatewayAbi = parseAbi([
  "struct TaskTerms { uint8 kind; uint8 flags; uint40 deadline; uint32 window; uint64 rewardUnits; uint64 bondUnits; uint64 verifierFeeUnits; uint256 input; }",
  "struct NamedModel { uint24 id; uint16 share; uint256 serial; uint256 manifest; }",
  "struct NamedVerifier { uint24 account; address l1Address; uint256 pubX; address verifierContract; }",
  "function withdrawToAccount(uint24 account, address l1Address, uint256 pubX, uint256 pubY, uint64 amountUnits, uint160 memo) payable returns (uint256)",
  "function openAccount(address l1Address, uint256 pubX, uint256 pubY, uint64 amountUnits) payable returns (uint256)",
  "function withdrawToL1(address recipient, uint8 chain, uint64 amountUnits) payable returns (uint256)",
  "function postTask(TaskTerms terms, NamedModel model, NamedVerifier verifier, uint32 callbackGas) payable returns (uint256)",
  "function settleTask(uint256 request, bool accept, uint256 content) payable returns (uint256)",
  "function expireTask(uint256 request) payable returns (uint256)",
  "function feeWei(uint256 kind) view returns (uint256)",
  "function taskWei(uint64 rewardUnits, uint64 verifierFeeUnits, uint32 callbackGas) view returns (uint256)",
  "function outcomeOf(uint256 id) view returns (uint8 status, bytes32 failure)",
  "function taskOf(uint256 request) view returns (uint24 task, uint8 phase, uint256 terms, uint256 result, uint256 content)",
  "function requestOf(uint256 id) view returns (address author, uint8 kind, address verifierContract)",
  "function counters() view returns (uint64 requests, uint64 done, uint64 callbacks, uint64 called)",
  "event Requested(uint256 indexed id, address indexed author, uint256[4] words, uint256 guard, uint64 valueUnits, uint64 callbackUnits, address verifierContract)",
  "event RequestExecuted(uint256 indexed id, uint24 task)",
  "event RequestFailed(uint256 indexed id, bytes32 failure, uint64 refundUnits)",
  "event TaskClosed(uint256 indexed id, uint24 indexed task, uint8 phase, uint256 result, uint256 content, uint64 refundUnits)",
  "event CallbackMade(uint256 indexed id, bool succeeded)",
  "error WrongValue(uint256 expectedWei, uint256 actualWei)",
  "error ZeroAmount()",
  "error ZeroAddress()",
  "error ValueOutOfRange(uint256 limit, uint256 actual)",
  "error NotInField(uint256 value)",
  "error OtherCell(uint256 id)",
  "error CallbackGasTooHigh(uint256 limit, uint256 actual)",
  "error TooManyPending(uint256 limit)",
  "error NoOpenTask(uint256 request)",
  "error NotVerifier(address verifierContract, address actual)",
]);

/** `status` of `outcomeOf`. */
export const REQUEST_STATUS = { none: 0, pending: 1, executed: 2, failed: 3 } as const;

/** Codes of operations for `feeWei`. */
export const REQUEST_KIND = {
  transfer: 3,
  openAccount: 4,
  withdraw: 5,
  postTask: 9,
  settleTask: 12,
  expireTask: 14,
} as const;

/** A transaction to the gateway, to be sent by any wallet of the contract lane. */
export interface GatewayCall {
  readonly to: Address;
  readonly data: Hex;
  readonly value: bigint;
}

/** Everything that identifies a ledger account. */
export interface AccountName {
  readonly id: number;
  readonly l1Address: Address;
  readonly pubX: bigint;
  readonly pubY: bigint;
}

export interface GatewayTask {
  /** 1 training, 2 inference, 3 validation. */
  readonly kind: number;
  /** The verifier's silence accepts the result. */
  readonly silenceAccepts: boolean;
  readonly deadlineSeconds: number;
  readonly windowSeconds: number;
  readonly rewardUnits: bigint;
  readonly bondUnits: bigint;
  readonly verifierFeeUnits: bigint;
  readonly input: bigint;
  /** The model as it is now; the task is not posted if its owner changes it first. */
  readonly model?: {
    readonly id: number;
    readonly share: number;
    readonly serial: bigint;
    readonly manifest: bigint;
  };
  /** A ledger account, or a contract that calls `settleTask`. */
  readonly verifier: AccountName | Address;
  /** For a contract that wants to be told of the task's end; 0 or nothing for a wallet. */
  readonly callbackGas?: number;
}

const callOf = (data: Hex, amountUnits: bigint, feeWei: bigint): GatewayCall => ({
  to: gatewayAddress,
  data,
  value: amountUnits * WEI_PER_UNIT + feeWei,
});

/** To a ledger account. `feeWei` is what the contract's `feeWei(kind)` says, here and below. */
export function withdrawToAccountCall(
  to: AccountName,
  amountUnits: bigint,
  feeWei: bigint,
  memo = 0n,
): GatewayCall {
  const args = [to.id, to.l1Address, to.pubX, to.pubY, amountUnits, memo] as const;
  const data = encodeFunctionData({ abi: gatewayAbi, functionName: "withdrawToAccount", args });
  return callOf(data, amountUnits, feeWei);
}

export function openAccountCall(
  { l1Address, pubX, pubY }: Omit<AccountName, "id">,
  amountUnits: bigint,
  feeWei: bigint,
): GatewayCall {
  const args = [l1Address, pubX, pubY, amountUnits] as const;
  const data = encodeFunctionData({ abi: gatewayAbi, functionName: "openAccount", args });
  return callOf(data, amountUnits, feeWei);
}

/** To home, chain 0, or to the mirror of that number. */
export function withdrawToL1Call(
  recipient: Address,
  chain: number,
  amountUnits: bigint,
  feeWei: bigint,
): GatewayCall {
  const args = [recipient, chain, amountUnits] as const;
  const data = encodeFunctionData({ abi: gatewayAbi, functionName: "withdrawToL1", args });
  return callOf(data, amountUnits, feeWei);
}

export function postTaskCall(task: GatewayTask, feeWei: bigint): GatewayCall {
  const { kind, rewardUnits, bondUnits, verifierFeeUnits, input, callbackGas = 0 } = task;
  const terms = {
    kind,
    flags: task.silenceAccepts ? 1 : 0,
    deadline: task.deadlineSeconds,
    window: task.windowSeconds,
    rewardUnits,
    bondUnits,
    verifierFeeUnits,
    input,
  };
  const model = task.model ?? { id: 0, share: 0, serial: 0n, manifest: 0n };
  const args = [terms, model, verifierArgument(task.verifier), callbackGas] as const;
  const data = encodeFunctionData({ abi: gatewayAbi, functionName: "postTask", args });
  const callbackUnits = BigInt(callbackGas) * CALLBACK_UNITS_PER_GAS;
  return callOf(data, rewardUnits + verifierFeeUnits + callbackUnits, feeWei);
}

const verifierArgument = (verifier: AccountName | Address) =>
  typeof verifier === "string"
    ? { account: 0, l1Address: zeroAddress, pubX: 0n, verifierContract: verifier }
    : {
        account: verifier.id,
        l1Address: verifier.l1Address,
        pubX: verifier.pubX,
        verifierContract: zeroAddress,
      };

/** Only the verifier's contract can make this call; a wallet can if it was named as that contract. */
export function settleTaskCall(
  request: bigint,
  accept: boolean,
  content: bigint,
  feeWei: bigint,
): GatewayCall {
  const args = [request, accept, content] as const;
  return callOf(encodeFunctionData({ abi: gatewayAbi, functionName: "settleTask", args }), 0n, feeWei);
}

export function expireTaskCall(request: bigint, feeWei: bigint): GatewayCall {
  return callOf(
    encodeFunctionData({ abi: gatewayAbi, functionName: "expireTask", args: [request] }),
    0n,
    feeWei,
  );
}

const requestedTopic = toEventSelector("Requested(uint256,address,uint256[4],uint256,uint64,uint64,address)");

/** Ids of the requests that a transaction has made, from its receipt. */
export function requestIdsOf(receipt: {
  readonly logs: readonly { readonly address: string; readonly topics: readonly Hex[]; readonly data: Hex }[];
}): bigint[] {
  return receipt.logs
    .filter(({ address, topics }) => address.toLowerCase() === gatewayAddress && topics[0] === requestedTopic)
    .map(({ topics, data }) => {
      const log = {
        abi: gatewayAbi,
        eventName: "Requested",
        topics: topics as [Hex, ...Hex[]],
        data,
      } as const;
      return decodeEventLog(log).args.id;
    });
}

/** The ledger's code of refusal, as `outcomeOf` and `RequestFailed` have it; "" if there is none. */
export const failureCode = (failure: Hex): string =>
  BigInt(failure) === 0n ? "" : hexToString(trim(failure, { dir: "right" }));
