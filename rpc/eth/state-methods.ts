import { invalidParamsCode, RpcError } from "../errors.ts";
import type { Method } from "../method.ts";
import type { EthBackend } from "./backend.ts";
import { cannotUnmarshal, jsonKind, storageKey } from "./hex.ts";
import { readAddress, readStateBlock } from "./parameters.ts";
import { hexQuantity } from "./views.ts";

/** What is in a state, without running anything on it. */

const maxProvenSlots = 1_024;

export function stateMethods(backend: EthBackend): Record<string, Method> {
  const { lane } = backend;
  return {
    eth_getBalance: async (params) =>
      hexQuantity(await lane.getBalance(readAddress(params, 0), readStateBlock(backend, params, 1))),
    eth_getCode: async (params) => lane.getCode(readAddress(params, 0), readStateBlock(backend, params, 1)),
    eth_getStorageAt: async (params) =>
      lane.getStorageAt(
        readAddress(params, 0),
        BigInt(storageKey(params[1], 1)),
        readStateBlock(backend, params, 2),
      ),
    eth_getProof: async (params) => getProof(backend, params),
  };
}

async function getProof(backend: EthBackend, params: readonly unknown[]): Promise<Record<string, unknown>> {
  const address = readAddress(params, 0);
  const asked = params[1];
  if (!Array.isArray(asked)) throw cannotUnmarshal(jsonKind(asked), { position: 1 }, "[]string");
  if (asked.length > maxProvenSlots) {
    throw new RpcError(invalidParamsCode, `too many keys: ${asked.length}, limit ${maxProvenSlots}`);
  }
  const slots = asked.map((key) => storageKey(key, 1));
  const proof = await backend.lane.getProof(address, slots, readStateBlock(backend, params, 2));
  return {
    address,
    accountProof: proof.accountProof,
    balance: hexQuantity(proof.balanceWei),
    codeHash: proof.codeHash,
    nonce: hexQuantity(proof.nonce),
    storageHash: proof.storageHash,
    storageProof: proof.storageProof.map(({ value, proof: nodes }, index) => ({
      key: keyView(asked[index] as string),
      value: hexQuantity(value),
      proof: nodes,
    })),
  };
}

/** As geth: a key of 32 bytes comes back as it is, a shorter one as a number. */
function keyView(asked: string): string {
  return asked.length === 66 ? asked.toLowerCase() : hexQuantity(BigInt(asked === "0x" ? "0x0" : asked));
}
