import { RLP } from "@ethereumjs/rlp";
import { bytesToHex } from "@ethereumjs/util";
import type { Block } from "../../state/evm/block-store.ts";
import { encodeReceipt } from "../../state/evm/receipt-encoding.ts";
import type { Hex } from "../../state/evm/types.ts";
import { RpcError, serverErrorCode } from "../errors.ts";
import type { EthBackend } from "../eth/backend.ts";
import { readBlock, readHash } from "../eth/parameters.ts";
import type { Method } from "../method.ts";

/** Fields of a header since Shanghai: withdrawals are part of a body from then on. */
const headerFieldsWithWithdrawals = 17;

/** `debug_getRaw*`: what is hashed, byte by byte. */
export function rawMethods(backend: EthBackend): Record<string, Method> {
  const { lane, transactions } = backend;
  const find = (params: readonly unknown[]): Block => {
    const tag = readBlock(backend, params, 0);
    const found = lane.getBlock(tag);
    if (found === undefined) throw new RpcError(serverErrorCode, `block ${tag} not found`);
    return found;
  };
  return {
    debug_getRawHeader: async (params) => bytesToHex(find(params).headerRlp),
    debug_getRawBlock: async (params) => encodeBlock(find(params)),
    debug_getRawReceipts: async (params) =>
      (lane.getReceipts(find(params).number) ?? []).map((receipt) =>
        bytesToHex(encodeReceipt(receipt, receipt.type)),
      ),
    debug_getRawTransaction: async (params) => {
      const hash = readHash(params, 0);
      const found = lane.getTransaction(hash)?.transaction ?? transactions.get(hash);
      return found === undefined ? "0x" : bytesToHex(found.raw);
    },
  };
}

function encodeBlock({ headerRlp, transactions }: Block): Hex {
  const header = RLP.decode(headerRlp) as Uint8Array[];
  // A legacy transaction stands in a block as a list, the others as byte strings.
  const body = transactions.map(({ raw, decoded }) => (decoded.type === 0 ? RLP.decode(raw) : raw));
  const lists = header.length >= headerFieldsWithWithdrawals ? [[], []] : [[]];
  return bytesToHex(RLP.encode([header, body, ...lists] as never));
}
