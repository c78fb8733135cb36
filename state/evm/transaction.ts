import {
  createEOACode7702Tx,
  createFeeMarket1559Tx,
  createLegacyTx,
  createTxFromRLP,
  type TypedTransaction,
} from "@ethereumjs/tx";
import {
  Address as AddressBytes,
  bigIntToUnpaddedBytes,
  bytesToHex,
  hexToBytes,
  SECP256K1_ORDER_DIV_2,
} from "@ethereumjs/util";
import { encodeRlp } from "../rlp.ts";
import { hexOf } from "./bytes.ts";
import { type ChainRules, keccak256, maxTransactionBytes, systemAddress } from "./chain-rules.ts";
import { type KeyRecoverer, recoverKey } from "./key-recovery.ts";
import type { Address, Authorization, CallRequest, Hex } from "./types.ts";

export type TransactionErrorCode =
  | "MALFORMED"
  | "OVERSIZED"
  | "UNSUPPORTED_TYPE"
  | "WRONG_CHAIN"
  | "INVALID_SENDER"
  | "INTRINSIC_GAS_TOO_LOW"
  | "GAS_LIMIT_EXCEEDED"
  | "NONCE_TOO_LOW"
  | "NONCE_TOO_HIGH"
  | "INSUFFICIENT_FUNDS"
  | "FEE_CAP_TOO_LOW"
  | "TIP_ABOVE_FEE_CAP"
  | "SENDER_NOT_EOA"
  | "ALREADY_KNOWN"
  | "UNDERPRICED"
  | "REPLACEMENT_UNDERPRICED"
  | "POOL_FULL";

/** A transaction that cannot be accepted or run. The message begins with geth's text, which wallets match on. */
export class TransactionError extends Error {
  /** JSON-RPC code (EIP-1474): the server refused the transaction, asking again will not help. */
  readonly rpcCode = -32000;
  constructor(
    readonly code: TransactionErrorCode,
    message: string,
  ) {
    super(message);
  }
}

const addressBytes = 20;
const blobTransactionType = 3;
const lastTransactionType = 4;
/** A first byte from here on begins an RLP list: a legacy transaction. */
const firstListByte = 0xc0;
/** EIP-3860 */
const maxInitCodeBytes = 49_152;

/** A transaction of the contract lane with its sender, recovered once and kept. */
export class SignedTransaction {
  readonly hash: Hex;
  readonly sender: Address;
  readonly raw: Uint8Array;
  readonly #rules: ChainRules;
  #decoded: TypedTransaction | undefined;

  /** Trusts its arguments: for transactions from the database. Others come through `decodeTransaction`. */
  constructor(hash: Hex, sender: Address, raw: Uint8Array, rules: ChainRules, decoded?: TypedTransaction) {
    this.hash = hash;
    this.sender = sender;
    this.raw = raw;
    this.#rules = rules;
    this.#decoded = decoded;
  }

  /** A transaction that was decoded and checked before it was stored. */
  static fromStore(sender: Address, raw: Uint8Array, rules: ChainRules): SignedTransaction {
    return new SignedTransaction(bytesToHex(keccak256(raw)), sender, raw, rules);
  }

