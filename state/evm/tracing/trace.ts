import type { StateManagerInterface } from "@ethereumjs/common";
import type { EVM } from "@ethereumjs/evm";
import { bytesToHex } from "@ethereumjs/util";
import type { Address } from "../types.ts";
import { CallTracer, type CallTracerOptions } from "./call-tracer.ts";
import { type PrestateOptions, prestateOf, stateDiff } from "./prestate.ts";
import { StructLogger, type StructLogOptions } from "./struct-logger.ts";
import { snapshotOf, TouchedState } from "./touched-state.ts";
import { traced } from "./tracer.ts";

/** What `debug_trace*` can look for. */
export type TraceConfig =
  | ({ readonly tracer: "structLogger" } & StructLogOptions)
  | ({ readonly tracer: "callTracer" } & CallTracerOptions)
  | ({ readonly tracer: "prestateTracer" } & PrestateOptions)
  | { readonly tracer: "noopTracer" };

/** One execution that can be traced. */
export interface Traceable {
  readonly evm: EVM;
  readonly state: StateManagerInterface;
  readonly gasLimit: bigint;
  /** Accounts that are touched without being named by an instruction: who gets the fees. */
  readonly implied: readonly Address[];
  readonly run: () => Promise<{
    readonly gasUsed: bigint;
    readonly returned: Uint8Array;
    readonly isFailed: boolean;
  }>;
}

/** Runs it and returns the trace in geth's form. */
export async function trace(what: Traceable, config: TraceConfig): Promise<unknown> {
  const { evm, gasLimit, run } = what;
  switch (config.tracer) {
    case "structLogger": {
      const logger = new StructLogger(config);
      const { gasUsed, returned, isFailed } = await traced(evm, logger, run);
      return {
        gas: Number(gasUsed),
        failed: isFailed,
        returnValue: bytesToHex(returned),
        structLogs: logger.logs,
      };
    }
    case "callTracer": {
      const tracer = new CallTracer(config);
      const { gasUsed } = await traced(evm, tracer, run);
      return tracer.result(gasLimit, gasUsed);
    }
    case "prestateTracer":
      return tracePrestate(what, config);
    case "noopTracer":
      await run();
      return {};
  }
}

/** What is touched is known afterwards only: so it runs, is undone, and then the old state is read. It runs again after that. */
async function tracePrestate(what: Traceable, options: PrestateOptions): Promise<unknown> {
  const { evm, state, implied, run } = what;
  const touched = new TouchedState();
  for (const address of implied) touched.touch(address);
  await state.checkpoint();
  await traced(evm, touched, run);
  const after = await snapshotOf(state, touched.touched);
  await state.revert();
  const before = await snapshotOf(state, touched.touched);
  await run();
  // Of a contract that was created there was nothing before.
  const created = [...touched.created].filter((address) => before.get(address) === undefined);
  if (options.diffMode) {
    const diff = stateDiff(before, after, options);
    for (const address of created) delete diff.pre[address];
    return diff;
  }
  for (const address of created) before.delete(address);
  return prestateOf(before, options);
}
