import { type Address, type Hex, isAddress } from "viem";
import { OP_CODE, type OpKind, type OpWords } from "../state/ledger/operation.ts";
import { NeuraResponseError } from "./errors.ts";
import type {
  AccountState,
  BatchOnChain,
  BatchState,
  ChainInfo,
  LedgerProof,
  ModelState,
  OperationLevel,
  OperationState,
  Rejection,
  StoredContent,
  TaskDraw,
  TaskState,
} from "./types.ts";

const LEVEL_NAMES: readonly string[] = ["pending", "sequenced", "proven", "settled", "finalized", "rejected"];
/** Whatever stands in the home chain's queue can become part of a batch. */
const KIND_NAMES: readonly string[] = [...Object.keys(OP_CODE), "unknown"];

/** Reads a JSON value with the documented shape; throws a NeuraResponseError that names the part which does not have it. */
export class Json {
  constructor(
    readonly value: unknown,
    readonly where: string,
  ) {}

  #fail(expected: string): never {
    throw new NeuraResponseError(this.where, expected, this.value);
  }

  at(name: string): Json {
    if (typeof this.value !== "object" || this.value === null) this.#fail("an object");
    return new Json((this.value as Record<string, unknown>)[name], `${this.where}.${name}`);
  }

  get isMissing(): boolean {
    return this.value === null || this.value === undefined;
  }

  orNull<T>(read: (json: Json) => T): T | null {
    return this.isMissing ? null : read(this);
  }

  /** Quantities and 32-byte words alike; small ones may also come as JSON numbers. */
  big(): bigint {
    if (typeof this.value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(this.value)) return BigInt(this.value);
    if (typeof this.value === "number" && Number.isSafeInteger(this.value) && this.value >= 0)
      return BigInt(this.value);
    this.#fail("an unsigned integer in hex");
  }

  int(): number {
    const value = this.big();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.#fail("an integer below 2^53");
    return Number(value);
  }

  /** Milliseconds and other measurements, which may have a fraction. */
  measure(): number {
    return typeof this.value === "number" && Number.isFinite(this.value) ? this.value : this.int();
  }

  bool(): boolean {
    return typeof this.value === "boolean" ? this.value : this.#fail("true or false");
  }

  text(): string {
    return typeof this.value === "string" ? this.value : this.#fail("a string");
  }

  hex(): Hex {
    return typeof this.value === "string" && /^0x[0-9a-fA-F]*$/.test(this.value)
      ? (this.value as Hex)
      : this.#fail("hex");
  }

  address(): Address {
    return typeof this.value === "string" && isAddress(this.value, { strict: false })
      ? this.value
      : this.#fail("an address");
  }

  list<T>(read: (json: Json) => T): T[] {
    if (!Array.isArray(this.value)) this.#fail("an array");
    return this.value.map((item, index) => read(new Json(item, `${this.where}[${index}]`)));
  }

  record<T>(read: (json: Json) => T): Record<string, T> {
    if (typeof this.value !== "object" || this.value === null) this.#fail("an object");
    return Object.fromEntries(Object.keys(this.value).map((name) => [name, read(this.at(name))]));
  }

  tuple4(): [bigint, bigint, bigint, bigint] {
    const values = this.list((item) => item.big());
    if (values.length !== 4) this.#fail("four integers");
    return values as [bigint, bigint, bigint, bigint];
  }

  oneOf<T extends string>(names: readonly string[]): T {
    return names.includes(this.value as string)
      ? (this.value as T)
      : this.#fail(`one of ${names.join(", ")}`);
  }
}

const level = (json: Json): OperationLevel => json.oneOf<OperationLevel>(LEVEL_NAMES);
const kind = (json: Json): OpKind | "unknown" => json.oneOf<OpKind | "unknown">(KIND_NAMES);
const words = (json: Json): OpWords => json.tuple4();
const big = (json: Json): bigint => json.big();
const int = (json: Json): number => json.int();
const hex = (json: Json): Hex => json.hex();

export const chainInfo = (json: Json): ChainInfo => ({
  chainId: json.at("chainId").int(),
  domain: json.at("domain").big(),
  homeChainId: json.at("homeChainId").int(),
  homeContract: json.at("homeContract").address(),
  token: json.at("token").address(),
  mirrors: json.at("mirrors").list((mirror) => ({
    name: mirror.at("name").text(),
    chainId: mirror.at("chainId").int(),
    contract: mirror.at("contract").address(),
  })),
  levels: json.at("levels").int(),
  maxOps: json.at("maxOps").int(),
  maxCells: json.at("maxCells").int(),
  circuitId: json.at("circuitId").big(),
  genesisRoot: json.at("genesisRoot").big(),
  treasuryRate: json.at("treasuryRate").big(),
  reservedCells: json.at("reservedCells").record(int),
  l1Rpc: json.at("l1Rpc").orNull((urls) => urls.record((url) => url.text())) ?? undefined,
});

