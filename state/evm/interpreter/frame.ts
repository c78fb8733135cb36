import type { EVM, EVMOpts } from "@ethereumjs/evm";
import type { AccessJournal } from "../access-journal.ts";
import type { BlockState } from "../block-state.ts";
import type { FrameMemory } from "./memory.ts";

/** What the package's types keep to itself, as far as the frames of the lane's own loop need it. */

type CustomOpcode = Extract<
  NonNullable<EVMOpts["customOpcodes"]>[number],
  { readonly logicFunction: unknown }
>;
export type RunState = Parameters<CustomOpcode["logicFunction"]>[0];
export type Interpreter = RunState["interpreter"];
/** An instruction of the package: what is known of it, its code, and what else it costs. */
export type Entry = ReturnType<Interpreter["lookupOpInfo"]>;

/** The storage of the account that the frame runs for. */
export interface FrameStorage {
  readonly state: BlockState;
  readonly journal: AccessJournal;
  /** What the keys of its slots begin with. */
  readonly account: string;
  /** Of the slot that the instruction is about. */
  slotKey: string;
}

/** The state of a call that runs in the lane's own loop. */
export interface Frame extends Omit<RunState, "stack" | "memory"> {
  readonly stack: { _store: bigint[]; _len: number };
  memory: FrameMemory;
  /** Of the calldata, made when it is first read. */
  callDataView: DataView | undefined;
  /** Undefined with another state than the lane's. */
  storage: FrameStorage | undefined;
}

export type Rules = EVM["common"];
