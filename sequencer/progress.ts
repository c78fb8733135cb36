/**
 * Progress of a long start, for people: one line a step, with how far it is and how long it took. On a terminal the line is
 * rewritten in place; elsewhere a step says when it begins and when it ends.
 */
export class Progress {
  readonly #out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly #now: () => number;
  #lastDrawnMs = 0;

  constructor(out: NodeJS.WritableStream & { readonly isTTY?: boolean }, now: () => number) {
    this.#out = out;
    this.#now = now;
  }

  /** Runs a step and shows it. `update` takes what is done, of how much (0: unknown). */
  async step<T>(
    title: string,
    run: (update: (phase: string, done: number, total: number) => void) => Promise<T>,
  ) {
    const started = this.#now();
    const seconds = () => ((this.#now() - started) / 1000).toFixed(1);
    if (!this.#out.isTTY) this.#out.write(`… ${title}\n`);
    let lastPhase = "";
    const result = await run((phase, done, total) => {
      const share = total > 0 ? ` ${Math.floor((100 * done) / total)} %` : "";
      if (this.#out.isTTY) this.#redraw(`… ${title}: ${phase}${share}, ${seconds()} s`);
      else if (phase !== lastPhase) this.#out.write(`  ${title}: ${phase}\n`);
      lastPhase = phase;
    });
    const line = `✓ ${title} (${seconds()} s)`;
    this.#out.write(this.#out.isTTY ? `\r\x1b[2K${line}\n` : `${line}\n`);
    return result;
  }

  #redraw(line: string): void {
    const redrawIntervalMs = 100;
    if (this.#now() - this.#lastDrawnMs < redrawIntervalMs) return;
    this.#lastDrawnMs = this.#now();
    this.#out.write(`\r\x1b[2K${line}`);
  }
}
