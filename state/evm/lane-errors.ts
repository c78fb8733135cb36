import type { BlockTag, Hex } from "./types.ts";

/** The database holds another chain than the one that was asked for. */
export class GenesisMismatchError extends Error {
  readonly code = "GENESIS_MISMATCH";
  constructor(
    readonly expected: string,
    readonly actual: string,
  ) {
    super(
      `the database belongs to another chain: genesis ${actual}, expected ${expected}. Use another data directory`,
    );
  }
}

export class BlockTimeError extends Error {
  readonly code = "BLOCK_TIME_BEFORE_PARENT";
  constructor(
    readonly parentSeconds: number,
    readonly actualSeconds: number,
  ) {
    super(`a block may not be older than its parent: ${actualSeconds} < ${parentSeconds}`);
  }
}

/** Execution or commit failed half-way. Memory may be ahead of the disk: reopen the lane, which resumes at the head. */
export class LaneBrokenError extends Error {
  readonly code = "LANE_BROKEN";
  constructor(options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`building a block failed, reopen the node: ${reason}`, options);
  }
}

export class UnknownBlockError extends Error {
  readonly code = "UNKNOWN_BLOCK";
  readonly rpcCode = -32000;
  constructor(readonly tag: BlockTag | Hex) {
    // geth's texts: one for numbers and tags, one for hashes.
    super(typeof tag === "string" && tag.startsWith("0x") ? "header for hash not found" : "header not found");
  }
}

/** A transaction ended the EVM in a way that no transaction should: there is a fault in the node, and the block can do without it. */
export class ExecutionFaultError extends Error {
  readonly code = "EXECUTION_FAULT";
  constructor(
    readonly hash: Hex,
    options: { readonly cause: Error },
  ) {
    super(`internal error: ${options.cause.message}`, options);
  }
}

/** The state after a block is older than the history of states that is kept. */
export class StatePrunedError extends Error {
  readonly code = "STATE_PRUNED";
  readonly rpcCode = -32000;
  constructor(
    readonly blockNumber: number,
    stateRoot: Hex,
  ) {
    // geth's text, by which clients know that they need a node that keeps more.
    super(`historical state ${stateRoot.slice(2)} is not available`);
  }
}

/** The database has blocks, but not the state of the newest one. */
export class StateMissingError extends Error {
  readonly code = "STATE_MISSING";
  constructor(readonly blockNumber: number) {
    super(
      `the state after the newest block ${blockNumber} is not in the database: it was made by an older version of the node, or is damaged. Start with an empty data folder; what home has accepted is not lost, see npm run rebuild`,
    );
  }
}
