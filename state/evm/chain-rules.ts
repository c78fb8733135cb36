import { Common, Hardfork, Mainnet, type ParamsDict } from "@ethereumjs/common";
import { createKeccak } from "hash-wasm";
import { recoverKey } from "./key-recovery.ts";
import { verifyPointEvaluation } from "./point-evaluation.ts";
import type { Address } from "./types.ts";

/** The rules of the contract lane: hard fork, limits, fixed addresses, and the fast cryptography behind them. */

/** Sender of the one transaction per block that carries ledger operations. Nobody has its key. */
export const systemAddress: Address = "0xfffffffffffffffffffffffffffffffffffffffe";
/** The ledger precompile. The low bytes spell "NRX". */
export const ledgerAddress: Address = "0x00000000000000000000000000000000004e5258";
/** The gateway contract: code of the genesis. The low bytes spell "NRXG". */
export const gatewayAddress: Address = "0x000000000000000000000000000000004e525847";

export const defaultBlockGasLimit = 60_000_000n;
/** Largest raw transaction, as geth's pool has it (128 KiB): four slots of 32 KiB. */
export const maxTransactionBytes = 128 * 1024;
export const initialBaseFeeWei = 1_000_000_000n;
/** EIP-1559 alone would let an idle chain sink to 7 wei, where spam is free. */
export const minBaseFeeWei = 1_000_000n;

const elasticityMultiplier = 2n;
const baseFeeChangeDenominator = 8n;

/** Base fee of the child of a block (EIP-1559), never below `minBaseFeeWei`. */
export function nextBaseFeeWei(parent: { gasLimit: bigint; gasUsed: bigint; baseFeeWei: bigint }): bigint {
  const target = parent.gasLimit / elasticityMultiplier;
  const distance = parent.gasUsed - target;
  const change =
    (parent.baseFeeWei * (distance < 0n ? -distance : distance)) / target / baseFeeChangeDenominator;
  const next = distance > 0n ? parent.baseFeeWei + (change > 1n ? change : 1n) : parent.baseFeeWei - change;
  if (distance === 0n) return parent.baseFeeWei;
  return next < minBaseFeeWei ? minBaseFeeWei : next;
}

const keccak = await createKeccak(256);

/** Keccak-256. WebAssembly: a trie node costs 3 µs instead of 26 µs in plain JavaScript. */
export function keccak256(message: Uint8Array): Uint8Array {
  return keccak.init().update(message).digest("binary");
}

class InvalidSignatureError extends Error {
  readonly code = "INVALID_SIGNATURE";
  readonly rpcCode = -32000;
  constructor() {
    super("invalid sender: the signature recovers no public key");
  }
}

/** The public key (64 bytes) behind a signature, as the packages ask for it. Throws `InvalidSignatureError`. */
function recoverPublicKey(
  digest: Uint8Array,
  v: bigint,
  r: Uint8Array,
  s: Uint8Array,
  chainId?: bigint,
): Uint8Array {
  const key = recoverKey({ digest, v, r, s, chainId });
  if (key === undefined) throw new InvalidSignatureError();
  return key;
}

/** Of blobs, precompile 0x0a alone is there: the lane takes no transactions with blobs. */
const kzg = { verifyProof: verifyPointEvaluation };

/**
 * Every transaction and header takes its own copy of the rules and merges its parameter table into it again,
 * which costs more than executing a transfer. These rules never change while a node runs, so all share one.
 */
class SharedCommon extends Common {
  declare private mergedTables: Set<ParamsDict> | undefined;
  declare private active:
    | { readonly listed: readonly number[]; readonly set: ReadonlySet<number> }
    | undefined;

  override copy(): Common {
    return this;
  }

  override updateParams(params: ParamsDict): void {
    this.mergedTables ??= new Set();
    if (this.mergedTables.has(params)) return;
    super.updateParams(params);
    this.mergedTables.add(params);
  }

  /** Asked several times for every instruction; the package searches a list. */
  override isActivatedEIP(eip: number): boolean {
    const listed = this._activatedEIPsCache;
    if (this.active?.listed !== listed) this.active = { listed, set: new Set(listed) };
    return this.active.set.has(eip);
  }

  /** For a short-lived EVM: it subscribes to the events of its rules and would never be collected. */
  detached(): Common {
    const copy = super.copy() as SharedCommon;
    copy.mergedTables = new Set(this.mergedTables);
    return copy;
  }
}

export type ChainRules = SharedCommon;

/** Prague: the newest fork whose opcodes and transaction types wallets and compilers take for granted. */
export function chainRules(chainId: number): ChainRules {
  return new SharedCommon({
    chain: { ...Mainnet, name: "neurachain", chainId },
    hardfork: Hardfork.Prague,
    customCrypto: { keccak256, ecrecover: recoverPublicKey, kzg: kzg as never },
  });
}