export const account = (json: Json): AccountState => ({
  id: json.at("id").int(),
  nonce: json.at("nonce").big(),
  pendingNonce: json.at("pendingNonce").big(),
  balanceUnits: json.at("balanceUnits").big(),
  l1Address: json.at("l1Address").address(),
  pubX: json.at("pubX").big(),
  pubY: json.at("pubY").big(),
});

export const model = (json: Json): ModelState => ({
  id: json.at("id").int(),
  status: json.at("status").big(),
  owner: json.at("owner").int(),
  share: json.at("share").big(),
  priceUnits: json.at("priceUnits").big(),
  serial: json.at("serial").big(),
  revenueUnits: json.at("revenueUnits").big(),
  manifest: json.at("manifest").big(),
});

export const taskDraw = (json: Json): TaskDraw => ({
  root: json.at("root").big(),
  drawnUnits: json.at("drawnUnits").big(),
  operationId: json.at("operationId").hex(),
});

export const task = (json: Json): TaskState => ({
  id: json.at("id").int(),
  phase: json.at("phase").big(),
  worker: json.at("worker").int(),
  submittedAt: json.at("submittedAt").big(),
  drawnUnits: json.at("drawnUnits").big(),
  requester: json.at("requester").int(),
  nonce: json.at("nonce").big(),
  verifier: json.at("verifier").int(),
  model: json.at("model").int(),
  kind: json.at("kind").big(),
  flags: json.at("flags").big(),
  treasuryRate: json.at("treasuryRate").big(),
  share: json.at("share").big(),
  deadline: json.at("deadline").big(),
  window: json.at("window").big(),
  rewardUnits: json.at("rewardUnits").big(),
  bondUnits: json.at("bondUnits").big(),
  verifierFeeUnits: json.at("verifierFeeUnits").big(),
  content: json.at("content").big(),
  input: json.at("input").orNull(big),
  receipts: json.at("receipts").list(taskDraw),
  receiptsCount: json.at("receiptsCount").int(),
  result: json.at("result").orNull(big),
  terms: json.at("terms").big(),
  money: json.at("money").big(),
});

const text = (json: Json): string | undefined =>
  json.isMissing ? undefined : typeof json.value === "string" ? json.value : JSON.stringify(json.value);

const rejection = (json: Json): Rejection => ({
  code: json.at("code").text(),
  message: json.at("message").text(),
  expected: text(json.at("expected")),
  actual: text(json.at("actual")),
});

export const operation = (json: Json): OperationState => ({
  id: json.at("id").hex(),
  kind: kind(json.at("kind")),
  sender: json.at("sender").int(),
  object: json.at("object").int(),
  feeUnits: json.at("feeUnits").big(),
  amountUnits: json.at("amountUnits").big(),
  words: words(json.at("words")),
  level: level(json.at("level")),
  mirrored: json.at("mirrored").record((item) => item.bool()),
  blockNumber: json.at("blockNumber").orNull(int),
  batchNumber: json.at("batchNumber").orNull(int),
  indexInBatch: json.at("indexInBatch").orNull(int),
  transactionHash: json.at("transactionHash").orNull(hex),
  valid: json.at("valid").orNull((item) => item.bool()),
  reason: json.at("reason").orNull(rejection),
});

const onChain = (json: Json): BatchOnChain => ({
  transactionHash: json.at("transactionHash").hex(),
  gasUsed: json.at("gasUsed").big(),
  blockNumber: json.at("blockNumber").int(),
  finalized: json.at("finalized").bool(),
});

export const batch = (json: Json): BatchState => ({
  number: json.at("number").int(),
  level: level(json.at("level")),
  rootBefore: json.at("rootBefore").big(),
  rootAfter: json.at("rootAfter").big(),
  cellCount: json.at("cellCount").int(),
  timeSeconds: json.at("timeSeconds").big(),
  firstBlock: json.at("firstBlock").orNull(int),
  lastBlock: json.at("lastBlock").orNull(int),
  ops: json.at("ops").list((op) => ({
    id: op.at("id").hex(),
    kind: kind(op.at("kind")),
    words: words(op.at("words")),
    valid: op.at("valid").bool(),
    caller: op.at("caller").orNull((caller) => caller.address()),
  })),
  withdrawals: json.at("withdrawals").list((item) => ({
    chain: item.at("chain").text(),
    recipient: item.at("recipient").address(),
    amountUnits: item.at("amountUnits").big(),
  })),
  proof: json.at("proof").orNull((proof) => ({
    constraints: proof.at("constraints").int(),
    witnessMs: proof.at("witnessMs").measure(),
    proveMs: proof.at("proveMs").measure(),
  })),
  chains: json.at("chains").record((chain) => chain.orNull(onChain)),
});

export const ledgerProof = (json: Json): LedgerProof => ({
  id: json.at("id").int(),
  fields: json.at("fields").tuple4(),
  batchNumber: json.at("batchNumber").int(),
  root: json.at("root").big(),
  path: json.at("path").list((row) => row.list(big)),
});

export const storedContent = (json: Json): StoredContent => ({
  cid: json.at("cid").text(),
  content: json.at("content").big(),
});
