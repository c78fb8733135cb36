import { type Logger, pino } from "pino";
import { neuraMethods } from "../../../rpc/neura/methods.ts";
import type { BatchPolicy } from "../../../sequencer/batch-policy.ts";
import { type CatchUpOptions, openAtHome } from "../../../sequencer/catch-up.ts";
import { openSequencing, type Sequencing, type SequencingOptions } from "../../../sequencer/sequencing.ts";
import { openBatch } from "../../../state/ledger/batch.ts";
import { isCreating, opFields, type PriorityOp, withObject } from "../../../state/ledger/operation.ts";
import { BATCH_SIZES, type BatchSize } from "../../../state/ledger/sizes.ts";
import { ContentStore } from "../../../state/store/content-store.ts";
import { CURSOR, CURSORS, PRIORITY_QUEUE, readCursor } from "../../../state/store/records.ts";
import { actor, genesisAccounts, LedgerScenario, TEST_DOMAIN } from "../../support/ledger-scenario.ts";
import { chainId } from "../evm/lane-fixture.ts";

export interface SequencerOptions {
  readonly path: string;
  readonly size?: BatchSize;
  readonly feeUnits?: bigint;
  readonly policy?: Partial<BatchPolicy>;
  readonly weiPerHomeGwei?: bigint;
  /** Of the mirrors that the node knows; left out, all of home's. */
  readonly mirrorNumbers?: readonly number[];
  readonly clock: { nowMs: number };
  /** Where it settles: it follows it when it is opened. */
  readonly home?: CatchUpOptions["home"];
  readonly log?: Logger;
}

/** Of home, where a test gives one. */
export const MAX_TIME_LAG_SECONDS = 7 * 86_400;

export const log = pino({ level: "silent" });
export const CONTENT_LIMITS = { maxItemBytes: 100, maxTotalBytes: 250 };
export const MIRRORS = ["arbitrum", "polygon"];
/** Nothing settles here unless a test says so. */
const POLICY: BatchPolicy = {
  maxAgeMs: 60_000,
  minAgeMs: 4_000,
  maxLaneBytes: 80_000,
  maxUnsettledBatches: Number.POSITIVE_INFINITY,
};

function atHome(sequencing: SequencingOptions, home: CatchUpOptions["home"]): Promise<Sequencing> {
  return openAtHome({
    sequencing,
    home,
    maxTimeLagSeconds: MAX_TIME_LAG_SECONDS,
    clock: { now: sequencing.now, sleep: async () => {} },
    log: sequencing.log,
    signal: new AbortController().signal,
  });
}

/** The node's sequencing part over a real database: mempools, block builder and batch builder, driven step by step. */
export class TestSequencer {
  readonly size: BatchSize;
  readonly feeUnits: bigint;
  readonly database: Sequencing["database"];
  readonly ledger: Sequencing["ledger"];
  readonly batchedLedger: Sequencing["batchedLedger"];
  readonly lane: Sequencing["lane"];
  readonly operations: Sequencing["operations"];
  readonly transactions: Sequencing["transactions"];
  readonly blocks: Sequencing["blocks"];
  readonly batches: Sequencing["batches"];
  readonly recorded: Sequencing["recorded"];

  private constructor(
    readonly options: SequencerOptions,
    parts: Sequencing,
  ) {
    this.size = options.size ?? BATCH_SIZES.test;
    this.feeUnits = options.feeUnits ?? 0n;
    this.database = parts.database;
    this.ledger = parts.ledger;
    this.batchedLedger = parts.batchedLedger;
    this.lane = parts.lane;
    this.operations = parts.operations;
    this.transactions = parts.transactions;
    this.blocks = parts.blocks;
    this.batches = parts.batches;
    this.recorded = parts.recorded;
  }

  static async open(options: SequencerOptions): Promise<TestSequencer> {
    const { path, clock, policy, home, weiPerHomeGwei, size = BATCH_SIZES.test, feeUnits = 0n } = options;
    const sequencing: SequencingOptions = {
      directory: path,
      size,
      genesis: genesisAccounts(),
      gatewayKey: actor("gateway").key,
      domain: TEST_DOMAIN,
      chainId,
      feeUnits,
      mirrorCount: MIRRORS.length,
      mirrorNumbers: options.mirrorNumbers ?? MIRRORS.map((_, i) => i + 1),
      policy: { ...POLICY, ...policy },
      ...(weiPerHomeGwei === undefined ? {} : { weiPerHomeGwei }),
      now: () => clock.nowMs,
      log: options.log ?? log,
    };
    const parts = await (home === undefined ? openSequencing(sequencing) : atHome(sequencing, home));
    return new TestSequencer(options, parts);
  }

  /** What a restart of the node does. */
  async reopen(): Promise<TestSequencer> {
    await this.close();
    return TestSequencer.open(this.options);
  }

  close(): Promise<void> {
    return this.database.close();
  }

  /** Puts an op into the home queue, as the watcher does. Returns its index. */
  async queue(op: PriorityOp): Promise<number> {
    const index = readCursor(this.database, CURSOR.priorityRead);
    const words = isCreating(opFields(op.words).kind) ? withObject(op.words, 0) : op.words;
    await this.database.write([
      PRIORITY_QUEUE.put(index, { ...op, words, index, deadlineSeconds: op.queuedAt + 600n }),
      CURSORS.put(CURSOR.priorityRead, index + 1),
    ]);
    return index;
  }

  /** Builds blocks until there is nothing to put into one; with `closing`, lets the open batch grow old enough to close. */
  async buildAll({ closing = false } = {}): Promise<void> {
    while ((await this.blocks.build()) !== undefined);
    if (!closing) return;
    this.options.clock.nowMs += POLICY.maxAgeMs;
    while ((await this.blocks.build()) !== undefined);
    while (await this.batches.step());
  }

  /** Deposits to an actor and includes it. Returns the account's id. */
  async fund(name: string, units: bigint): Promise<number> {
    const { l1Address, publicKey } = actor(name);
    await this.queue(this.scenario().deposit(actor(name), units));
    await this.buildAll();
    for (let id = this.ledger.cellCount - 1; id > 0; id--) {
      const cell = this.ledger.cell(id);
      if (cell[1] === l1Address && cell[2] === publicKey.x) return id;
    }
    throw new Error(`${name} has no account after the deposit`);
  }

  /** Builders and look-ups of the ledger tests, over the head ledger as it is now. */
  scenario(): LedgerScenario {
    const ids = Array.from({ length: this.ledger.cellCount - 1 }, (_, i) => i + 1);
    const timeSeconds = BigInt(Math.floor(this.options.clock.nowMs / 1000));
    const batch = openBatch(this.ledger, 1n, timeSeconds);
    return Object.assign(new LedgerScenario(), { ledger: this.ledger, ids, batch });
  }

  /** The node's `neura_*` methods. */
  rpc(): ReturnType<typeof neuraMethods> {
    return neuraMethods({
      database: this.database,
      ledger: this.ledger,
      batchedLedger: this.batchedLedger,
      content: new ContentStore(this.database, CONTENT_LIMITS),
      mirrors: MIRRORS,
      withdrawalChains: ["home", ...MIRRORS],
      feeUnits: this.feeUnits,
      chainInfo: {},
      submit: (op) => this.operations.submit(op),
      nextNonce: (sender) => this.operations.nextNonce(sender),
      systemTransactionHash: async (number) => this.lane.getBlock(number)?.transactions[0]?.hash ?? null,
    });
  }
}
