import type { Address, Hex } from "../../state/evm/types.ts";
import type { Method } from "../dispatch.ts";
import { invalidArgument, RpcError, resourceNotFoundCode } from "../errors.ts";
import type { EthBackend } from "./backend.ts";
import { address, blockNumber, hash, readObject } from "./parameters.ts";
import { logView } from "./views.ts";

const maxTopicPositions = 4;
const maxFilterAlternatives = 1_000;

export function logMethods(backend: EthBackend): Record<string, Method> {
  return {
    eth_getLogs: async (params) => {
      const fields = readObject(params, 0);
      const range = readRange(backend, fields);
      const logs = await backend.lane.getLogs({
        ...range,
        addresses: readAddresses(fields.address),
        topics: readTopics(fields.topics),
      });
      return logs.map(logView);
    },
  };
}

function readRange(
  backend: EthBackend,
  fields: Record<string, unknown>,
): { fromBlock: number; toBlock: number } {
  const { blockHash } = fields;
  if (blockHash !== undefined) {
    if (fields.fromBlock !== undefined || fields.toBlock !== undefined) {
      throw invalidArgument(
        0,
        "cannot specify both blockHash and fromBlock/toBlock, choose one or the other",
      );
    }
    const number = backend.lane.numberOf(hash(blockHash, 0));
    if (number === undefined) throw new RpcError(resourceNotFoundCode, "unknown block");
    return { fromBlock: number, toBlock: number };
  }
  const fromBlock = blockNumber(backend, fields.fromBlock ?? "latest", 0);
  const toBlock = blockNumber(backend, fields.toBlock ?? "latest", 0);
  if (fields.toBlock !== undefined && fromBlock > toBlock) {
    throw invalidArgument(
      0,
      `invalid block range params: fromBlock ${fromBlock} is after toBlock ${toBlock}`,
    );
  }
  return { fromBlock, toBlock };
}

function alternatives(value: unknown): unknown[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length > maxFilterAlternatives) {
    throw invalidArgument(0, `exceed max addresses or topics per search position: ${maxFilterAlternatives}`);
  }
  return list;
}

function readAddresses(value: unknown): Address[] {
  return value === undefined || value === null ? [] : alternatives(value).map((entry) => address(entry, 0));
}

function readTopics(value: unknown): (Hex[] | null)[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > maxTopicPositions) {
    throw invalidArgument(0, `exceed max topics: an array of at most ${maxTopicPositions} positions`);
  }
  return value.map((entry) =>
    entry === null || entry === undefined ? null : alternatives(entry).map((topic) => hash(topic, 0)),
  );
}
