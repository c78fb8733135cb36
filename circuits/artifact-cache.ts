/**
 * Folders of finished artifacts: built in a staging folder beside them and renamed into place, so that a kill at any
 * moment leaves a whole artifact or none. Two processes may build the same one; the first to publish wins.
 */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

const stagingPrefix = ".building-";
/** This process's own: after a restart in a container the same process id may have left others. */
const ownStaging = new Set<string>();

/** A new staging folder; folders whose process is gone are removed first. */
export function stagingDirectory(cacheDirectory: string): string {
  mkdirSync(cacheDirectory, { recursive: true });
  for (const entry of readdirSync(cacheDirectory)) {
    const staging = path.join(cacheDirectory, entry);
    if (entry.startsWith(stagingPrefix) && !isInUse(staging, Number(entry.split("-")[1]))) {
      discardStaging(staging);
    }
  }
  const staging = mkdtempSync(path.join(cacheDirectory, `${stagingPrefix}${process.pid}-`));
  ownStaging.add(staging);
  return staging;
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
  ownStaging.delete(staging);
}

function isInUse(staging: string, pid: number): boolean {
  if (pid === process.pid) return ownStaging.has(staging);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
