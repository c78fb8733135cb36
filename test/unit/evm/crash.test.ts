import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { ContractMempool } from "../../../sequencer/mempool/contract-transactions.ts";
import { keySpace, numberFromKey } from "../../../state/database.ts";
import type { Hex } from "../../../state/evm/types.ts";
import { account, lower, openLane, temporaryDirectory } from "./lane-fixture.ts";

const child = fileURLToPath(new URL("./crash-child.ts", import.meta.url));
/** Acknowledged transactions before the process is killed; odd numbers, to fall between and inside of blocks. */
const killAfter = [7, 18];
const timeoutMs = 120_000;

async function runUntilKilled(path: string, count: number): Promise<Hex[]> {
  const started = spawn(process.execPath, ["--import", "tsx", child, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  started.stdout.setEncoding("utf8");
  started.stdout.on("data", (text: string) => {
    printed += text;
    if (printed.split("\n").length > count) started.kill("SIGKILL");
  });
  const [, signal] = await once(started, "close");
  expect(signal).toBe("SIGKILL");
  return printed.split("\n").slice(0, -1) as Hex[];
}

it(
  "kill -9 leaves whole blocks and whole states, and loses no acknowledged transaction",
  async () => {
    const directory = await temporaryDirectory();
    const sender = lower(account(1).address);
    const acknowledged: Hex[] = [];
    try {
      for (const count of killAfter) {
        acknowledged.push(...(await runUntilKilled(directory.path, count)));
        const { database, lane } = await openLane(directory.path);
        const mempool = await ContractMempool.open(database, lane);
        const progress = database.get(keySpace("test-progress"), Uint8Array.of(0));
        expect(numberFromKey(progress as Uint8Array)).toBe(lane.head.number);
        let transfers = 0;
        for (let number = 1; number <= lane.head.number; number++) {
          const block = lane.getBlock(number);
          expect(block?.parentHash).toBe(lane.getBlock(number - 1)?.hash);
          expect(lane.getReceipts(number)).toHaveLength(block?.transactions.length as number);
          transfers += (block?.transactions.length as number) - 1;
        }
        expect(await lane.getNonce(sender)).toBe(BigInt(transfers));
        for (let number = lane.history.oldestBlock; number <= lane.head.number; number++)
          expect(await lane.getBalance(sender, number)).toBeGreaterThanOrEqual(0n);
        if (count === killAfter.at(-1)) expect(lane.history.oldestBlock).toBeGreaterThan(0);
        const lost = acknowledged.filter((hash) => !lane.getReceipt(hash) && !mempool.get(hash));
        expect(lost).toEqual([]);
        await database.close();
      }
    } finally {
      await directory.remove();
    }
  },
  timeoutMs,
);
