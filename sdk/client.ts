import type { Address, Hex } from "viem";
import type { OpKind, SignedOp } from "../state/ledger/operation.ts";
import { domainOf } from "../state/ledger/stream.ts";
import { cidOf, contentElementOf, demandContent } from "./content.ts";
import { NeuraResponseError, NeuraRpcError, NeuraTransportError, SdkError } from "./errors.ts";
import { fromHexBytes, toHexBytes, toQuantity, toWord } from "./hex.ts";
import * as read from "./responses.ts";
import { Json } from "./responses.ts";
import type {
  AccountState,
  BatchState,
  ChainInfo,
  LedgerProof,
  ModelState,
  OperationState,
  StoredContent,
  TaskDraw,
  TaskState,
} from "./types.ts";

const REQUEST_TIMEOUT_MS = 30_000;

export interface TaskFilter {
  readonly phase?: bigint;
  readonly verifier?: number;
  readonly worker?: number;
  readonly limit?: number;
}

/** JSON-RPC client of a NeuraChain node. Methods throw NeuraRpcError, NeuraTransportError or NeuraResponseError. */
export class NeuraClient {
  readonly url: string;
  readonly #timeoutMs: number;
  #lastRequestId = 0;
  #chainInfo: Promise<ChainInfo> | undefined;

  constructor(url: string, options: { readonly timeoutMs?: number } = {}) {
    this.url = url;
    this.#timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
  }

  /** Sends one JSON-RPC request of any method and returns its result. */
  async request(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const id = ++this.#lastRequestId;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    let answer: unknown;
    try {
      const response = await fetch(this.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      answer = await response.json();
    } catch (error) {
      throw new NeuraTransportError(this.url, reasonOf(error), error);
    }
    const json = new Json(answer, method);
    if (!json.at("error").isMissing) throw rpcErrorOf(method, json.at("error"));
    if (json.at("id").value !== id)
      throw new NeuraResponseError(method, `an answer to request ${id}`, answer);
    return json.at("result").value;
  }

  async #read<T>(method: string, params: readonly unknown[], parse: (json: Json) => T): Promise<T> {
    return parse(new Json(await this.request(method, params), method));
  }

