import { ExecutionFailedError } from "../../state/evm/execution-errors.ts";
import { StatePrunedError } from "../../state/evm/lane-errors.ts";
import { bytesOf, callGas, execute, withState } from "../../state/evm/simulation.ts";
import { type ReplaySource, traceBlock } from "../../state/evm/tracing/replay.ts";
import { type TraceConfig, trace } from "../../state/evm/tracing/trace.ts";
import type { CallRequest, Hex } from "../../state/evm/types.ts";
import { invalidArgument, RpcError, serverErrorCode } from "../errors.ts";
import type { EthBackend } from "../eth/backend.ts";
import { blockOverrides, readCall, stateOverrides } from "../eth/call-parameters.ts";
import { uint64 } from "../eth/hex.ts";
import {
  blockNumber,
  type Fields,
  readBoolean,
  readHash,
  readOptionalObject,
  readStateBlock,
} from "../eth/parameters.ts";
import type { Method } from "../method.ts";

/** `debug_trace*`: what transactions did, step by step or call by call. */
export function debugMethods(backend: EthBackend): Record<string, Method> {
  const queue = new TraceQueue();
  const methods: Record<string, Method> = {
    debug_traceTransaction: async (params) => traceTransaction(backend, queue, params),
    debug_traceCall: async (params) => traceCall(backend, queue, params),
    debug_traceBlockByNumber: async (params) => {
      const number = blockNumber(backend, params[0], 0);
      const config = readConfig(params, 1);
      const source = wholeBlock(backend, number, `block #${number} not found`);
      return queue.run(() => traceBlock(source, config));
    },
    debug_traceBlockByHash: async (params) => {
      const hash = readHash(params, 0);
      const config = readConfig(params, 1);
      const source = wholeBlock(backend, hash, `block ${hash} not found`);
      return queue.run(() => traceBlock(source, config));
    },
  };
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, onOldState(method)]));
}

/** Traces of blocks whose state is pruned are refused with geth's text for traces, which is another one than for calls. */
function onOldState(method: Method): Method {
  return async (...args) => {
    try {
      return await method(...args);
    } catch (error) {
      if (!(error instanceof StatePrunedError)) throw error;
      throw new RpcError(serverErrorCode, "historical state is not available");
    }
  };
}

/** Traces keep the thread busy and hold much memory: one at a time, and not many may wait. */
class TraceQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= maxWaitingTraces) {
      throw new RpcError(serverErrorCode, "too many traces are being made: ask again later");
    }
    this.#waiting += 1;
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#waiting -= 1;
    }
  }
}

const maxWaitingTraces = 32;

async function traceTransaction(
  { lane }: EthBackend,
  queue: TraceQueue,
  params: readonly unknown[],
): Promise<unknown> {
  const config = readConfig(params, 1);
  const found = lane.getTransaction(readHash(params, 0));
  if (found === undefined) throw new RpcError(serverErrorCode, "transaction not found");
  const source = lane.replayOf(found.block.number);
  if (source === undefined) throw new RpcError(serverErrorCode, "genesis is not traceable");
  const [traced] = await queue.run(() => traceBlock(source, config, (index) => index === found.index));
  return traced?.result;
}

function wholeBlock({ lane }: EthBackend, tag: number | Hex, notFound: string): ReplaySource {
  if (lane.numberOf(tag) === undefined) throw new RpcError(serverErrorCode, notFound);
  const source = lane.replayOf(tag);
  if (source === undefined) throw new RpcError(serverErrorCode, "genesis is not traceable");
  return source;
}

async function traceCall(
  backend: EthBackend,
  queue: TraceQueue,
  params: readonly unknown[],
): Promise<unknown> {
  const { lane } = backend;
  const request = readCall(params, 0, lane.chainId);
  const source = lane.stateAfter(readStateBlock(backend, params, 1));
  const options = readOptionalObject(params, 2, "tracers.TraceCallConfig");
  const config = readConfig(params, 2);
  const overrides = {
    state: stateOverrides(readOptionalObject([options.stateOverrides], 0, "override.StateOverride"), 2),
    block: blockOverrides(readOptionalObject([options.blockOverrides], 0, "override.BlockOverrides"), 2),
  };
  return queue.run(() =>
    withState(source, overrides, async (scratch, block) => {
      const gasLimit = callGas(source, overrides, request);
      const run = async () => outcomeOf(await execute(scratch, source.rules, block, request, gasLimit));
      return trace({ ...scratch, gasLimit, implied: impliedBy(request, block.coinbase), run }, config);
    }),
  );
}

function outcomeOf({ gasUsed, returned, failure }: Awaited<ReturnType<typeof execute>>) {
  // What could not even start has no trace.
  if (failure instanceof ExecutionFailedError && /^intrinsic gas too low/.test(failure.message))
    throw failure;
  return { gasUsed, returned, isFailed: failure !== undefined };
}

function impliedBy({ from, to }: CallRequest, coinbase: Hex): Hex[] {
  return [from, to, coinbase].filter((address) => address !== undefined).map((a) => bytesOf(a).toString());
}

function readConfig(params: readonly unknown[], position: number): TraceConfig {
  const fields = readOptionalObject(params, position, "tracers.TraceConfig");
  const own = readOptionalObject([fields.tracerConfig], 0, "json.RawMessage");
  const flag = (from: Fields, name: string) => readBoolean([from[name]], 0);
  switch (fields.tracer ?? "structLogger") {
    case "structLogger":
    case "":
      return {
        tracer: "structLogger",
        enableMemory: flag(fields, "enableMemory"),
        disableStack: flag(fields, "disableStack"),
        disableStorage: flag(fields, "disableStorage"),
        enableReturnData: flag(fields, "enableReturnData"),
        limit: readLimit(fields.limit, position),
      };
    case "callTracer":
      return {
        tracer: "callTracer",
        onlyTopCall: flag(own, "onlyTopCall"),
        withLog: flag(own, "withLog"),
      };
    case "prestateTracer":
      return {
        tracer: "prestateTracer",
        diffMode: flag(own, "diffMode"),
        disableCode: flag(own, "disableCode"),
        disableStorage: flag(own, "disableStorage"),
      };
    case "noopTracer":
      return { tracer: "noopTracer" };
    default:
      throw new RpcError(
        serverErrorCode,
        "tracer not found: use structLogger (the default), callTracer, prestateTracer or noopTracer",
      );
  }
}

function readLimit(value: unknown, position: number): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === "string") return Number(uint64(value, { position, field: "TraceConfig.limit" }));
  throw invalidArgument(position, "limit must be a number");
}
