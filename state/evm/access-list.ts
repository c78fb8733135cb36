import { bigIntToUnpaddedBytes, bytesToHex, generateAddress, hexToBytes } from "@ethereumjs/util";
import type { Overrides } from "./overrides.ts";
import type { StateSource } from "./scratch.ts";
import { bytesOf, callGas, execute, withState } from "./simulation.ts";
import { TouchedState } from "./tracing/touched-state.ts";
import { traced } from "./tracing/tracer.ts";
import type { AccessListEntry, Address, CallRequest, Hex } from "./types.ts";

/** `eth_createAccessList`: what a call touches besides what is warm anyway. */

export interface AccessListResult {
  readonly accessList: readonly AccessListEntry[];
  readonly gasUsed: bigint;
  /** Why the call fails even with the list. */
  readonly error: string | undefined;
}

/** A list changes gas, and gas can change the way: until it no longer does. */
const maxRounds = 16;
const zeroAddress: Address = `0x${"00".repeat(20)}`;

export async function createAccessList(
  source: StateSource,
  request: CallRequest,
  overrides: Overrides,
): Promise<AccessListResult> {
  let accessList: readonly AccessListEntry[] = request.accessList ?? [];
  for (let round = 1; ; round++) {
    const { found, gasUsed, failure } = await touchedBy(source, { ...request, accessList }, overrides);
    const isStable = JSON.stringify(found) === JSON.stringify(accessList);
    accessList = found;
    if (isStable || round === maxRounds) return { accessList, gasUsed, error: failure?.message };
  }
}

async function touchedBy(source: StateSource, request: CallRequest, overrides: Overrides) {
  return withState(source, overrides, async (scratch, block) => {
    const warm = new Set([request.from ?? zeroAddress, await targetOf(scratch.state, request)]);
    for (const address of scratch.evm.precompiles.keys()) warm.add(`0x${address.replace(/^0x/, "")}`);
    const tracer = new TouchedState();
    for (const { address, storageKeys } of request.accessList ?? []) tracer.touch(address, storageKeys);
    const gas = callGas(source, overrides, request);
    const { gasUsed, failure } = await traced(scratch.evm, tracer, () =>
      execute(scratch, source.rules, block, request, gas),
    );
    const found = [...tracer.touched]
      .filter(([address, slots]) => slots.size > 0 || !warm.has(address))
      .map(([address, slots]) => ({ address, storageKeys: [...slots].sort() }))
      .sort((a, b) => (a.address < b.address ? -1 : 1));
    return { found, gasUsed, failure };
  });
}

/** The called contract, or the one that is created. */
async function targetOf(
  state: { getAccount: (address: ReturnType<typeof bytesOf>) => Promise<{ nonce: bigint } | undefined> },
  { from = zeroAddress, to, nonce }: CallRequest,
): Promise<Hex> {
  if (to !== undefined) return to;
  const next = nonce ?? (await state.getAccount(bytesOf(from)))?.nonce ?? 0n;
  return bytesToHex(generateAddress(hexToBytes(from), bigIntToUnpaddedBytes(next)));
}
