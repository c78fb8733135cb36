import type { Hex } from "viem";
import { type Level, type NeuraClient, type OperationState, waitForLevel } from "../../sdk/index.ts";

const LABEL_WIDTH = 44;
const SEQUENCED_TIMEOUT_MS = 5 * 60_000;
const FINALIZED_TIMEOUT_MS = 30 * 60_000;

export interface FollowedOperation {
  readonly label: string;
  readonly id: Hex;
  /** Settles when the operation is finalized at home and mirrored everywhere. */
  readonly finalized: Promise<OperationState>;
}

/** Prints what happens, and follows every operation of the demo up to finality. */
export class Progress {
  readonly followed: FollowedOperation[] = [];
  readonly #client: NeuraClient;
  readonly #print: (line: string) => void;
  readonly #startedAtMs = Date.now();

  constructor(client: NeuraClient, print: (line: string) => void) {
    this.#client = client;
    this.#print = print;
  }

  elapsedSeconds(): number {
    return (Date.now() - this.#startedAtMs) / 1000;
  }

  step(what: string, detail = ""): void {
    this.#print(
      `${this.elapsedSeconds().toFixed(1).padStart(7)} s  ${what.padEnd(LABEL_WIDTH)} ${detail}`.trimEnd(),
    );
  }

  /** Prints the operation's levels from now on. Gives it back as soon as it is in a block. */
  async follow(label: string, id: Hex): Promise<OperationState> {
    const finalized = waitForLevel(this.#client, id, "finalized", {
      timeoutMs: FINALIZED_TIMEOUT_MS,
      mirrored: true,
      onLevel: (level, operation) => this.step(label, describe(level, operation)),
    });
    // Awaited at the end; a failure before that surfaces through the wait for "sequenced" or there.
    finalized.catch(() => undefined);
    this.followed.push({ label, id, finalized });
    return waitForLevel(this.#client, id, "sequenced" satisfies Level, { timeoutMs: SEQUENCED_TIMEOUT_MS });
  }

  /** Waits for every followed operation. */
  allFinalized(): Promise<{ label: string; operation: OperationState }[]> {
    return Promise.all(
      this.followed.map(async ({ label, finalized }) => ({ label, operation: await finalized })),
    );
  }
}

function describe(level: string, { blockNumber, batchNumber }: OperationState): string {
  const where = level === "sequenced" ? `block ${blockNumber}, batch ${batchNumber}` : `batch ${batchNumber}`;
  return level === "pending" ? level : `${level.padEnd(9)}  ${where}`;
}
