/**
 * anvil saves its state by emptying one file and writing it again, so a kill in that moment leaves a part of it. A copy made
 * from a whole file and put in place by renaming is never a part; it takes over when the file is unusable.
 */
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { copyFile, open, rename, rm } from "node:fs/promises";
import path from "node:path";

const backupIntervalMs = 5_000;

/**
 * Makes `state.json` of the folder usable if it can.
 * `whole`: it was; `restored`: the backup took its place; `lost`: there is neither.
 */
export function usableState(folder: string): "whole" | "restored" | "lost" {
  const state = path.join(folder, "state.json");
  const backup = path.join(folder, "state.backup.json");
  if (isWholeJson(state)) {
    keepFirstGenesis(state);
    return "whole";
  }
  if (!isWholeJson(backup)) {
    rmSync(state, { force: true });
    return "lost";
  }
  copyFileSync(backup, `${state}.new`);
  renameSync(`${state}.new`, state);
  keepFirstGenesis(state);
  return "restored";
}

/**
 * Every start of anvil makes a genesis of its own before it loads the state, and saves it beside the chain's. Of several it
 * takes the one that happens to come last in the file; the chain's own is the oldest.
 */
function keepFirstGenesis(file: string): void {
  type Block = { readonly header: { readonly number: string; readonly timestamp: string } };
  const state = JSON.parse(readFileSync(file, "utf8")) as { blocks?: readonly Block[] };
  const isGenesis = ({ header }: Block): boolean => BigInt(header.number) === 0n;
  const blocks = state.blocks ?? [];
  const [first, ...others] = blocks
    .filter(isGenesis)
    .sort((a, b) => Number(BigInt(a.header.timestamp) - BigInt(b.header.timestamp)));
  if (first === undefined || others.length === 0) return;
  const kept = blocks.filter((block) => block === first || !isGenesis(block));
  writeFileSync(`${file}.new`, JSON.stringify({ ...state, blocks: kept }));
  renameSync(`${file}.new`, file);
}

function isWholeJson(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    JSON.parse(readFileSync(file, "utf8"));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Copies the state file every few seconds while it lives; does not keep the process alive. */
export class StateBackup {
  private readonly state: string;
  private readonly backup: string;
  private readonly timer: NodeJS.Timeout;
  private running: Promise<void> = Promise.resolve();
  private isRunning = false;

  constructor(folder: string) {
    this.state = path.join(folder, "state.json");
    this.backup = path.join(folder, "state.backup.json");
    this.timer = setInterval(() => {
      if (!this.isRunning) this.running = this.copy();
    }, backupIntervalMs);
    this.timer.unref();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** A copy that is not whole, because anvil was writing, is dropped: the next one comes soon. */
  private async copy(): Promise<void> {
    this.isRunning = true;
    const staged = `${this.backup}.new`;
    try {
      await copyFile(this.state, staged);
      if (await isClosedObject(staged)) await rename(staged, this.backup);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    } finally {
      await rm(staged, { force: true });
      this.isRunning = false;
    }
  }
}

/**
 * Whether the file ends where an object ends. Cheaper than parsing, and enough here: a part of anvil's file ends with `}` only
 * by chance, and then {@link usableState} still finds out.
 */
async function isClosedObject(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if (size < 2) return false;
    const tail = Buffer.alloc(2);
    await handle.read(tail, 0, 2, size - 2);
    return tail.toString().trimEnd().endsWith("}");
  } finally {
    await handle.close();
  }
}
