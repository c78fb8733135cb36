import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { threadOptions } from "../../prover/thread-options.ts";
import { type KeyRecovery, recoverKey } from "../../state/evm/key-recovery.ts";
import { keyAt, packSignatures } from "./recovery-batch.ts";

/** What one task of a thread takes at most: enough to hide its cost, few enough that others need not wait. */
const maxBatch = 64;

interface Waiting {
  readonly signature: KeyRecovery;
  readonly resolve: (key: Uint8Array | undefined) => void;
}

/**
 * Recovers the senders of transactions in threads of their own, so that the thread that serves and builds blocks need not. What
 * arrives while all threads are busy goes to the next free one together.
 */
export class RecoveryThreads {
  readonly #pool: Piscina<Uint8Array, Uint8Array>;
  readonly #threads: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #isDue = false;

  constructor(threads: number) {
    const filename = fileURLToPath(new URL("./recovery-worker.ts", import.meta.url));
    this.#pool = new Piscina({ filename, ...threadOptions(threads), name: "recoverKeys", niceIncrement: 0 });
    // A thread that dies between tasks is replaced with the next one; without a listener it would end the process.
    this.#pool.on("error", () => undefined);
    this.#threads = threads;
  }

  /** The public key (64 bytes) behind a signature, undefined if there is none. */
  readonly recover = (signature: KeyRecovery): Promise<Uint8Array | undefined> =>
    new Promise((resolve) => {
      this.#waiting.push({ signature, resolve });
      if (this.#isDue) return;
      this.#isDue = true;
      // What has arrived in this turn goes together: to wake a thread costs half a recovery.
      setImmediate(() => {
        this.#isDue = false;
        this.#next();
      });
    });

  /** Ends the threads. What is asked from now on, this thread answers itself. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #next(): void {
    if (this.#running >= this.#threads || this.#waiting.length === 0) return;
    const batch = this.#waiting.splice(0, maxBatch);
    this.#running += 1;
    this.#answer(batch).finally(() => {
      this.#running -= 1;
      this.#next();
    });
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    const signatures = batch.map(({ signature }) => signature);
    const answers = await this.#pool.run(packSignatures(signatures)).catch(() => undefined);
    // A thread that died, or the end of all: a transaction is not lost for that.
    for (const [i, { signature, resolve }] of batch.entries()) {
      resolve(answers === undefined ? recoverKey(signature) : keyAt(answers, i));
    }
  }
}
