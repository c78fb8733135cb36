import type { Database } from "../state/database.ts";
import { opFields } from "../state/ledger/operation.ts";
import { genesisTotals, heldUnits, type LedgerTotals } from "../state/ledger/solvency.ts";
import { BATCHES, LATEST, PRIORITY_QUEUE, VAULT_CHECKS, type VaultRecord } from "../state/store/records.ts";
import type { StageRuntime } from "./stage-loop.ts";

const WEI_PER_UNIT = 1_000_000_000n;

/** The home contract at the end of a block. */
export interface HomeVault {
  readonly isFrozen: boolean;
  readonly batchNumber: number;
  readonly root: bigint;
  readonly balanceWei: bigint;
  readonly bondWei: bigint;
  /** Waiting entries: from head up to, and without, tail. */
  readonly queueHead: number;
  readonly queueTail: number;
  /** By mirror. */
  readonly outOnMirrorUnits: readonly bigint[];
}

export interface VaultCheckOptions {
  readonly database: Database;
  readonly mirrorCount: number;
  readonly readVault: (blockNumber: number) => Promise<HomeVault | undefined>;
  readonly runtime: StageRuntime;
}

/** Home has fewer tokens than it owes. */
export class VaultShortfallError extends Error {
  override readonly name = "VaultShortfallError";
  readonly code = "VAULT_SHORTFALL";
  constructor(
    readonly blockNumber: number,
    readonly expected: bigint,
    readonly actual: bigint,
  ) {
    super(
      `home block ${blockNumber}: the home contract must have ${expected} wei of the token for everything it owes, it has ${actual}. Send nothing more to it, keep the data folder, and compare with npm run rebuild`,
    );
  }
}

/** Looks whether the home contract's tokens cover what it owes (docs/SETTLEMENT.md, section 7). */
export class VaultCheck {
  readonly #options: VaultCheckOptions;
  #reportedSurplusWei = 0n;

  constructor(options: VaultCheckOptions) {
    this.#options = options;
  }

  /**
   * Checks at the end of a finalized block up to which the queue and the claims have been read. Tokens that somebody sent to
   * the contract for nothing are only reported. Throws a {@link VaultShortfallError}.
   */
  async run(blockNumber: number, claimedUnits: bigint): Promise<void> {
    const { database, readVault, runtime } = this.#options;
    const vault = await readVault(blockNumber);
    if (vault === undefined) return;
    const totals = this.#totalsOf(vault);
    // After a freeze cells are paid out one by one, and a batch that is not ours is the sender's matter.
    if (vault.isFrozen || totals === undefined) return;
    const record = { ...this.#sumOf(vault, totals, claimedUnits), blockNumber, atMs: runtime.now() };
    await database.write([VAULT_CHECKS.put(LATEST, record)]);
    const { surplusWei, balanceWei } = record;
    if (surplusWei < 0n) throw new VaultShortfallError(blockNumber, balanceWei - surplusWei, balanceWei);
    if (surplusWei !== this.#reportedSurplusWei)
      runtime.log.info({ surplusWei: String(surplusWei) }, "tokens were sent to home for nothing");
    this.#reportedSurplusWei = surplusWei;
  }

  #totalsOf({ batchNumber, root }: HomeVault): LedgerTotals | undefined {
    const { database, mirrorCount } = this.#options;
    if (batchNumber === 0) return genesisTotals(mirrorCount);
    const batch = BATCHES.get(database, batchNumber);
    return batch?.rootAfter === root ? batch.totals : undefined;
  }

  #sumOf(
    vault: HomeVault,
    totals: LedgerTotals,
    claimedUnits: bigint,
  ): Omit<VaultRecord, "blockNumber" | "atMs"> {
    const { batchNumber, balanceWei, bondWei, outOnMirrorUnits } = vault;
    const waitingUnits = this.#waitingUnits(vault);
    const held = heldUnits(totals.held);
    const unclaimedUnits = (totals.withdrawnUnits[0] ?? 0n) - claimedUnits;
    const outUnits = outOnMirrorUnits.reduce((sum, units) => sum + units, 0n);
    const owedWei = bondWei + WEI_PER_UNIT * (waitingUnits + held + unclaimedUnits + outUnits);
    return {
      batchNumber,
      balanceWei,
      bondWei,
      waitingUnits,
      heldUnits: held,
      unclaimedUnits,
      outOnMirrorUnits,
      surplusWei: balanceWei - owedWei,
    };
  }

  /** A waiting return counts as a deposit: what it will bring is no longer out on its mirror. */
  #waitingUnits({ queueHead, queueTail }: HomeVault): bigint {
    let units = 0n;
    for (let index = queueHead; index < queueTail; index++) {
      const entry = PRIORITY_QUEUE.get(this.#options.database, index);
      if (entry === undefined) throw new Error(`queue entry ${index} waits, but was not read`);
      const { kind, amountUnits } = opFields(entry.words);
      if (kind === "deposit" || kind === "depositToEvm") units += amountUnits;
    }
    return units;
  }
}
