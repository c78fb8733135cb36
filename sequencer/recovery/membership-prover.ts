import { availableParallelism } from "node:os";
import type { Address } from "viem";
import { membershipCircuit } from "../../circuits/mains.ts";
import type { CircuitArtifacts } from "../../prover/artifacts.ts";
import { membershipCircuitInput } from "../../prover/membership-witness.ts";
import { ProverPool } from "../../prover/pool.ts";
import type { EvmProof } from "../../prover/proof.ts";
import type { Progress } from "../progress.ts";
import type { ConnectedChain } from "./command.ts";
import type { HomeState } from "./home-state.ts";
import { deployedArtifacts, type KeyChoice } from "./proving.ts";

/** Makes membership proofs of cells under the newest root, with the key that the deployed verifier takes. */
export class MembershipProver {
  readonly #pool = new ProverPool({ threads: availableParallelism() });
  readonly #artifacts: CircuitArtifacts;
  readonly #state: HomeState;
  readonly #progress: Progress;

  private constructor(artifacts: CircuitArtifacts, state: HomeState, progress: Progress) {
    this.#artifacts = artifacts;
    this.#state = state;
    this.#progress = progress;
  }

  /** Throws what {@link deployedArtifacts} throws. */
  static async open(
    chain: ConnectedChain,
    verifier: Address,
    state: HomeState,
    key: KeyChoice,
    progress: Progress,
  ): Promise<MembershipProver> {
    const circuit = membershipCircuit(state.created.size);
    return new MembershipProver(
      await deployedArtifacts(chain, verifier, circuit, key, progress),
      state,
      progress,
    );
  }

  async prove(id: number): Promise<EvmProof> {
    const input = membershipCircuitInput(this.#state.ledger.tree, id);
    const job = { ...this.#artifacts, input };
    const { proof } = await this.#progress.step(`proof of cell ${id}`, () => this.#pool.prove(job));
    return proof;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
