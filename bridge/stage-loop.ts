import type { Logger } from "pino";

/** What a stage takes from the composition root: the stages read no clock and no environment of their own. */
export interface StageRuntime {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends early, resolved or rejected, when the signal aborts. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
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
  /** One short round of work; returns how long to wait before the next one, in milliseconds. */
  readonly round: () => Promise<number>;
  /** Ends what a round may be waiting for, such as a request under way. */
  readonly abort: () => void;
  /** Called once if the stage stops for good. */
  readonly onFatal: (error: Error) => void;
}

/**
 * Repeats the rounds of a stage until it is closed. A {@link RetryableError} is retried with backoff; any other error is
 * a fault that no retry cures, so the loop stops and reports it.
 */
export class StageLoop {
  readonly #options: StageLoopOptions;
  readonly #controller = new AbortController();
  #state: StageState = "idle";
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

  /** Ends waits at once; resolves when nothing of the stage runs any more. */
  async close(): Promise<void> {
    this.#controller.abort();
    this.#options.abort();
    await this.#done;
    if (this.#state !== "stopped") this.#state = "closed";
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    for (;;) {
      const pauseMs = await this.#attempt(signal);
      if (signal.aborted || pauseMs === undefined) return;
      await this.#pause(pauseMs, signal);
      if (signal.aborted) return;
    }
  }

  /** How long to wait before the next round; undefined if there is none. */
  async #attempt(signal: AbortSignal): Promise<number | undefined> {
    try {
      const pauseMs = await this.#options.round();
      if (this.#failures > 0) this.#options.runtime.log.info({ failures: this.#failures }, "recovered");
      this.#failures = 0;
      this.#state = "running";
      return pauseMs;
    } catch (error) {
      if (error instanceof RetryableError) return signal.aborted ? undefined : this.#retryAfter(error);
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
