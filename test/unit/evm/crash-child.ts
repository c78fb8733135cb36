import { ContractMempool } from "../../../sequencer/mempool/contract-transactions.ts";
import { keySpace, numberKey } from "../../../state/database.ts";
import { account, credit, lower, oneNrxWei, openLane, signTransfer } from "./lane-fixture.ts";

/** Builds blocks without end on the directory given, prunes the states behind them, and prints every transaction once it is acknowledged. */
const [, , path] = process.argv;
if (path === undefined) throw new Error("usage: crash-child.ts <directory>");
const { database, lane } = await openLane(path);
const mempool = await ContractMempool.open(database, lane);
const sender = account(1);
const address = lower(sender.address);
const keptStates = 2;
const progress = keySpace("test-progress");

for (;;) {
  const ledger = credit([address, oneNrxWei]);
  for (let count = 0; count < 4; count++) {
    const nonce = Number(await mempool.pendingNonce(address));
    if (lane.head.number === 0) break;
    const transfer = await signTransfer(lane, sender, { nonce, to: lower(account(2).address), value: 1n });
    process.stdout.write(`${await mempool.add(transfer.raw)}\n`);
  }
  const { block, rejected } = await lane.buildBlock({
    timestampSeconds: lane.head.timestampSeconds + 1,
    transactions: mempool.take(),
    ledger,
    extraWrites: ({ number }) => [{ space: progress, key: Uint8Array.of(0), value: numberKey(number) }],
  });
  await mempool.onBlock(block, rejected);
  void lane.history.prune({ upToBlock: block.number - keptStates, maxNodes: 5 });
}
