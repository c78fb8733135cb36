import { RLP } from "@ethereumjs/rlp";
import { concat, getContractAddress, hexToBytes, toHex } from "viem";
import { type Database, keySpace, numberFromKey } from "../../../state/database.ts";
import type { ContractLane } from "../../../state/evm/contract-lane.ts";
import type { LaneOptions } from "../../../state/evm/lane-types.ts";
import type { SignedTransaction } from "../../../state/evm/transaction.ts";
import { bornAt, trieNodes } from "../../../state/evm/trie-nodes.ts";
import type { Address, Hex } from "../../../state/evm/types.ts";
import { undoWrites } from "../../../state/undo.ts";
import type { SeededRandom } from "../../support/seeded-random.ts";
import { trieLeaves } from "../../support/trie-leaves.ts";
import { account, credit, lower, oneNrxWei, openLane, signTransfer } from "./lane-fixture.ts";

const payer = account(1);
/** Stores every pair of words of the calldata: slot, value. */
const code: Hex = "0x5f5b80361460165780602001358135556040016001565b00";
const creation = concat(["0x60188060095f395ff3", code]);
const CONTRACTS = 3;

export const contracts = Array.from({ length: CONTRACTS }, (_, nonce) =>
  lower(getContractAddress({ from: payer.address, nonce: BigInt(nonce) })),
) as [Address, Address, Address];
export const people = Array.from({ length: 12 }, (_, i) => lower(account(10 + i).address)) as [
  Address,
  ...Address[],
];
export const SLOTS = Array.from({ length: 30 }, (_, i) => toHex(i + 1, { size: 32 }));

const nobody = new Uint8Array(32);
const idOf = (key: Uint8Array): string => Buffer.from(key).toString("hex");

interface Opened {
  database: Database;
  lane: ContractLane;
}

export type SlotWrite = readonly [contract: Address, slot: Hex, value: bigint];

/** Two lanes that build the same blocks: one is pruned by the test, the other one keeps every state. */
export class HistoryWorld {
  readonly code = code;
  readonly options: Partial<LaneOptions> = { treasury: `0x${"77".repeat(20)}` };
  pruned: Opened;
  full: Opened;
  readonly #path: string;
  #nonce = 0;
  /** Payer's nonce after each block. */
  #nonces = [0];

  private constructor(path: string, pruned: Opened, full: Opened) {
    this.#path = path;
    this.pruned = pruned;
    this.full = full;
  }

  static async open(path: string): Promise<HistoryWorld> {
    const options = { treasury: `0x${"77".repeat(20)}` } as const;
    const world = new HistoryWorld(
      path,
      await openLane(`${path}/pruned`, options),
      await openLane(`${path}/full`, options),
    );
    await world.#add([], [lower(payer.address), 1_000n * oneNrxWei]);
    await world.#add(await world.#signed(contracts.map(() => ({ data: creation }))));
    return world;
  }

  async close(): Promise<void> {
    await this.pruned.database.close();
    await this.full.database.close();
  }

  /** What a restart does with the pruned lane. */
  async reopen(): Promise<void> {
    await this.pruned.database.close();
    this.pruned = await openLane(`${this.#path}/pruned`, this.options);
  }

  /** A block of random transfers and slots; often with values that were there before. */
  async build(random: SeededRandom): Promise<void> {
    const changes: { to?: Address; data?: Hex; value?: bigint }[] = [];
    for (let i = random.below(4); i > 0; i--)
      changes.push({ to: random.pick(people), value: BigInt(random.below(3)) });
    if (random.chance(2, 3)) {
      // Some contracts get the same writes, so that their tries are the same.
      const writes = this.#someSlots(random);
      for (const contract of contracts) if (random.chance(1, 2)) changes.push(dataFor(contract, writes));
    }
    // A contract that stores something, and one that dies where it was made.
    if (random.chance(1, 6))
      changes.push({ data: concat(["0x600160015560026002556001600160005560206000f3"]) });
    if (random.chance(1, 10)) changes.push({ data: "0x600160015530ff" });
    const credited = random.chance(1, 4)
      ? ([random.pick(people), BigInt(random.below(3))] as const)
      : undefined;
    await this.#add(await this.#signed(changes), credited);
  }