  /** The decoded transaction; its `getSenderAddress` answers the known sender without any curve arithmetic. */
  get decoded(): TypedTransaction {
    this.#decoded ??= withSender(
      createTxFromRLP(this.raw, { common: rulesFor(this.sender, this.#rules), freeze: false }),
      this.sender,
    );
    return this.#decoded;
  }

  /** Bytes on the wire. */
  get size(): number {
    return this.raw.length;
  }

  get nonce(): bigint {
    return this.decoded.nonce;
  }

  get maxFeePerGasWei(): bigint {
    const transaction = this.decoded;
    return "maxFeePerGas" in transaction ? transaction.maxFeePerGas : transaction.gasPrice;
  }

  get maxPriorityFeePerGasWei(): bigint {
    const transaction = this.decoded;
    return "maxPriorityFeePerGas" in transaction ? transaction.maxPriorityFeePerGas : transaction.gasPrice;
  }

  /** What the sender must own: the value and all the gas at the highest price. */
  get maxCostWei(): bigint {
    return this.decoded.value + this.decoded.gasLimit * this.maxFeePerGasWei;
  }

  /** What the block producer earns per gas at this base fee; negative when the fee cap is below it. */
  tipWei(baseFeeWei: bigint): bigint {
    const room = this.maxFeePerGasWei - baseFeeWei;
    if (this.maxPriorityFeePerGasWei < room) return this.maxPriorityFeePerGasWei;
    return room;
  }
}

const rulesFor = (sender: Address, rules: ChainRules): ChainRules =>
  sender === systemAddress ? rules.ofSystem : rules;

function withSender(transaction: TypedTransaction, sender: Address): TypedTransaction {
  const address = new AddressBytes(hexToBytes(sender));
  return Object.assign(transaction, { getSenderAddress: () => address });
}

/**
 * Decodes a raw transaction and recovers its sender. Checks everything that needs no state: size, type, chain,
 * signature (low s), fee fields, intrinsic gas. Throws `TransactionError`.
 */
export async function decodeTransaction(
  raw: Uint8Array,
  rules: ChainRules,
  recover: KeyRecoverer = async (signature) => recoverKey(signature),
): Promise<SignedTransaction> {
  if (raw.length > maxTransactionBytes) {
    throw new TransactionError(
      "OVERSIZED",
      `oversized data: transaction size ${raw.length}, limit ${maxTransactionBytes}`,
    );
  }
  if (raw[0] === blobTransactionType) {
    throw new TransactionError(
      "UNSUPPORTED_TYPE",
      "transaction type not supported: this chain takes no blobs (type 3)",
    );
  }
  const decoded = parse(raw, rules);
  requireChain(decoded, rules);
  const sender = await senderOf(decoded, rules, recover);
  const transaction = new SignedTransaction(
    bytesToHex(keccak256(raw)),
    sender,
    raw,
    rules,
    withSender(decoded, sender),
  );
  requireSaneFees(transaction);
  return transaction;
}

async function senderOf(
  decoded: TypedTransaction,
  rules: ChainRules,
  recover: KeyRecoverer,
): Promise<Address> {
  const { v, r, s } = decoded;
  if (v === undefined || r === undefined || s === undefined) {
    throw new TransactionError("INVALID_SENDER", "invalid sender: not signed");
  }
  if (s > SECP256K1_ORDER_DIV_2) {
    throw new TransactionError(
      "INVALID_SENDER",
      "invalid sender: s must be in the lower half of the order (EIP-2)",
    );
  }
  const key = await recover({
    digest: digestOf(decoded),
    v,
    r: bigIntToUnpaddedBytes(r),
    s: bigIntToUnpaddedBytes(s),
    chainId: decoded.type === 0 ? rules.chainId() : undefined,
  });
  if (key === undefined) throw new TransactionError("INVALID_SENDER", "invalid sender");
  return addressOfKey(key);
}

/** What was signed. The package hashes in JavaScript, which takes several times as long. */
function digestOf(decoded: TypedTransaction): Uint8Array {
  const message = decoded.getMessageToSign();
  return keccak256(message instanceof Uint8Array ? message : encodeRlp(message));
}

const addressOfKey = (key: Uint8Array): Address => hexOf(keccak256(key).subarray(-addressBytes));

function parse(raw: Uint8Array, rules: ChainRules): TypedTransaction {
  try {
    return createTxFromRLP(raw, { common: rules, freeze: false });
  } catch (error) {
    throw refusalOf(error instanceof Error ? error.message : String(error), raw, rules);
  }
}

/** Why bytes are no acceptable transaction, from the decoder's reason. */
function refusalOf(reason: string, raw: Uint8Array, rules: ChainRules): TransactionError {
  if (raw.length === 0) return new TransactionError("MALFORMED", "typed transaction too short");
  if ((raw[0] as number) > lastTransactionType && (raw[0] as number) < firstListByte) {
    return new TransactionError("UNSUPPORTED_TYPE", `transaction type not supported: ${raw[0]}`);
  }
  const [isChainId, signedFor] = /chain ?id(?:.*derived chain id (\d+))?/is.exec(reason) ?? [];
  if (isChainId !== undefined) return wrongChain(rules, signedFor);
  if (/tip|maxPriorityFee/i.test(reason)) {
    return new TransactionError("TIP_ABOVE_FEE_CAP", "max priority fee per gas higher than max fee per gas");
  }
  if (/initcode/i.test(reason)) {
    const size = /it is (\d+)/.exec(reason)?.[1] ?? "unknown";
    return new TransactionError(
      "OVERSIZED",
      `max initcode size exceeded: code size ${size}, limit ${maxInitCodeBytes}`,
    );
  }
  if (/authorization ?list is empty/i.test(reason)) {
    return new TransactionError("MALFORMED", "EIP-7702 transaction with empty auth list");
  }
  if (/to.*(field|must).*(defined|provided|address)|contract creation/i.test(reason)) {
    return new TransactionError("MALFORMED", "EIP-7702 transaction cannot be used to create contract");
  }
  return new TransactionError(
    "MALFORMED",
    `rlp: the bytes are no signed transaction (${reason.slice(0, 200)})`,
  );
}

function wrongChain(rules: ChainRules, signedFor?: bigint | string): TransactionError {
  const have = signedFor === undefined ? "" : `have ${signedFor} `;
  return new TransactionError(
    "WRONG_CHAIN",
    `invalid chain id for signer: ${have}want ${rules.chainId()}: sign for chain ${rules.chainId()}`,
  );
}

function requireChain(decoded: TypedTransaction, rules: ChainRules): void {
  if ("chainId" in decoded) {
    if (decoded.chainId !== rules.chainId()) throw wrongChain(rules, decoded.chainId);
    return;
  }
  // A legacy signature without a chain id is valid on every chain: geth refuses it at its RPC, so do we.
  if (decoded.v === 27n || decoded.v === 28n) {
    throw new TransactionError(
      "WRONG_CHAIN",
      "only replay-protected (EIP-155) transactions allowed over RPC",
    );
  }
}

function requireSaneFees(transaction: SignedTransaction): void {
  const { decoded } = transaction;
  const intrinsicGas = decoded.getIntrinsicGas();
  const minimumGas = decoded.getMinimumGasLimit();
  if (decoded.gasLimit >= intrinsicGas && decoded.gasLimit < minimumGas) {
    throw new TransactionError(
      "INTRINSIC_GAS_TOO_LOW",
      `insufficient gas for floor data gas cost: gas ${decoded.gasLimit}, minimum needed ${minimumGas}`,
    );
  }
  if (decoded.gasLimit < minimumGas) {
    throw new TransactionError(
      "INTRINSIC_GAS_TOO_LOW",
      `intrinsic gas too low: gas ${decoded.gasLimit}, minimum needed ${minimumGas}`,
    );
  }
  if (transaction.maxPriorityFeePerGasWei > transaction.maxFeePerGasWei) {
    throw new TransactionError("TIP_ABOVE_FEE_CAP", "max priority fee per gas higher than max fee per gas");
  }
}

/** Throws unless an account in this state can send the transaction now. Both admission and execution call it. */
export function requireFunds(transaction: SignedTransaction, balanceWei: bigint): void {
  const cost = transaction.maxCostWei;
  if (balanceWei >= cost) return;
  throw new TransactionError(
    "INSUFFICIENT_FUNDS",
    `insufficient funds for gas * price + value: address ${transaction.sender} have ${balanceWei} want ${cost}`,
  );
}

export function requireNonceNotUsed(transaction: SignedTransaction, nextNonce: bigint): void {
  if (transaction.nonce >= nextNonce) return;
  throw new TransactionError(
    "NONCE_TOO_LOW",
    `nonce too low: address ${transaction.sender}, tx: ${transaction.nonce} state: ${nextNonce}`,
  );
}

/** Throws unless the transaction can run right now: the nonce is the next one, funds and fee cap suffice. */
export function requireRunnable(
  transaction: SignedTransaction,
  account: { nonce: bigint; balanceWei: bigint },
  baseFeeWei: bigint,
): void {
  requireNonceNotUsed(transaction, account.nonce);
  if (transaction.nonce > account.nonce) {
    throw new TransactionError(
      "NONCE_TOO_HIGH",
      `nonce too high: address ${transaction.sender}, tx: ${transaction.nonce} state: ${account.nonce}`,
    );
  }
  if (transaction.maxFeePerGasWei < baseFeeWei) {
    throw new TransactionError(
      "FEE_CAP_TOO_LOW",
      `max fee per gas less than block base fee: address ${transaction.sender}, maxFeePerGas: ` +
        `${transaction.maxFeePerGasWei} baseFee: ${baseFeeWei}`,
    );
  }
  requireFunds(transaction, account.balanceWei);
}

/**
 * A transaction of the system address: legacy, gas price 0, r = s = 0, v = 27. Wallet libraries read it as any other; the
 * nonce keeps its hash unique. The one to the ledger carries a block's operations and gets the gas of its calldata.
 */
export function systemTransaction(
  call: { readonly to: Address; readonly calldata: Uint8Array; readonly executionGas: bigint },
  nonce: bigint,
  rules: ChainRules,
): SignedTransaction {
  const { to, calldata, executionGas } = call;
  const fields = { nonce, gasPrice: 0n, value: 0n, to, data: calldata, v: 27n, r: 0n, s: 0n };
  const options = { common: rules.ofSystem, freeze: false };
  const leastGas = createLegacyTx({ ...fields, gasLimit: 0n }, options).getMinimumGasLimit();
  const decoded = createLegacyTx({ ...fields, gasLimit: leastGas + executionGas }, options);
  const raw = decoded.serialize();
  return new SignedTransaction(
    bytesToHex(keccak256(raw)),
    systemAddress,
    raw,
    rules,
    withSender(decoded, systemAddress),
  );
}

/** A transaction that nobody signed, for simulations: r = s = 0, and the sender is whom the caller names. */
export function unsignedTransaction(
  request: CallRequest,
  fields: { readonly sender: Address; readonly nonce: bigint; readonly gasLimit: bigint },
  rules: ChainRules,
): SignedTransaction {
  const { sender, nonce, gasLimit } = fields;
  const price = request.gasPriceWei ?? 0n;
  const tip = request.maxPriorityFeePerGasWei ?? 0n;
  const shared = {
    chainId: rules.chainId(),
    nonce,
    gasLimit,
    ...(request.to === undefined ? {} : { to: request.to }),
    value: request.valueWei ?? 0n,
    data: request.data ?? new Uint8Array(0),
    accessList: (request.accessList ?? []).map(({ address, storageKeys }) => ({
      address,
      storageKeys: [...storageKeys],
    })),
    maxFeePerGas: price,
    maxPriorityFeePerGas: tip < price ? tip : price,
    v: 0n,
    r: 0n,
    s: 0n,
  };
  const options = { common: rules, freeze: false, allowUnlimitedInitCodeSize: true };
  const { authorizationList } = request;
  const decoded =
    authorizationList === undefined
      ? createFeeMarket1559Tx(shared, options)
      : createEOACode7702Tx(
          { ...shared, to: request.to as Hex, authorizationList: signed(authorizationList) },
          options,
        );
  const raw = decoded.serialize();
  return new SignedTransaction(bytesToHex(keccak256(raw)), sender, raw, rules, withSender(decoded, sender));
}

function signed(authorizations: readonly Authorization[]) {
  const hex = (value: bigint): Hex => `0x${value.toString(16)}`;
  return authorizations.map(({ chainId, address, nonce, yParity, r, s }) => ({
    chainId: hex(chainId),
    address,
    nonce: hex(nonce),
    yParity: hex(yParity),
    r: hex(r),
    s: hex(s),
  }));
}
