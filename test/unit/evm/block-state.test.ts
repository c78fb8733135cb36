import { MerkleStateManager } from "@ethereumjs/statemanager";
import { Account, Address, setLengthLeft } from "@ethereumjs/util";
import { expect, it } from "vitest";
import { Overlay } from "../../../state/database.ts";
import { BlockState } from "../../../state/evm/block-state.ts";
import { chainRules } from "../../../state/evm/chain-rules.ts";
import { StateNodes } from "../../../state/evm/trie-nodes.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { chainId } from "./lane-fixture.ts";
import { temporaryDatabase } from "./temporary-database.ts";

const addresses = Array.from({ length: 6 }, (_, i) => new Address(new Uint8Array(20).fill(i + 1)));
const slots = Array.from({ length: 5 }, (_, i) => setLengthLeft(Uint8Array.of(i), 32));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const opened = temporaryDatabase();

it("counts the slots whose values a revert has taken away, until it forgets them", async () => {
  const state = new BlockState(new StateNodes(new Overlay(opened.database)));
  const [address] = addresses as [Address];
  const put = async () => {
    await state.checkpoint();
    for (const slot of slots) await state.putStorage(address, slot, Uint8Array.of(1));
    await state.revert();
  };
  await put();
  expect(state.size).toBeGreaterThanOrEqual(slots.length);
  await state.checkpoint();
  await state.clearStorage(address);
  await state.revert();
  expect(state.size).toBeLessThan(slots.length);
  await put();
  state.clearCaches();
  expect(state.size).toBe(0);
});

it("forgets the codes of what was taken back", async () => {
  const state = new BlockState(new StateNodes(new Overlay(opened.database)));
  const [address] = addresses as [Address];
  await state.checkpoint();
  await state.putCode(address, Uint8Array.of(1, 2, 3));
  const { codeHash } = (await state.getAccount(address)) as Account;
  await state.revert();
  await state.checkpoint();
  await state.modifyAccountFields(address, { codeHash });
  expect(await state.getCode(address)).toHaveLength(0);
});

/** The package without caches: what it is told goes into its tries. */
const reference = () => new MerkleStateManager({ common: chainRules(chainId).detached() });

type State = BlockState | MerkleStateManager;

/** The same random change of both. */
async function change(random: SeededRandom, both: readonly State[]): Promise<void> {
  const address = random.pick(addresses);
  const slot = random.pick(slots);
  const kind = random.below(12);
  const value = random.chance(1, 3)
    ? new Uint8Array(0)
    : Uint8Array.of(1 + random.below(255), random.below(256));
  const balance = random.bits(70);
  const nonce = random.bits(8);
  for (const state of both) {
    const account = await state.getAccount(address);
    if (kind < 4) {
      const next = account ?? new Account();
      next.balance = balance;
      next.nonce = nonce;
      await state.putAccount(address, next);
    } else if (kind < 9 && account !== undefined) await state.putStorage(address, slot, value);
    else if (kind === 9) await state.putCode(address, Uint8Array.of(Number(nonce), 1));
    else if (kind === 10 && account !== undefined) await state.clearStorage(address);
    else if (kind === 11) {
      // The package alone forgets no storage of an account that it deletes.
      if (account !== undefined) await state.clearStorage(address);
      await state.deleteAccount(address);
    }
  }
}

async function expectSame(state: State, other: State): Promise<void> {
  for (const address of addresses) {
    const [account, expected] = [await state.getAccount(address), await other.getAccount(address)];
    const figures = (of: Account | undefined) => of && [of.nonce, of.balance, hex(of.codeHash)];
    expect(figures(account)).toEqual(figures(expected));
    expect(hex(await state.getCode(address))).toBe(hex(await other.getCode(address)));
    for (const slot of slots)
      expect(hex(await state.getStorage(address, slot))).toBe(hex(await other.getStorage(address, slot)));
  }
}

it.each([1, 2, 3, 4])(
  "has the values and roots of the package's state, whatever is taken back: seed %i",
  async (seed) => {
    const random = new SeededRandom(seed);
    const overlay = new Overlay(opened.database);
    const flat = new BlockState(new StateNodes(overlay));
    const follower = new BlockState(new StateNodes(new Overlay(opened.database)));
    const expected = reference();
    for (let block = 0; block < 25; block++) {
      let depth = 1;
      for (const state of [flat, expected]) await state.checkpoint();
      for (let step = 0; step < 40; step++) {
        const draw = random.below(8);
        if (draw === 0) for (const state of [flat, expected]) await state.checkpoint();
        else if (draw === 1 && depth > 1) for (const state of [flat, expected]) await state.commit();
        else if (draw === 2 && depth > 1) for (const state of [flat, expected]) await state.revert();
        else await change(random, [flat, expected]);
        // Reading changes nothing, whenever it happens.
        if (random.chance(1, 3)) await flat.getStorage(random.pick(addresses), random.pick(slots));
        if (draw === 0) depth += 1;
        else if (draw <= 2 && depth > 1) depth -= 1;
      }
      await expectSame(flat, expected);
      for (; depth > 0; depth--) for (const state of [flat, expected]) await state.commit();
      const root = await flat.getStateRoot();
      expect(hex(root), `block ${block}`).toBe(hex(await expected.getStateRoot()));
      await overlay.commit();
      follower.follow(root, flat.changes);
      if (random.chance(1, 2)) await expectSame(follower, expected);
      if (random.chance(1, 4)) flat.clearCaches();
      // What is on the disk alone says the same.
      if (random.chance(1, 4))
        await expectSame(new BlockState(new StateNodes(new Overlay(opened.database)), root), expected);
    }
  },
);

it("tells by how much the balances have changed, without what was taken back", async () => {
  const state = new BlockState(new StateNodes(new Overlay(opened.database)));
  const [alice, bob, carol] = addresses as [Address, Address, Address];
  await state.checkpoint();
  await state.putAccount(alice, new Account(0n, 100n));
  await state.putAccount(bob, new Account(0n, 50n));
  await state.commit();
  expect(state.balanceChangeWei()).toBe(150n);

  state.startOver();
  await state.checkpoint();
  await state.putAccount(alice, new Account(0n, 70n));
  await state.checkpoint();
  await state.putAccount(carol, new Account(0n, 1_000n));
  await state.revert();
  await state.deleteAccount(bob);
  await state.commit();
  expect(state.balanceChangeWei()).toBe(-80n);
});

it("does not let who got an account change the state", async () => {
  const state = new BlockState(new StateNodes(new Overlay(opened.database)));
  const [alice] = addresses as [Address];
  const given = new Account(1n, 5n);
  await state.putAccount(alice, given);
  given.balance = 6n;
  const got = (await state.getAccount(alice)) as Account;
  got.balance = 7n;
  expect((await state.getAccount(alice))?.balance).toBe(5n);
});

it("does not take a slot of a cleared storage for that of the storage that a revert brings back", async () => {
  const overlay = new Overlay(opened.database);
  const [alice] = addresses as [Address];
  const [slot] = slots as [Uint8Array];
  const first = new BlockState(new StateNodes(overlay));
  await first.checkpoint();
  await first.putAccount(alice, new Account(1n, 5n));
  await first.putStorage(alice, slot, Uint8Array.of(7));
  await first.commit();
  await overlay.commit();

  const state = new BlockState(new StateNodes(new Overlay(opened.database)), await first.getStateRoot());
  await state.checkpoint();
  await state.clearStorage(alice);
  expect(await state.getStorage(alice, slot)).toEqual(new Uint8Array(0));
  await state.revert();
  expect(await state.getStorage(alice, slot)).toEqual(Uint8Array.of(7));
});
