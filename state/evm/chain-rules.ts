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

export const defaultBlockGasLimit = 30_000_000n;
/** Largest raw transaction, as geth's pool has it (128 KiB): four slots of 32 KiB. */
export const maxTransactionBytes = 128 * 1024;
export const initialBaseFeeWei = 1_000_000_000n;
/** EIP-1559 alone would let an idle chain sink to 7 wei, where spam is free. */
export const minBaseFeeWei = 1_000_000n;

/**
 * A transaction takes at least so many times the gas that its bytes cost on home at home's own floor, which is what EIP-7623 charges
 * for calldata there: the calldata because its floor is higher here, and the other 110 bytes or so (40 gas each) by the 21,000.
 */
export const laneDataGasFactor = 4n;

const elasticityMultiplier = 2n;
/** A base fee rises and falls by at most this part of it from one block to the next. */
export const baseFeeChangeDenominator = 8n;

/** What a block says of its child's base fee. */
export interface FeeParent {
  readonly gasLimit: bigint;
  readonly gasUsed: bigint;
  readonly baseFeeWei: bigint;
  readonly dataPriceWei: bigint;
}

/**
 * Base fee of the child of a block: EIP-1559, never below `minBaseFeeWei`, and never so low that a transaction would pay less
 * than its bytes cost on home at the block's data price.
 */
export function nextBaseFeeWei(parent: FeeParent): bigint {
  const target = parent.gasLimit / elasticityMultiplier;
  const distance = parent.gasUsed - target;
  const change =
    (parent.baseFeeWei * (distance < 0n ? -distance : distance)) / target / baseFeeChangeDenominator;
  const next = distance > 0n ? parent.baseFeeWei + (change > 1n ? change : 1n) : parent.baseFeeWei - change;
  const coveringWei = (parent.dataPriceWei + laneDataGasFactor - 1n) / laneDataGasFactor;
  const leastWei = coveringWei > minBaseFeeWei ? coveringWei : minBaseFeeWei;
  return next < leastWei ? leastWei : next;
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

/** Where the packages keep the gas per token of calldata below which no transaction gets (EIP-7623). */
const calldataFloorEip = 7623;
const calldataFloorParameter = "totalCostFloorPerToken";

/**
 * Every transaction and header takes its own copy of the rules and merges its parameter table into it again,
 * which costs more than executing a transfer. These rules never change while a node runs, so all share one.
 */
class SharedCommon extends Common {
  declare private mergedTables: Set<ParamsDict> | undefined;
  declare private active:
    | { readonly listed: readonly number[]; readonly set: ReadonlySet<number> }
    | undefined;

  readonly dataGasFactor: bigint;
  /**
   * Those of system transactions. Nobody pays for them, and their calldata, which the block's other transactions would lose the
   * room of, is on home as the batch's operations already.
   */
  readonly ofSystem: SharedCommon;

  constructor(chainId: number, dataGasFactor: bigint) {
    super({
      chain: { ...Mainnet, name: "neurachain", chainId },
      hardfork: Hardfork.Prague,
      customCrypto: { keccak256, ecrecover: recoverPublicKey, kzg: kzg as never },
    });
    this.dataGasFactor = dataGasFactor;
    this.ofSystem = dataGasFactor === 1n ? this : new SharedCommon(chainId, 1n);
  }

  /** Whether the extraData of a header is its data price. */
  get hasDataPrice(): boolean {
    return this.dataGasFactor > 1n;
  }

  override copy(): Common {
    return this;
  }

  override updateParams(params: ParamsDict): void {
    this.mergedTables ??= new Set();
    if (this.mergedTables.has(params)) return;
    super.updateParams(withDataGasFactor(params, this.dataGasFactor));
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

function withDataGasFactor(params: ParamsDict, factor: bigint): ParamsDict {
  const calldata = params[calldataFloorEip];
  const floorPerToken = calldata?.[calldataFloorParameter];
  if (calldata === undefined || typeof floorPerToken !== "number") return params;
  const raised = floorPerToken * Number(factor);
  return { ...params, [calldataFloorEip]: { ...calldata, [calldataFloorParameter]: raised } };
}

export type ChainRules = SharedCommon;

/**
 * Prague: the newest fork whose opcodes and transaction types wallets and compilers take for granted. With a factor of 1 the rules
 * are Ethereum's own, where calldata costs what it does on home and a header says nothing of a data price.
 */
export function chainRules(chainId: number, dataGasFactor: bigint = laneDataGasFactor): ChainRules {
  return new SharedCommon(chainId, dataGasFactor);
}
