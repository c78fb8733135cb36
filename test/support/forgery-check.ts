import { expect } from "vitest";
import type { BatchCircuitInput } from "../../prover/batch-witness.ts";
import type { LedgerOp } from "../../state/ledger/operation.ts";
import type { BatchSize } from "../../state/ledger/sizes.ts";
import { TEST_CACHE, TestCircuit } from "./batch-witness-check.ts";
import { forgeBatch, rowOf } from "./forged-batch.ts";
import type { Edit } from "./forgery-world.ts";
import type { LedgerScenario } from "./ledger-scenario.ts";
import { weakenedCircuits } from "./weakened-circuits.ts";

/** circomlib's verifier has a switch, which the weakened circuit turns off; for the full one it is the constant 1. */
const SWITCH = /EdDSAPoseidonVerifier#0(\.eqCheck[XY])?\.enabled$/;

/** An op that is declared valid and changes cells as it must not. */
export interface Cheat {
  readonly before: LedgerScenario;
  readonly op: LedgerOp;
  /** What the honest ledger executes, where it is another op. */
  readonly honest?: LedgerOp;
  /** What the forger makes of the cells as the honest ledger leaves them. */
  readonly after: Readonly<Record<number, Edit>>;
  readonly cheat?: bigint;
  /** Signals of the one constraint that refuses it. */
  readonly line: RegExp;
}

/** The circuit of a size, as it is proven and without the rules that forgers break. */
export class ForgeryCheck {
  /** What is proven. */
  readonly proven: TestCircuit;
  /** The same without simplification: a broken constraint is a line of the source. */
  readonly literal: TestCircuit;
  readonly weakened: TestCircuit;

  constructor(proven: TestCircuit, literal: TestCircuit, weakened: TestCircuit) {
    this.proven = proven;
    this.literal = literal;
    this.weakened = weakened;
  }

  static async of(size: BatchSize): Promise<ForgeryCheck> {
    const circuitsDirectory = weakenedCircuits(TEST_CACHE);
    return new ForgeryCheck(
      await TestCircuit.batch(size),
      await TestCircuit.batch(size, { optimization: "O0" }),
      await TestCircuit.batch(size, { optimization: "O0", circuitsDirectory }),
    );
  }

  /** Signals of the constraints that an assignment of the weakened circuit breaks, as the source names them. */
  brokenLines(witness: readonly bigint[]): string[] {
    const { system } = this.literal;
    const broken = system.violated(this.#carriedOver(this.literal, witness));
    return broken.map((index) => system.signalsIn(index).sort().join(" "));
  }

  /** Every constraint of the full circuit that the cheat breaks names signals that match `line`. */
  async expectOnlyRefusedBy(line: RegExp, input: BatchCircuitInput): Promise<void> {
    const witness = await this.weakened.witness(input);
    expect(this.weakened.system.violated(witness)).toEqual([]);
    const broken = this.brokenLines(witness);
    expect(broken).not.toEqual([]);
    expect(broken.filter((signals) => !line.test(signals))).toEqual([]);
    expect(this.proven.system.violated(this.#carriedOver(this.proven, witness))).not.toEqual([]);
    await expect(this.proven.witness(input)).rejects.toThrow();
  }

  async expectRefused({ before, op, honest = op, after, cheat, line }: Cheat): Promise<void> {
    const input = forgeBatch(before, {
      ops: [honest],
      shown: [op],
      extraCells: Object.keys(after).map(Number),
      claim: (rows) => {
        for (const [id, edit] of Object.entries(after)) {
          const row = rowOf(rows, Number(id));
          row.after = edit(row.after);
        }
        return rows;
      },
      ...(cheat === undefined ? {} : { cheat }),
      valid: true,
    });
    await this.expectOnlyRefusedBy(line, input);
  }

  /** The weakened circuit's assignment as one of another circuit's. */
  #carriedOver(to: TestCircuit, witness: readonly bigint[]): bigint[] {
    const carried = to.system.translate(witness, this.weakened.system);
    for (const [signal, wire] of to.system.wireOf) if (SWITCH.test(signal)) carried[wire] = 1n;
    return carried;
  }
}
