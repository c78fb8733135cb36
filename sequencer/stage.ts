import type { Logger } from "pino";

/** What a stage needs of the world. */
export interface StageClock {
  readonly now: () => number;
  /** Resolves after the time, or at once when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Runs `step` again and again until it is closed: at once after a step that did something, after `idleMs` otherwise.
 * An error is final for the stage and goes to `onFatal`: the node stops rather than going on from a state it does not know.
 */
export class StageLoop {
  readonly #name: string;
  readonly #step: (signal: AbortSignal) => Promise<boolean>;
  readonly #options: { clock: StageClock; idleMs: number; log: Logger; onFatal: (error: Error) => void };
  readonly #closing = new AbortController();
  #wake = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    name: string,
    step: (signal: AbortSignal) => Promise<boolean>,
    options: { clock: StageClock; idleMs: number; log: Logger; onFatal: (error: Error) => void },
  ) {
    this.#name = name;
    this.#step = step;
    this.#options = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends the current pause: there is something to do. */
  wake(): void {
    this.#wake.abort();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, idleMs, log, onFatal } = this.#options;
    const closing = this.#closing.signal;
    try {
      while (!closing.aborted) {
        this.#wake = new AbortController();
        const didSomething = await this.#step(closing);
        if (!didSomething) await clock.sleep(idleMs, AbortSignal.any([closing, this.#wake.signal]));
      }
    } catch (error) {
      if (closing.aborted) return;
      log.fatal({ stage: this.#name, err: error }, "stage stopped");
      onFatal(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
