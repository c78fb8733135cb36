import type {
  AccountOverride,
  BlockOverrides,
  Overrides,
  StateOverrides,
} from "../../state/evm/overrides.ts";
import type { AccessListEntry, Authorization, CallRequest, Hex } from "../../state/evm/types.ts";
import { invalidArgument, RpcError, serverErrorCode } from "../errors.ts";
import { address, bytes, cannotUnmarshal, hash, jsonKind, type Place, quantity, uint64 } from "./hex.ts";
import { type Fields, objectAt, readObject, readOptionalObject } from "./parameters.ts";

/** The transaction object of `eth_call` and its kin, and what the caller wants to be otherwise. */

const callType = "ethapi.TransactionArgs";
const maxOverriddenAccounts = 1_000;
const maxOverriddenSlots = 100_000;
const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

type Read<Value> = (value: unknown, place: Place) => Value;

/** Reads one field if it is there. */
function optional<Value>(
  fields: Fields,
  name: string,
  struct: string,
  position: number,
  read: Read<Value>,
): Value | undefined {
  const value = fields[name];
  return value === undefined || value === null
    ? undefined
    : read(value, { position, field: `${struct}.${name}` });
}

/** Leaves out what is undefined: exact optional properties are absent, not undefined. */
function defined<Shape extends object>(shape: { [Key in keyof Shape]?: Shape[Key] | undefined }): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape;
}

export function readCall(params: readonly unknown[], position: number, chainId: number): CallRequest {
  return callOf(readObject(params, position, callType), position, chainId);
}

export function callOf(fields: Fields, position: number, chainId: number): CallRequest {
  const field = <Value>(name: string, read: Read<Value>) =>
    optional(fields, name, "TransactionArgs", position, read);
  const gasPrice = field("gasPrice", quantity);
  const maxFee = field("maxFeePerGas", quantity);
  const tip = field("maxPriorityFeePerGas", quantity);
  requireOnePrice(gasPrice, maxFee, tip);
  const wanted = field("chainId", quantity);
  if (wanted !== undefined && wanted !== BigInt(chainId)) {
    throw refused(`chainId does not match node's (have=${wanted}, want=${chainId})`);
  }
  return defined<CallRequest>({
    from: field("from", address),
    to: field("to", address),
    gas: field("gas", uint64),
    gasPriceWei: gasPrice ?? maxFee ?? tip,
    maxPriorityFeePerGasWei: tip,
    valueWei: field("value", quantity),
    data: calldata(field("data", bytes), field("input", bytes)),
    nonce: field("nonce", uint64),
    accessList: field("accessList", accessList),
    authorizationList: field("authorizationList", authorizationList),
  });
}

const refused = (text: string): RpcError => new RpcError(serverErrorCode, text);

function requireOnePrice(gasPrice?: bigint, maxFee?: bigint, tip?: bigint): void {
  if (gasPrice !== undefined && (maxFee !== undefined || tip !== undefined)) {
    throw refused("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
  }
  if (maxFee !== undefined && tip !== undefined && maxFee < tip) {
    throw refused(`maxFeePerGas (${maxFee}) < maxPriorityFeePerGas (${tip})`);
  }
}

function calldata(data: Uint8Array | undefined, input: Uint8Array | undefined): Uint8Array | undefined {
  if (data !== undefined && input !== undefined && !Buffer.from(data).equals(input)) {
    throw refused(
      'both "data" and "input" are set and not equal. Please use "input" to pass transaction call data',
    );
  }
  return input ?? data;
}

function list(value: unknown, place: Place, goType: string): readonly Fields[] {
  if (!Array.isArray(value)) throw cannotUnmarshal(jsonKind(value), place, goType);
  return value.map((entry) => objectAt(entry, place, goType));
}

export function accessList(value: unknown, place: Place): AccessListEntry[] {
  const { position } = place;
  return list(value, place, "types.AccessList").map((entry) => {
    const keys = entry.storageKeys ?? [];
    if (!Array.isArray(keys)) throw cannotUnmarshal(jsonKind(keys), place, "[]common.Hash");
    return {
      address: address(entry.address, { position, field: "AccessTuple.address" }),
      storageKeys: keys.map((key) => hash(key, { position, field: "AccessTuple.storageKeys" })),
    };
  });
}

function authorizationList(value: unknown, place: Place): Authorization[] {
  const { position } = place;
  return list(value, place, "types.SetCodeAuthorization").map((entry) => {
    const number = (name: string) =>
      quantity(entry[name], { position, field: `SetCodeAuthorization.${name}` });
    return {
      chainId: number("chainId"),
      address: address(entry.address, { position, field: "SetCodeAuthorization.address" }),
      nonce: number("nonce"),
      yParity: number("yParity"),
      r: number("r"),
      s: number("s"),
    };
  });
}

/** State overrides at one position, block overrides at another. */
export function readOverrides(
  params: readonly unknown[],
  statePosition: number,
  blockPosition: number,
): Overrides {
  return {
    state: stateOverrides(readOptionalObject(params, statePosition, "override.StateOverride"), statePosition),
    block: blockOverrides(
      readOptionalObject(params, blockPosition, "override.BlockOverrides"),
      blockPosition,
    ),
  };
}

export function stateOverrides(fields: Fields, position: number): StateOverrides {
  const entries = Object.entries(fields);
  if (entries.length > maxOverriddenAccounts) {
    throw invalidArgument(position, `too many overridden accounts: limit ${maxOverriddenAccounts}`);
  }
  return new Map(
    entries.map(([key, value]) => [address(key, { position }), accountOverride(value, position)]),
  );
}

function accountOverride(value: unknown, position: number): AccountOverride {
  const struct = "OverrideAccount";
  const fields = objectAt(value, { position }, "override.OverrideAccount");
  if (fields.movePrecompileToAddress !== undefined) {
    throw invalidArgument(position, "movePrecompileToAddress is not supported: leave it out");
  }
  const field = <Value>(name: string, read: Read<Value>) => optional(fields, name, struct, position, read);
  return defined<AccountOverride>({
    nonce: field("nonce", uint64),
    balanceWei: field("balance", quantity),
    code: field("code", bytes),
    state: field("state", slots),
    stateDiff: field("stateDiff", slots),
  });
}

function slots(value: unknown, place: Place): ReadonlyMap<Hex, Hex> {
  const { position } = place;
  const entries = Object.entries(objectAt(value, place, "map[common.Hash]common.Hash"));
  if (entries.length > maxOverriddenSlots) {
    throw invalidArgument(position, `too many overridden slots: limit ${maxOverriddenSlots}`);
  }
  return new Map(entries.map(([slot, word]) => [hash(slot, place), hash(word, place)]));
}

const safeNumber: Read<number> = (value, place) => {
  const number = uint64(value, place);
  if (number > maxSafe)
    throw invalidArgument(place.position, `${place.field} is too large: limit ${maxSafe}`);
  return Number(number);
};

/** `eth_simulateV1` and `eth_call` name some fields differently: both are read. */
export function blockOverrides(fields: Fields, position: number): BlockOverrides {
  const field = <Value>(name: string, read: Read<Value>) =>
    optional(fields, name, "BlockOverrides", position, read);
  return defined<BlockOverrides>({
    number: field("number", safeNumber),
    timestampSeconds: field("time", safeNumber),
    gasLimit: field("gasLimit", uint64),
    coinbase: field("feeRecipient", address) ?? field("coinbase", address),
    prevRandao: field("prevRandao", hash) ?? field("random", hash),
    baseFeeWei: field("baseFeePerGas", quantity) ?? field("baseFee", quantity),
  });
}
