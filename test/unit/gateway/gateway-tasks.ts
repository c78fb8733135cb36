import type { GatewayTask } from "../../../sdk/index.ts";
import { poseidon } from "../../../state/ledger/poseidon.ts";
import type { GatewayWorld } from "./gateway-world.ts";

/** What people of the ledger lane do with the tasks of the contract lane. */
export class LedgerPeople {
  readonly #world: GatewayWorld;

  constructor(world: GatewayWorld) {
    this.#world = world;
  }

  async claim(worker: number, cell: number): Promise<void> {
    await this.#send(worker, { kind: "claimTask", object: cell });
  }

  async submit(worker: number, cell: number, result: bigint): Promise<void> {
    await this.#send(worker, { kind: "submitResult", object: cell, w3: result });
  }

  /** Claims and submits, and returns the content that a verdict names. */
  async work(worker: number, cell: number, input: bigint, result: bigint): Promise<bigint> {
    await this.claim(worker, cell);
    await this.submit(worker, cell, result);
    return poseidon([input, result]);
  }

  async settle(verifier: number, cell: number, accept: boolean, content: bigint): Promise<void> {
    await this.#send(verifier, { kind: "settleTask", object: cell, param: accept ? 1n : 0n, w3: content });
  }

  async expire(anyone: number, cell: number): Promise<void> {
    await this.#send(anyone, { kind: "expireTask", object: cell });
  }

  async #send(
    sender: number,
    parts: {
      kind: "claimTask" | "submitResult" | "settleTask" | "expireTask";
      object: number;
      param?: bigint;
      w3?: bigint;
    },
  ): Promise<void> {
    const { sequencer } = this.#world;
    await sequencer.operations.submit(
      sequencer.scenario().signed(sender, parts, { maxFeeUnits: sequencer.feeUnits }),
    );
    await sequencer.buildAll();
  }
}

export const INPUT = 99n;

/** An inference for 1,000 units, with 100 for the verifier. */
export const inference = (
  world: GatewayWorld,
  verifier: GatewayTask["verifier"],
  changes: Partial<GatewayTask> = {},
): GatewayTask => ({
  kind: 2,
  silenceAccepts: false,
  deadlineSeconds: Math.floor(world.sequencer.options.clock.nowMs / 1000) + 600,
  windowSeconds: 300,
  rewardUnits: 1_000n,
  bondUnits: 0n,
  verifierFeeUnits: 100n,
  input: INPUT,
  verifier,
  ...changes,
});

/** Closes the open batch, so that the next one has a later time. */
export async function later(world: GatewayWorld, seconds: number): Promise<void> {
  await world.sequencer.buildAll({ closing: true });
  world.sequencer.options.clock.nowMs += seconds * 1_000;
}
