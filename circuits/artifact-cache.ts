/**
 * Folders of finished artifacts: built in a staging folder beside them and renamed into place, so that a kill at any
 * moment leaves a whole artifact or none. Two processes may build the same one; the first to publish wins.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

const stagingPrefix = ".building-";

/** A new staging folder; folders whose process is gone are removed first. */
export function stagingDirectory(cacheDirectory: string): string {
  mkdirSync(cacheDirectory, { recursive: true });
  for (const entry of readdirSync(cacheDirectory)) {
    if (entry.startsWith(stagingPrefix) && !isAlive(Number(entry.split("-")[1]))) {
      discardStaging(path.join(cacheDirectory, entry));
    }
  }
  return mkdtempSync(path.join(cacheDirectory, `${stagingPrefix}${process.pid}-`));
}

/** Moves a finished staging folder to its place. */
export function publishDirectory(staging: string, directory: string): void {
  try {
    renameSync(staging, directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // Somebody else published the same content first; theirs is as good as ours.
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

export function discardStaging(staging: string): void {
  rmSync(staging, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
