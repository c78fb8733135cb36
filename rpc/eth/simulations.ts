import { bytesToHex } from "@ethereumjs/util";
import { createAccessList } from "../../state/evm/access-list.ts";
import {
  type BlockCalls,
  type SimulatedCall,
  type SimulationOptions,
  simulateBlocks,
} from "../../state/evm/block-simulation.ts";
import { haltText, revertReason } from "../../state/evm/execution-errors.ts";
import { UnknownBlockError } from "../../state/evm/lane-errors.ts";
import { invalidArgument, RpcError } from "../errors.ts";
import type { Method } from "../method.ts";
import type { EthBackend } from "./backend.ts";
import { blockOverrides, callOf, readCall, readOverrides, stateOverrides } from "./call-parameters.ts";
import { cannotUnmarshal, jsonKind } from "./hex.ts";
import {
  type Fields,
  objectAt,
  readBoolean,
  readObject,
  readOptionalObject,
  readStateBlock,
} from "./parameters.ts";
import { blockView, hexQuantity, logView } from "./views.ts";

/** What would happen: calls that make no block. */

const maxSimulatedBlocks = 256;
const maxSimulatedCalls = 1_000;
/** Inside of a simulation's answer; the specification gives other codes there than to a call of its own. */
const revertCode = 3;
const vmErrorCode = -32015;
const tooManyBlocksCode = -38026;

export function simulationMethods(backend: EthBackend): Record<string, Method> {
  const { lane } = backend;
  return {
    eth_call: async (params) => {
      const request = readCall(params, 0, lane.chainId);
      const overrides = readOverrides(params, 2, 3);
      return bytesToHex(await lane.call(request, readStateBlock(backend, params, 1), overrides));
    },
    eth_estimateGas: async (params) => {
      const request = readCall(params, 0, lane.chainId);
      const overrides = readOverrides(params, 2, 3);
      return hexQuantity(await lane.estimateGas(request, readStateBlock(backend, params, 1), overrides));
    },
    eth_createAccessList: async (params) => {
      const request = readCall(params, 0, lane.chainId);
      const overrides = readOverrides(params, 2, 3);
      const source = lane.stateAfter(readStateBlock(backend, params, 1));
      const { accessList, gasUsed, error } = await createAccessList(source, request, overrides);
      return { accessList, gasUsed: hexQuantity(gasUsed), ...(error === undefined ? {} : { error }) };
    },
    eth_simulateV1: async (params) => simulate(backend, params),
  };
}

async function simulate(backend: EthBackend, params: readonly unknown[]): Promise<unknown[]> {
  const { lane } = backend;
  const request = readObject(params, 0, "ethapi.simOpts");
  const flag = (name: string) => readBoolean([request[name]], 0);
  const options: SimulationOptions = {
    traceTransfers: flag("traceTransfers"),
    validation: flag("validation"),
  };
  const isFull = flag("returnFullTransactions");
  const blocks = readBlocks(request.blockStateCalls, lane.chainId);
  const number = readStateBlock(backend, params, 1);
  const parent = lane.getBlock(number);
  if (parent === undefined) throw new UnknownBlockError(number);
  const simulated = await simulateBlocks(lane.stateAfter(number), parent, blocks, options);
  return simulated.map(({ block, calls }) => ({ ...blockView(block, isFull), calls: calls.map(callView) }));
}

function readBlocks(value: unknown, chainId: number): BlockCalls[] {
  if (!Array.isArray(value)) {
    throw cannotUnmarshal(
      jsonKind(value),
      { position: 0, field: "simOpts.blockStateCalls" },
      "[]ethapi.simBlock",
    );
  }
  if (value.length === 0) throw invalidArgument(0, "empty input: blockStateCalls needs a block");
  if (value.length > maxSimulatedBlocks)
    throw new RpcError(tooManyBlocksCode, `too many blocks: limit ${maxSimulatedBlocks}`);
  const blocks = value.map((entry) => readBlockCalls(entry, chainId));
  const calls = blocks.reduce((sum, block) => sum + block.calls.length, 0);
  if (calls > maxSimulatedCalls) throw invalidArgument(0, `too many calls: limit ${maxSimulatedCalls}`);
  return blocks;
}

function readBlockCalls(value: unknown, chainId: number): BlockCalls {
  const fields: Fields = objectAt(
    value,
    { position: 0, field: "simOpts.blockStateCalls" },
    "ethapi.simBlock",
  );
  const calls = fields.calls ?? [];
  const place = { position: 0, field: "simBlock.calls" };
  if (!Array.isArray(calls)) throw cannotUnmarshal(jsonKind(calls), place, "[]ethapi.TransactionArgs");
  return {
    block: blockOverrides(readOptionalObject([fields.blockOverrides], 0, "override.BlockOverrides"), 0),
    state: stateOverrides(readOptionalObject([fields.stateOverrides], 0, "override.StateOverride"), 0),
    calls: calls.map((call) => callOf(objectAt(call, place, "ethapi.TransactionArgs"), 0, chainId)),
  };
}

function callView({
  outcome,
  returned,
  exception,
  logs,
  maxGasUsed,
}: SimulatedCall): Record<string, unknown> {
  const result = {
    returnData: exception === undefined ? bytesToHex(returned) : "0x",
    logs: exception === undefined ? logs.map(logView) : [],
    gasUsed: hexQuantity(outcome.gasUsed),
    maxUsedGas: hexQuantity(maxGasUsed),
    status: hexQuantity(outcome.status),
  };
  if (exception === undefined) return result;
  if (exception !== "revert")
    return { ...result, error: { code: vmErrorCode, message: haltText(exception) } };
  const reason = revertReason(returned);
  const message = reason === undefined ? "execution reverted" : `execution reverted: ${reason}`;
  return { ...result, error: { code: revertCode, message, data: bytesToHex(returned) } };
}
