import type { Database, Write } from "../state/database.ts";
import type { OpFields } from "../state/ledger/operation.ts";
import type { OperationId } from "../state/ledger/operation-id.ts";
import { TASK_CONTENTS, TASK_DRAWS, type TaskContent, type TaskDraw } from "../state/store/indexes.ts";

/** What the operations of one block make known of the contents of tasks. It is written with the block. */
export class TaskContents {
  readonly #database: Database;
  readonly #contents = new Map<number, TaskContent>();
  readonly #draws: { readonly task: number; readonly index: number; readonly draw: TaskDraw }[] = [];

  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Takes note of a valid operation; `task` is the cell that it names or creates. Without an id, which home's data do not
   * tell, a draw is counted but not listed.
   */
  add(operationId: OperationId | undefined, { kind, amountUnits, w3 }: OpFields, task: number): void {
    if (kind === "postTask") this.#contents.set(task, { input: w3, draws: 0, result: null });
    const known = this.#contents.get(task) ?? TASK_CONTENTS.get(this.#database, task);
    if (known === undefined) return;
    if (kind === "submitResult") this.#contents.set(task, { ...known, result: w3 });
    if (kind === "drawTask") {
      this.#contents.set(task, { ...known, draws: known.draws + 1 });
      if (operationId === undefined) return;
      const draw = { root: w3, drawnUnits: amountUnits, operationId };
      this.#draws.push({ task, index: known.draws, draw });
    }
  }

  /** What was submitted for a task; 0 if nothing was. */
  resultOf(task: number): bigint {
    return (this.#contents.get(task) ?? TASK_CONTENTS.get(this.#database, task))?.result ?? 0n;
  }

  writes(): Write[] {
    return [
      ...[...this.#contents].map(([task, content]) => TASK_CONTENTS.put(task, content)),
      ...this.#draws.map(({ task, index, draw }) => TASK_DRAWS.put([task, index], draw)),
    ];
  }
}
