import type { Logger } from "pino";

/** The stages read no clock of their own. */
export interface StageClock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends early, resolved or rejected, when the signal aborts. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
}

/** What a stage takes from the composition root. */
export interface StageRuntime extends StageClock {
  readonly log: Logger;
}

/** Something that time may cure: the stage tries again, with growing pauses, for ever. */
export class RetryableError extends Error {
  override readonly name: string = "RetryableError";
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface StageError {
  readonly code: string;
  readonly message: string;
  readonly atMs: number;
}

export type StageState = "idle" | "running" | "retrying" | "stopped" | "closed";

const firstBackoffMs = 500;
const maxBackoffMs = 30_000;

export interface StageLoopOptions {
  readonly runtime: StageRuntime;
  /** One short round of work; returns how long to wait before the next one, in milliseconds. 0: there is more to do. */
  readonly round: (signal: AbortSignal) => Promise<number>;
  /** Ends what a round may be waiting for without looking at its signal, such as a request under way. */
  readonly abort?: () => void;
  /** Called once if the stage stops for good. */
  readonly onFatal: (error: Error) => void;
}

/**
 * Repeats the rounds of a stage until it is closed. A {@link RetryableError} is retried with backoff; any other error is
 * a fault that no retry cures, so the loop stops and reports it: better no node than one that goes on from a state it does
 * not know. What fails because the stage is closing is no fault.
 */
export class StageLoop {
  readonly #options: StageLoopOptions;
  readonly #controller = new AbortController();
  #state: StageState = "idle";
  /** Ends the pause after the round that runs now. */
  #wake = new AbortController();
  #lastSuccessAtMs: number | undefined;
  #done: Promise<void> | undefined;
  #failures = 0;
  #lastError: StageError | undefined;
  #fatalError: StageError | undefined;

  constructor(options: StageLoopOptions) {
    this.#options = options;
  }

  get state(): StageState {
    return this.#state;
  }

  /** When a round last ended well; undefined before the first. */
  get lastSuccessAtMs(): number | undefined {
    return this.#lastSuccessAtMs;
  }

  /** The newest failure, whether it is over or not. */
  get lastError(): StageError | undefined {
    return this.#lastError;
  }

  /** Why the stage stopped for good. */
  get fatalError(): StageError | undefined {
    return this.#fatalError;
  }

  start(): void {
    if (this.#state !== "idle") throw new Error(`a stage starts once; this one is ${this.#state}`);
    this.#state = "running";
    this.#done = this.#run();
  }

  /** There is something to do: the next round need not wait. Not while the stage retries, whose pauses have a purpose. */
  wake(): void {
    if (this.#state !== "retrying") this.#wake.abort();
  }

  /** Ends waits at once; resolves when nothing of the stage runs any more. */
  async close(): Promise<void> {
    this.#controller.abort();
    this.#options.abort?.();
    await this.#done;
    if (this.#state !== "stopped") this.#state = "closed";
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    for (;;) {
      this.#wake = new AbortController();
      const pauseMs = await this.#attempt(signal);
      if (signal.aborted || pauseMs === undefined) return;
      if (pauseMs > 0) await this.#pause(pauseMs, AbortSignal.any([signal, this.#wake.signal]));
      if (signal.aborted) return;
    }
  }

  /** How long to wait before the next round; undefined if there is none. */
  async #attempt(signal: AbortSignal): Promise<number | undefined> {
    const { round, runtime } = this.#options;
    try {
      const pauseMs = await round(signal);
      if (this.#failures > 0) runtime.log.info({ failures: this.#failures }, "recovered");
      this.#failures = 0;
      this.#state = "running";
      this.#lastSuccessAtMs = runtime.now();
      return pauseMs;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (error instanceof RetryableError) return this.#retryAfter(error);
      this.#stop(error);
      return undefined;
    }
  }

  #retryAfter(error: RetryableError): number {
    const { now, log } = this.#options.runtime;
    const pauseMs = Math.min(firstBackoffMs * 2 ** Math.min(this.#failures, 16), maxBackoffMs);
    this.#failures += 1;
    this.#state = "retrying";
    this.#lastError = { code: error.code, message: error.message, atMs: now() };
    log.warn({ code: error.code, failures: this.#failures, retryInMs: pauseMs }, error.message);
    return pauseMs;
  }

  #stop(thrown: unknown): void {
    const { now, log } = this.#options.runtime;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
    this.#state = "stopped";
    this.#lastError = { code, message: error.message, atMs: now() };
    this.#fatalError = this.#lastError;
    log.error({ code, err: error }, `stopped: ${error.message}`);
    this.#options.onFatal(error);
  }

  async #pause(durationMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.runtime.sleep(durationMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
