import { Account, Address, setLengthLeft } from "@ethereumjs/util";
import { expect, it } from "vitest";
import { Overlay } from "../../../state/database.ts";
import { BlockState } from "../../../state/evm/block-state.ts";
import { auditState, StateRootError } from "../../../state/evm/state-audit.ts";
import { StateNodes, trieNodes } from "../../../state/evm/trie-nodes.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { temporaryDatabase } from "./temporary-database.ts";

const opened = temporaryDatabase();

/** 300 accounts, every tenth with a storage of 20 slots, made in several blocks. */
async function someState(): Promise<Uint8Array> {
  const random = new SeededRandom(11);
  const overlay = new Overlay(opened.database);
  const state = new BlockState(new StateNodes(overlay));
  for (let block = 0; block < 3; block++) {
    await state.checkpoint();
    for (let i = 0; i < 100; i++) {
      const address = new Address(setLengthLeft(Uint8Array.of(block + 1, i), 20));
      await state.putAccount(address, new Account(1n, random.bits(80)));
      for (let slot = 0; i % 10 === 0 && slot < 20; slot++)
        await state.putStorage(address, setLengthLeft(Uint8Array.of(slot), 32), Uint8Array.of(slot + 1));
    }
    await state.commit();
    await overlay.commit();
  }
  return state.getStateRoot();
}

it("comes to the lane's own roots, and counts what is under them", async () => {
  expect(await auditState(opened.database, await someState())).toEqual({ accounts: 300, slots: 600 });
});

it("sees a node that is not what its hash says", async () => {
  const root = await someState();
  // The balance of an account, in the leaf that has it.
  for await (const [key, node] of opened.database.range(trieNodes)) {
    if (node.at(-66) === undefined || node.length > 110 || node.length < 80) continue;
    const changed = Uint8Array.from(node);
    changed[node.length - 68] = (changed[node.length - 68] as number) ^ 1;
    await opened.database.write([{ space: trieNodes, key, value: changed }]);
    break;
  }
  await expect(auditState(opened.database, root)).rejects.toThrow(StateRootError);
});