  /**
   * What the network is; it never changes, so it is asked for once. The domain, which every signature is bound to, is recomputed
   * from chain and contract: compare these two with a source other than the node before you sign.
   */
  chainInfo(): Promise<ChainInfo> {
    this.#chainInfo ??= this.#read("neura_chainInfo", [], read.chainInfo).then(checkedDomain);
    // A failed request is not remembered.
    this.#chainInfo.catch(() => {
      this.#chainInfo = undefined;
    });
    return this.#chainInfo;
  }

  /** Submits a signed operation; returns its id. */
  sendOperation({ words, authorization }: SignedOp): Promise<Hex> {
    const { nonce, maxFeeUnits, validUntil, signature } = authorization;
    const operation = {
      words: words.map(toWord),
      nonce: toQuantity(nonce),
      maxFeeUnits: toQuantity(maxFeeUnits),
      validUntil: toQuantity(validUntil),
      signature: { r8x: toWord(signature.r8x), r8y: toWord(signature.r8y), s: toWord(signature.s) },
    };
    return this.#read("neura_sendOperation", [operation], (json) => json.hex());
  }

  getOperation(id: Hex): Promise<OperationState | null> {
    return this.#read("neura_getOperation", [id], (json) => json.orNull(read.operation));
  }

  getAccount(id: number): Promise<AccountState | null> {
    return this.#read("neura_getAccount", [toQuantity(id)], (json) => json.orNull(read.account));
  }

  getAccountByKey(pubX: bigint, pubY: bigint, l1Address: Address): Promise<AccountState | null> {
    const params = [toWord(pubX), toWord(pubY), l1Address];
    return this.#read("neura_getAccountByKey", params, (json) => json.orNull(read.account));
  }

  getModel(id: number): Promise<ModelState | null> {
    return this.#read("neura_getModel", [toQuantity(id)], (json) => json.orNull(read.model));
  }

  getTask(id: number): Promise<TaskState | null> {
    return this.#read("neura_getTask", [toQuantity(id)], (json) => json.orNull(read.task));
  }

  /** Draws of a task with the roots of their receipts, in order: all that the content of the task commits to. */
  async getReceipts(
    task: Pick<TaskState, "id" | "receipts" | "receiptsCount">,
  ): Promise<readonly TaskDraw[]> {
    const draws = [...task.receipts];
    while (draws.length < task.receiptsCount) {
      const params = [toQuantity(task.id), toQuantity(draws.length)];
      const next = await this.#read("neura_getReceipts", params, (json) => json.list(read.taskDraw));
      if (next.length === 0) {
        throw new NeuraResponseError("neura_getReceipts", `${task.receiptsCount} draws`, draws.length);
      }
      draws.push(...next);
    }
    return draws.slice(0, task.receiptsCount);
  }

  getTasks(filter: TaskFilter = {}): Promise<TaskState[]> {
    const params = Object.fromEntries(
      Object.entries(filter).map(([name, value]) => [name, toQuantity(value as bigint | number)]),
    );
    return this.#read("neura_getTasks", [params], (json) => json.list(read.task));
  }

  /** Number of the newest closed batch; 0 before the first. */
  batchNumber(): Promise<number> {
    return this.#read("neura_batchNumber", [], (json) => json.int());
  }

  getBatch(number: number): Promise<BatchState | null> {
    return this.#read("neura_getBatch", [toQuantity(number)], (json) => json.orNull(read.batch));
  }

  getLedgerProof(id: number): Promise<LedgerProof> {
    return this.#read("neura_getLedgerProof", [toQuantity(id)], read.ledgerProof);
  }

  estimateFeeUnits(kind: OpKind): Promise<bigint> {
    return this.#read("neura_estimateFee", [kind], (json) => json.at("feeUnits").big());
  }

  /** Stores content in the node; checks that the node names it as it must. */
  async putContent(bytes: Uint8Array): Promise<StoredContent> {
    const stored = await this.#read("neura_putContent", [toHexBytes(bytes)], read.storedContent);
    const expected: StoredContent = { cid: cidOf(bytes), content: contentElementOf(bytes) };
    if (stored.cid === expected.cid && stored.content === expected.content) return stored;
    throw new SdkError(
      "wrong-content",
      "the node stored other bytes than were sent",
      expected.cid,
      stored.cid,
    );
  }

  /** Content by its element, checked against it. */
  async getContent(element: bigint, what = "the content"): Promise<Uint8Array> {
    const bytes = await this.#read("neura_getContent", [toWord(element)], (json) =>
      json.orNull(() => fromHexBytes(json.text(), json.where)),
    );
    if (bytes === null) {
      throw new SdkError(
        "unknown-content",
        `${what} is not in the node's store: put it there first`,
        toWord(element),
      );
    }
    demandContent(bytes, element, what);
    return bytes;
  }

  /** A balance of the contract lane, in wei of the 18-decimal NRX. */
  getEvmBalanceWei(address: Address): Promise<bigint> {
    return this.#read("eth_getBalance", [address, "latest"], (json) => json.big());
  }
}

function checkedDomain(info: ChainInfo): ChainInfo {
  const expected = domainOf(BigInt(info.homeChainId), BigInt(info.homeContract));
  if (info.domain === expected) return info;
  throw new SdkError(
    "wrong-domain",
    "the node names a domain that is not that of its home contract: do not sign anything for it",
    toWord(expected),
    toWord(info.domain),
  );
}

function rpcErrorOf(method: string, error: Json): NeuraRpcError {
  const data = error.at("data");
  const part = (name: string): string | undefined => {
    if (typeof data.value !== "object" || data.isMissing) return undefined;
    const { value, isMissing } = data.at(name);
    return isMissing ? undefined : String(value);
  };
  const code = error.at("code").value;
  const rpcCode = typeof code === "number" ? code : 0;
  const message = error.at("message").text();
  return new NeuraRpcError(
    method,
    rpcCode,
    message,
    data.value,
    part("code"),
    part("expected"),
    part("actual"),
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