  #someSlots(random: SeededRandom): [Hex, bigint][] {
    if (random.chance(1, 8)) return SLOTS.map((slot) => [slot, 0n]);
    return Array.from({ length: 1 + random.below(6) }, () => [random.pick(SLOTS), BigInt(random.below(3))]);
  }

  async write(writes: readonly SlotWrite[]): Promise<void> {
    const to = new Map<Address, [Hex, bigint][]>();
    for (const [contract, slot, value] of writes)
      to.set(contract, [
        ...(to.get(contract) ?? []),
        [slot.length === 66 ? slot : toHex(BigInt(slot), { size: 32 }), value],
      ]);
    await this.#add(await this.#signed([...to].map(([contract, slots]) => dataFor(contract, slots))));
  }

  async #signed(
    changes: readonly { to?: Address; data?: Hex; value?: bigint }[],
  ): Promise<SignedTransaction[]> {
    return Promise.all(
      changes.map((change) =>
        signTransfer(this.full.lane, payer, { ...change, nonce: this.#nonce++, gas: 1_500_000n }),
      ),
    );
  }

  async #add(transactions: SignedTransaction[], credited?: readonly [Address, bigint]): Promise<void> {
    const timestampSeconds = this.full.lane.head.timestampSeconds + 1;
    const ledger = credited === undefined ? {} : { ledger: credit(credited) };
    for (const { lane } of [this.full, this.pruned]) {
      const { rejected, skipped } = await lane.buildBlock({ timestampSeconds, transactions, ...ledger });
      if (rejected.length + skipped.length > 0) throw new Error("a transaction of the test was not taken");
    }
    this.#nonces[this.full.lane.head.number] = this.#nonce;
  }

  /** Both lanes forget every block after this one, as a rewind does. */
  async takeBackAfter(last: number): Promise<void> {
    for (const { database, lane } of [this.pruned, this.full]) {
      for (let number = lane.head.number; number > last; number--)
        await database.write(undoWrites(database, "block", number) ?? []);
    }
    await this.reopen();
    await this.full.database.close();
    this.full = await openLane(`${this.#path}/full`, this.options);
    this.#nonce = this.#nonces[last] as number;
  }

  /** Keys of all nodes in the pruned database. */
  async storedNodes(): Promise<Set<string>> {
    const stored = new Set<string>();
    for await (const [key] of this.pruned.database.range(trieNodes)) stored.add(idOf(key));
    return stored;
  }

  /** Keys of the nodes in the pruned database that a block after this one has written last. */
  async nodesWrittenAfter(last: number): Promise<string[]> {
    const written: string[] = [];
    for await (const [key, stored] of this.pruned.database.range(trieNodes))
      if (bornAt(stored) > last) written.push(idOf(key));
    return written;
  }

  /** Keys of all nodes that the states from a block to the head have, as the full database has them. */
  async nodesOfStates(from: number): Promise<Set<string>> {
    const { database, lane } = this.full;
    const found = new Set<string>();
    const read = (owner: Uint8Array) => (hash: Uint8Array) => {
      const key = Buffer.concat([owner, hash]);
      const stored = database.get(trieNodes, key);
      if (found.has(idOf(key))) return undefined;
      if (stored !== undefined) found.add(idOf(key));
      else if (idOf(hash) !== emptyRoot) throw new Error(`the full database lacks ${idOf(key)}`);
      return stored?.subarray(6);
    };
    for (let number = from; number <= lane.head.number; number++) {
      const root = hexToBytes(lane.getBlock(number)?.stateRoot as Hex);
      for (const [owner, encoded] of trieLeaves(root, read(nobody))) {
        const storageRoot = (RLP.decode(encoded) as Uint8Array[])[2] as Uint8Array;
        for (const _ of trieLeaves(storageRoot, read(owner)));
      }
    }
    return found;
  }

  /** Numbers of the blocks that have a record of what they replaced. */
  async droppedRecords(): Promise<number[]> {
    const numbers: number[] = [];
    for await (const [key] of this.pruned.database.range(keySpace("dropped-node")))
      numbers.push(numberFromKey(key));
    return numbers;
  }
}

const emptyRoot = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

function dataFor(to: Address, slots: readonly (readonly [Hex, bigint])[]): { to: Address; data: Hex } {
  return { to, data: concat(slots.flatMap(([slot, value]) => [slot, toHex(value, { size: 32 })])) };
}
