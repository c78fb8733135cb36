import os from "node:os";

/** Where the figures come from: they mean nothing without it. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** Processes that wanted a core before the run began; above 0, others were at work too. */
  readonly loadBefore: number;
}

const BYTES_PER_GIB = 2 ** 30;

export function thisMachine(): Machine {
  return {
    cpu: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memoryGiB: Math.round((10 * os.totalmem()) / BYTES_PER_GIB) / 10,
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    loadBefore: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
  };
}
