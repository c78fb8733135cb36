import { type StageError, StageLoop, type StageRuntime, type StageState } from "./stage-loop.ts";

export interface ChainStageOptions {
  readonly runtime: StageRuntime;
  readonly pollMs: number;
  /** Ends the requests to the chain that are under way. */
  readonly abort: () => void;
  readonly onFatal: (error: Error) => void;
}

export interface ChainStageHealth {
  readonly state: StageState;
  /** When a round last ended well; undefined before the first. */
  readonly lastSuccessAtMs: number | undefined;
  readonly lastError: StageError | undefined;
}

/** A stage that looks at a chain, and looks again some time later. */
export abstract class ChainStage {
  readonly #loop: StageLoop;

  constructor({ runtime, pollMs, abort, onFatal }: ChainStageOptions) {
    const round = async (): Promise<number> => {
      await this.round();
      return pollMs;
    };
    this.#loop = new StageLoop({ runtime, abort, onFatal, round });
  }

  start(): void {
    this.#loop.start();
  }

  close(): Promise<void> {
    return this.#loop.close();
  }

  protected get health(): ChainStageHealth {
    const { state, lastSuccessAtMs, lastError } = this.#loop;
    return { state, lastSuccessAtMs, lastError };
  }

  /** Why it stopped for good. */
  protected get fatalError(): StageError | undefined {
    return this.#loop.fatalError;
  }

  protected abstract round(): Promise<void>;
}
