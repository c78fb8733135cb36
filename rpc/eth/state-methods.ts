import { invalidParamsCode, RpcError } from "../errors.ts";
import type { Method } from "../method.ts";
import type { EthBackend } from "./backend.ts";
import { address, cannotUnmarshal, hash, jsonKind, storageKey } from "./hex.ts";
import { readAddress, readObject, readStateBlock } from "./parameters.ts";
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
    eth_getStorageValues: async (params) => getStorageValues(backend, params),
    eth_getProof: async (params) => getProof(backend, params),
  };
}

/** Slots of many accounts at once. */
async function getStorageValues(
  backend: EthBackend,
  params: readonly unknown[],
): Promise<Record<string, readonly string[]>> {
  const asked = Object.entries(readObject(params, 0, "map[common.Address][]common.Hash"));
  const accounts = asked.map(([key, keys]) => {
    if (!Array.isArray(keys)) throw cannotUnmarshal(jsonKind(keys), { position: 0 }, "[]common.Hash");
    return { account: address(key, { position: 0 }), slots: keys.map((slot) => hash(slot, { position: 0 })) };
  });
  const count = accounts.reduce((sum, { slots }) => sum + slots.length, 0);
  if (count === 0) throw new RpcError(invalidParamsCode, "empty request: name an account and a slot");
  if (count > maxProvenSlots) {
    throw new RpcError(invalidParamsCode, `too many slots: ${count}, limit ${maxProvenSlots}`);
  }
  const block = readStateBlock(backend, params, 1);
  const values: Record<string, readonly string[]> = {};
  for (const { account, slots } of accounts) {
    values[account] = await Promise.all(
      slots.map((slot) => backend.lane.getStorageAt(account, BigInt(slot), block)),
    );
  }
  return values;
}

async function getProof(backend: EthBackend, params: readonly unknown[]): Promise<Record<string, unknown>> {
  const account = readAddress(params, 0);
  const asked = params[1];
  if (!Array.isArray(asked)) throw cannotUnmarshal(jsonKind(asked), { position: 1 }, "[]string");
  if (asked.length > maxProvenSlots) {
    throw new RpcError(invalidParamsCode, `too many keys: ${asked.length}, limit ${maxProvenSlots}`);
  }
  const slots = asked.map((key) => storageKey(key, 1));
  const proof = await backend.lane.getProof(account, slots, readStateBlock(backend, params, 2));
  return {
    address: account,
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
