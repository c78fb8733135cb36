import { CELL_TAG, decodeAccount, RESERVED_CELL, tagOf } from "../../state/ledger/cells.ts";
import type { AccountIdentity, Ledger } from "../../state/ledger/ledger.ts";

/** Accounts of a rebuilt ledger by what they are fixed to. Accounts are never changed nor freed, so it only grows. */
export class AccountIndex {
  readonly #ids = new Map<string, number>();
  #nextCell = 1;

  /** Takes in the cells that the ledger has got since the last call. */
  extend(ledger: Ledger): void {
    for (; this.#nextCell < ledger.cellCount; this.#nextCell++) {
      const cell = ledger.cell(this.#nextCell);
      if (tagOf(cell) === CELL_TAG.account) this.#add(decodeAccount(cell), this.#nextCell);
    }
  }

  idOf(identity: AccountIdentity): number | undefined {
    return this.#ids.get(keyOf(identity));
  }

  /** The first of several equal accounts, but not the gateway: it takes no deposits. */
  #add(account: AccountIdentity, id: number): void {
    const key = keyOf(account);
    if (id !== RESERVED_CELL.gateway && !this.#ids.has(key)) this.#ids.set(key, id);
  }
}

const keyOf = ({ l1Address, pubX, pubY }: AccountIdentity): string => `${l1Address}:${pubX}:${pubY}`;
