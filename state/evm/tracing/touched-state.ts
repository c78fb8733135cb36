import type { InterpreterStep, Message } from "@ethereumjs/evm";
import { Address as AddressBytes, bytesToBigInt, bytesToHex, hexToBytes } from "@ethereumjs/util";
import type { Scratch } from "../scratch.ts";
import type { Address, Hex } from "../types.ts";
import { opcode, stackItem, type Tracer } from "./tracer.ts";

/** Which accounts and slots an execution looks at or changes. */
export class TouchedState implements Tracer {
  /** Address to slots, in the order of the first touch. */
  readonly touched = new Map<Address, Set<Hex>>();
  readonly created = new Set<Address>();

  onStep = (step: InterpreterStep): undefined => {
    const { code } = step.opcode;
    switch (code) {
      case opcode.sload:
      case opcode.sstore:
        this.#slots(step.address.toString()).add(word(stackItem(step, 0)));
        return;
      case opcode.balance:
      case opcode.extcodesize:
      case opcode.extcodecopy:
      case opcode.extcodehash:
      case opcode.selfdestruct:
        this.touch(addressIn(stackItem(step, 0)));
        return;
      case opcode.call:
      case opcode.callcode:
      case opcode.delegatecall:
      case opcode.staticcall:
        this.touch(addressIn(stackItem(step, 1)));
    }
  };

  /** Of a creation the address is known once it has ended. */
  onExit = ({ createdAddress }: { createdAddress?: AddressBytes }): void => {
    if (createdAddress === undefined) return;
    this.touch(createdAddress.toString());
    this.created.add(createdAddress.toString());
  };

  onEnter = (message: Message): void => {
    this.touch(message.caller.toString());
    if (message.to !== undefined) this.touch(message.to.toString());
  };

  touch(address: Address, slots: readonly Hex[] = []): void {
    const known = this.#slots(address);
    for (const slot of slots) known.add(slot);
  }

  #slots(address: Address): Set<Hex> {
    const known = this.touched.get(address) ?? new Set<Hex>();
    this.touched.set(address, known);
    return known;
  }
}

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const addressIn = (value: bigint): Address => `0x${word(value).slice(26)}`;

export interface AccountSnapshot {
  readonly balanceWei: bigint;
  readonly nonce: bigint;
  readonly code: Hex;
  readonly storage: ReadonlyMap<Hex, bigint>;
}

/** The touched accounts as they are now. */
export async function snapshotOf(
  state: Pick<Scratch["state"], "getAccount" | "getCode" | "getStorage">,
  touched: ReadonlyMap<Address, ReadonlySet<Hex>>,
): Promise<Map<Address, AccountSnapshot | undefined>> {
  const snapshot = new Map<Address, AccountSnapshot | undefined>();
  for (const [address, slots] of touched) {
    const where = new AddressBytes(hexToBytes(address));
    const account = await state.getAccount(where);
    const storage = new Map<Hex, bigint>();
    for (const slot of slots)
      storage.set(slot, bytesToBigInt(await state.getStorage(where, hexToBytes(slot))));
    if (account === undefined) snapshot.set(address, undefined);
    else {
      const code = bytesToHex(await state.getCode(where));
      snapshot.set(address, { balanceWei: account.balance, nonce: account.nonce, code, storage });
    }
  }
  return snapshot;
}
