import type { LogCriteria, LogFilter } from "../../state/evm/log-filter.ts";
import type { Address, Hex } from "../../state/evm/types.ts";
import { invalidArgument, invalidParamsCode, RpcError, serverErrorCode } from "../errors.ts";
import type { Method } from "../method.ts";
import type { EthBackend } from "./backend.ts";
import { address, hash } from "./hex.ts";
import { blockNumber, type Fields, readObject } from "./parameters.ts";
import { logView } from "./views.ts";

const maxTopicPositions = 4;
const maxFilterAlternatives = 1_000;

export function logMethods(backend: EthBackend): Record<string, Method> {
  return {
    eth_getLogs: async (params) => {
      const fields = readObject(params, 0, "filters.FilterCriteria");
      requireKnownEnd(backend, fields);
      return logsOf(backend, fields);
    },
  };
}

/** All logs that the criteria name, at this moment. */
export async function logsOf(backend: EthBackend, fields: Fields): Promise<Record<string, unknown>[]> {
  const filter: LogFilter = { ...readRange(backend, fields), ...readCriteria(fields) };
  return (await backend.lane.getLogs(filter)).map(logView);
}

export function readCriteria(fields: Fields): LogCriteria {
  return { addresses: readAddresses(fields.address), topics: readTopics(fields.topics) };
}

export function readRange(backend: EthBackend, fields: Fields): { fromBlock: number; toBlock: number } {
  const { blockHash } = fields;
  if (blockHash !== undefined && blockHash !== null) {
    if (fields.fromBlock !== undefined || fields.toBlock !== undefined) {
      throw invalidArgument(
        0,
        "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other",
      );
    }
    const number = backend.lane.numberOf(hash(blockHash, { position: 0, field: "input.blockHash" }));
    if (number === undefined) throw new RpcError(serverErrorCode, "unknown block");
    return { fromBlock: number, toBlock: number };
  }
  const fromBlock = blockNumber(backend, fields.fromBlock ?? "latest", 0);
  const toBlock = blockNumber(backend, fields.toBlock ?? "latest", 0);
  if (fields.toBlock !== undefined && fromBlock > toBlock) {
    const message = `invalid block range params: fromBlock ${fromBlock} is after toBlock ${toBlock}`;
    throw new RpcError(invalidParamsCode, message);
  }
  return { fromBlock, toBlock };
}

/** Who asks once wants to know that the answer does not hold all of the range; a filter waits for the rest. */
function requireKnownEnd(backend: EthBackend, fields: Fields): void {
  const { blockHash, toBlock } = fields;
  if ((blockHash !== undefined && blockHash !== null) || toBlock === undefined || toBlock === null) return;
  const end = blockNumber(backend, toBlock, 0);
  const head = backend.lane.head.number;
  if (end > head) {
    const message = `block range extends beyond current head block: ${end} > ${head}`;
    throw new RpcError(invalidParamsCode, message);
  }
}

function alternatives(value: unknown): unknown[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length > maxFilterAlternatives) {
    const message = `exceed max addresses or topics per search position: ${maxFilterAlternatives}`;
    throw new RpcError(invalidParamsCode, message);
  }
  return list;
}

function readAddresses(value: unknown): Address[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "string" && !Array.isArray(value)) {
    throw invalidArgument(0, "invalid addresses in query");
  }
  return alternatives(value).map((entry) => address(entry, { position: 0, field: "input.address" }));
}

function readTopics(value: unknown): (Hex[] | null)[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalidArgument(0, "invalid topic(s): expected an array");
  if (value.length > maxTopicPositions) {
    throw new RpcError(invalidParamsCode, `exceed max topics: at most ${maxTopicPositions} positions`);
  }
  return value.map(topicPosition);
}

/** null matches anything, and so does a list that contains null. */
function topicPosition(entry: unknown): Hex[] | null {
  if (entry === null || entry === undefined) return null;
  if (typeof entry !== "string" && !Array.isArray(entry)) throw invalidArgument(0, "invalid topic(s)");
  const accepted = alternatives(entry);
  if (accepted.includes(null)) return null;
  return accepted.map((topic) => hash(topic, { position: 0, field: "input.topics" }));
}
