import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Address } from "viem";
import { cidOf, contentElementOf } from "../../../sdk/content.ts";
import { fromHexBytes, toAddress, toHexBytes, toQuantity, toWord } from "../../../sdk/hex.ts";
import {
  applyToBatch,
  closeBatch,
  hasRoomFor,
  type OpenBatch,
  openBatch,
  withdrawalsOf,
} from "../../../state/ledger/batch.ts";
import {
  CELL_TAG,
  type Cell,
  decodeAccount,
  decodeModel,
  decodeTask,
  RESERVED_CELL,
  tagOf,
} from "../../../state/ledger/cells.ts";
import { privateKeyFromSeed, publicKeyOf } from "../../../state/ledger/eddsa.ts";
import { LedgerError } from "../../../state/ledger/errors.ts";
import { type GenesisAccounts, Ledger } from "../../../state/ledger/ledger.ts";
import {
  isCreating,
  isSigned,
  type LedgerOp,
  type OpWords,
  opFields,
  opWords,
  type SignedOp,
  withFee,
  withObject,
} from "../../../state/ledger/operation.ts";
import { queuedOperationId } from "../../../state/ledger/operation-id.ts";
import { circuitIdOf, domainOf } from "../../../state/ledger/stream.ts";
import { messageOf } from "../../../state/ledger/transition.ts";

const SIZE = { levels: 3, maxOps: 10, maxCells: 8 };
const HOME_CHAIN_ID = 11155111;
const HOME_CONTRACT: Address = "0x00000000000000000000000000000000000c0de1";
const FEE_UNITS = 1_000n;
const SHOWN_DRAWS = 2;

interface Recorded {
  id: string;
  op: LedgerOp;
  words: OpWords;
  level: string;
  valid: boolean | null;
  batchNumber: number | null;
  indexInBatch: number | null;
  reason: LedgerError | null;
}

interface ClosedBatch {
  number: number;
  open: OpenBatch;
  rootAfter: bigint;
  cellCount: number;
  recorded: Recorded[];
  level: string;
}

interface FakeTaskContent {
  input: bigint;
  draws: { root: string; drawnUnits: string; operationId: string }[];
  result: bigint | null;
}

class FakeRpcError extends Error {
  constructor(
    readonly rpcCode: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

const genesisAccounts = (): GenesisAccounts => {
  const identity = (seed: number) => {
    const { x, y } = publicKeyOf(privateKeyFromSeed(new Uint8Array(32).fill(seed)));
    return { l1Address: BigInt(seed), pubX: x, pubY: y };
  };
  return { operator: identity(1), treasury: identity(2), gateway: identity(3), governor: identity(4) };
};

/** A node without blocks, proofs and L1s: the RPC's shapes over the real ledger. Operations are sequenced when they arrive. */
export class FakeNode {
  readonly ledger = Ledger.genesis(SIZE, genesisAccounts());
  readonly domain = domainOf(BigInt(HOME_CHAIN_ID), BigInt(HOME_CONTRACT));
  readonly contents = new Map<bigint, Uint8Array>();
  readonly evmCreditsUnits = new Map<bigint, bigint>();
  readonly requests: string[] = [];
  nowSeconds = BigInt(Math.floor(Date.now() / 1000));
  /** Accepts operations without sequencing them. */
  isPaused = false;
  /** Changes an answer before it is sent: for nodes that lie. */
  tamper: (method: string, result: unknown) => unknown = (_method, result) => result;

  #queued = 0n;
  readonly #operations = new Map<string, Recorded>();
  readonly #taskContents = new Map<number, FakeTaskContent>();
  readonly #batches: ClosedBatch[] = [];
  #pending: Recorded[] = [];
  #open = openBatch(this.ledger, 1n, this.nowSeconds);
  #inOpen: Recorded[] = [];
  #server: Server | undefined;

  static async start(): Promise<FakeNode> {
    const node = new FakeNode();
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(node.#answer(JSON.parse(Buffer.concat(chunks).toString()))));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    node.#server = server;
    return node;
  }

  get url(): string {
    if (this.#server === undefined) throw new Error("the node was not started");
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** A deposit from the home chain. */
  deposit(to: { publicKey: { x: bigint; y: bigint }; l1Address: Address }, amountUnits: bigint): void {
    const { x, y } = to.publicKey;
    const words = opWords({ kind: "deposit", amountUnits, w1: BigInt(to.l1Address), w2: x, w3: y });
    const caller = BigInt(to.l1Address);
    this.#sequence(
      this.#record(queuedOperationId(this.#queued++), { words, caller, queuedAt: this.nowSeconds }),
    );
  }

  /** Sequences what waited while the node was paused. */
  resume(): void {
    this.isPaused = false;
    for (const recorded of this.#pending.splice(0)) this.#sequence(recorded);
  }

  /** Closes the open batch, if it has operations, and brings every batch to a level. */
  confirm(level: string): void {
    this.#closeBatch();
    for (const batch of this.#batches) {
      batch.level = level;
      for (const recorded of batch.recorded) recorded.level = level;
    }
  }

  #record(id: string, op: LedgerOp): Recorded {
    const recorded: Recorded = {
      id,
      op,
      words: op.words,
      level: "pending",
      valid: null,
      batchNumber: null,
      indexInBatch: null,
      reason: null,
    };
    this.#operations.set(id, recorded);
    return recorded;
  }

  #place(op: LedgerOp): LedgerOp {
    const fields = opFields(op.words);
    let words = isSigned(op) ? withFee(op.words, FEE_UNITS) : op.words;
    if (isCreating(fields.kind)) words = withObject(words, this.#objectFor(op));
    return { ...op, words };
  }

  #objectFor(op: LedgerOp): number {
    const { kind, w1, w2, w3 } = opFields(op.words);
    if (kind !== "deposit") return this.ledger.cellCount;
    const known = this.#find((cell) => cell[1] === w1 && cell[2] === w2 && cell[3] === w3);
    return known ?? this.ledger.cellCount;
  }

  #find(predicate: (cell: Cell) => boolean): number | undefined {
    for (let id = 1; id < this.ledger.cellCount; id++) if (predicate(this.ledger.cell(id))) return id;
    return undefined;
  }

  #sequence(recorded: Recorded): void {
    const op = this.#place(recorded.op);
    if (!hasRoomFor(this.#open, op, this.ledger, SIZE)) this.#closeBatch();
    if (this.#open.ops.length === 0) {
      this.#open = openBatch(this.ledger, BigInt(this.#batches.length + 1), this.nowSeconds);
    }
    recorded.words = op.words;
    try {
      const applied = applyToBatch(this.ledger, this.#open, op, this.domain);
      recorded.valid = applied.valid;
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      recorded.level = "rejected";
      recorded.reason = error;
      return;
    }
    recorded.level = "sequenced";
    recorded.batchNumber = Number(this.#open.number);
    recorded.indexInBatch = this.#inOpen.push(recorded) - 1;
    this.#remember(op, recorded.id);
  }

  #remember(op: LedgerOp, operationId: string): void {
    const { kind, object, w1, w3, amountUnits } = opFields(op.words);
    if (kind === "postTask") this.#taskContents.set(object, { input: w3, draws: [], result: null });
    const task = this.#taskContents.get(object);
    if (kind === "submitResult" && task !== undefined) task.result = w3;
    if (kind === "drawTask") {
      task?.draws.push({ root: toWord(w3), drawnUnits: toQuantity(amountUnits), operationId });
    }
    if (kind === "transfer" && object === RESERVED_CELL.gateway) {
      this.evmCreditsUnits.set(w1, (this.evmCreditsUnits.get(w1) ?? 0n) + amountUnits);
    }
  }

  /** Time goes on; what comes next is in a batch of its own. */
  passSeconds(seconds: bigint): void {
    this.#closeBatch();
    this.nowSeconds += seconds;
  }

  #closeBatch(): void {
    if (this.#open.ops.length === 0) return;
    closeBatch(this.ledger, this.#open);
    const { cellCount } = this.ledger;
    const recorded = this.#inOpen.splice(0);
    const number = Number(this.#open.number);
    this.#batches.push({
      number,
      open: this.#open,
      rootAfter: this.ledger.root(),
      cellCount,
      recorded,
      level: "sequenced",
    });
    this.#open = openBatch(this.ledger, BigInt(number + 1), this.nowSeconds);
  }

  #answer({ id, method, params }: { id: number; method: string; params: unknown[] }): unknown {
    this.requests.push(method);
    const handler = (this.#methods as Record<string, (...params: never[]) => unknown>)[method];
    try {
      if (handler === undefined) throw new FakeRpcError(-32601, `the method ${method} does not exist`);
      return { jsonrpc: "2.0", id, result: this.tamper(method, handler(...(params as never[]))) ?? null };
    } catch (error) {
      if (error instanceof FakeRpcError) {
        return {
          jsonrpc: "2.0",
          id,
          error: { code: error.rpcCode, message: error.message, data: error.data },
        };
      }
      if (!(error instanceof LedgerError)) throw error;
      const { code, expected, actual, message } = error;
      return { jsonrpc: "2.0", id, error: { code: -32000, message, data: { code, expected, actual } } };
    }
  }

  readonly #methods = {
    neura_chainInfo: () => ({
      chainId: toQuantity(1337),
      domain: toWord(this.domain),
      homeChainId: toQuantity(HOME_CHAIN_ID),
      homeContract: HOME_CONTRACT,
      token: toAddress(0x70cen),
      mirrors: [{ name: "arbitrum", chainId: toQuantity(421614), contract: toAddress(0xabcn) }],
      levels: toQuantity(SIZE.levels),
      maxOps: toQuantity(SIZE.maxOps),
      maxCells: toQuantity(SIZE.maxCells),
      circuitId: toWord(circuitIdOf(SIZE)),
      genesisRoot: toWord(this.ledger.root()),
      treasuryRate: toQuantity(200),
      reservedCells: RESERVED_CELL,
    }),
    neura_sendOperation: (sent: {
      words: [string, string, string, string];
      nonce: string;
      maxFeeUnits: string;
      validUntil: string;
      signature: { r8x: string; r8y: string; s: string };
    }) => {
      const { r8x, r8y, s } = sent.signature;
      const op: SignedOp = {
        words: sent.words.map(BigInt) as unknown as OpWords,
        authorization: {
          nonce: BigInt(sent.nonce),
          maxFeeUnits: BigInt(sent.maxFeeUnits),
          validUntil: BigInt(sent.validUntil),
          signature: { r8x: BigInt(r8x), r8y: BigInt(r8y), s: BigInt(s) },
        },
      };
      const context = { domain: this.domain, read: this.ledger.cell, capacity: this.ledger.capacity };
      const recorded = this.#record(toWord(messageOf(op.words, op.authorization, context)), op);
      if (this.isPaused) {
        this.#pending.push(recorded);
        return recorded.id;
      }
      this.#sequence(recorded);
      if (recorded.reason === null) return recorded.id;
      this.#operations.delete(recorded.id);
      throw recorded.reason;
    },
    neura_getOperation: (id: string) => {
      const recorded = this.#operations.get(id);
      if (recorded === undefined) return null;
      const { kind, sender, object, feeUnits, amountUnits } = opFields(recorded.words);
      const { level, valid, reason, batchNumber, indexInBatch } = recorded;
      return {
        id,
        kind,
        sender: toQuantity(sender),
        object: toQuantity(object),
        feeUnits: toQuantity(feeUnits),
        amountUnits: toQuantity(amountUnits),
        words: recorded.words.map(toWord),
        level,
        mirrored: { arbitrum: level === "finalized" },
        blockNumber: batchNumber === null ? null : toQuantity(1),
        batchNumber: batchNumber === null ? null : toQuantity(batchNumber),
        indexInBatch: indexInBatch === null ? null : toQuantity(indexInBatch),
        transactionHash: null,
        valid,
        reason: reason && {
          code: reason.code,
          message: reason.message,
          expected: reason.expected,
          actual: reason.actual,
        },
      };
    },
    neura_getAccount: (id: string) => this.#account(Number(id)),
    neura_getAccountByKey: (x: string, y: string, l1Address: string) =>
      this.#account(
        this.#find((c) => c[1] === BigInt(l1Address) && c[2] === BigInt(x) && c[3] === BigInt(y)) ?? 0,
      ),
    neura_getModel: (id: string) => {
      const cell = this.ledger.cell(Number(id));
      if (tagOf(cell) !== CELL_TAG.model) return null;
      const model = decodeModel(cell);
      return {
        id,
        status: toQuantity(model.status),
        owner: toQuantity(model.owner),
        share: toQuantity(model.share),
        priceUnits: toQuantity(model.price),
        serial: toWord(model.serial),
        revenueUnits: toQuantity(model.revenue),
        manifest: toWord(model.manifest),
      };
    },
    neura_getTask: (id: string) => this.#task(Number(id)),
    neura_getReceipts: (id: string, from: string) =>
      this.#taskContents.get(Number(id))?.draws.slice(Number(from), Number(from) + 3) ?? [],
    neura_getTasks: (filter: { phase?: string; verifier?: string; worker?: string; limit?: string }) => {
      const matches = (wanted: string | undefined, actual: string): boolean =>
        wanted === undefined || BigInt(wanted) === BigInt(actual);
      return [...this.#taskContents.keys()]
        .flatMap((id) => this.#task(id) ?? [])
        .filter(
          (t) =>
            matches(filter.phase, t.phase) &&
            matches(filter.verifier, t.verifier) &&
            matches(filter.worker, t.worker),
        )
        .slice(0, Number(filter.limit ?? 100));
    },
    neura_batchNumber: () => toQuantity(this.#batches.length),
    neura_getBatch: (number: string) => {
      const batch = this.#batches[Number(number) - 1];
      if (batch === undefined) return null;
      return {
        number,
        level: batch.level,
        rootBefore: toWord(batch.open.rootBefore),
        rootAfter: toWord(batch.rootAfter),
        cellCount: toQuantity(batch.cellCount),
        timeSeconds: toQuantity(batch.open.timeSeconds),
        firstBlock: toQuantity(1),
        lastBlock: toQuantity(1),
        ops: batch.recorded.map(({ id, words, valid, op }) => ({
          id,
          kind: opFields(words).kind,
          words: words.map(toWord),
          valid,
          caller: isSigned(op) ? null : toAddress(op.caller),
        })),
        withdrawals: withdrawalsOf(
          batch.recorded.map(({ words, valid }) => ({ words, valid: valid === true })),
          1,
        ).map(({ chain, recipient, units }) => ({
          chain: chain === 0 ? "home" : "arbitrum",
          recipient: toAddress(recipient),
          amountUnits: toQuantity(units),
        })),
        proof: null,
        chains: { home: null, arbitrum: null },
      };
    },
    neura_getLedgerProof: (id: string) => ({
      id,
      fields: this.ledger.cell(Number(id)).map(toWord),
      batchNumber: toQuantity(this.#batches.length),
      root: toWord(this.ledger.root()),
      path: this.ledger.tree.path(Number(id)).map((row) => row.map(toWord)),
    }),
    neura_estimateFee: () => ({ feeUnits: toQuantity(FEE_UNITS) }),
    neura_putContent: (hex: string) => {
      const bytes = fromHexBytes(hex, "content");
      const content = contentElementOf(bytes);
      this.contents.set(content, bytes);
      return { cid: cidOf(bytes), content: toWord(content) };
    },
    neura_getContent: (element: string) => {
      const bytes = this.contents.get(BigInt(element));
      return bytes === undefined ? null : toHexBytes(bytes);
    },
    eth_getBalance: (address: string) =>
      toQuantity((this.evmCreditsUnits.get(BigInt(address)) ?? 0n) * 1_000_000_000n),
  };

  #account(id: number) {
    const cell = this.ledger.cell(id);
    if (tagOf(cell) !== CELL_TAG.account) return null;
    const { nonce, balance, l1Address, pubX, pubY } = decodeAccount(cell);
    const waiting = this.#pending.filter(({ words }) => opFields(words).sender === id).length;
    return {
      id: toQuantity(id),
      nonce: toQuantity(nonce),
      pendingNonce: toQuantity(nonce + BigInt(waiting)),
      balanceUnits: toQuantity(balance),
      l1Address: toAddress(l1Address),
      pubX: toWord(pubX),
      pubY: toWord(pubY),
    };
  }

  #task(id: number) {
    const cell = this.ledger.cell(id);
    if (tagOf(cell) !== CELL_TAG.task) return null;
    const { phase, worker, submittedAt, drawn, terms, money, content } = decodeTask(cell);
    const known = this.#taskContents.get(id);
    return {
      id: toQuantity(id),
      phase: toQuantity(phase),
      worker: toQuantity(worker),
      submittedAt: toQuantity(submittedAt),
      drawnUnits: toQuantity(drawn),
      requester: toQuantity(terms.requester),
      nonce: toQuantity(terms.nonce),
      verifier: toQuantity(terms.verifier),
      model: toQuantity(terms.model),
      kind: toQuantity(terms.kind),
      flags: toQuantity(terms.flags),
      treasuryRate: toQuantity(terms.treasuryRate),
      share: toQuantity(terms.share),
      deadline: toQuantity(terms.deadline),
      window: toQuantity(terms.window),
      rewardUnits: toQuantity(money.reward),
      bondUnits: toQuantity(money.bond),
      verifierFeeUnits: toQuantity(money.verifierFee),
      content: toWord(content),
      input: toWord(known?.input ?? 0n),
      receipts: known?.draws.slice(0, SHOWN_DRAWS) ?? [],
      receiptsCount: toQuantity(known?.draws.length ?? 0),
      result: known?.result == null ? null : toWord(known.result),
      terms: toWord(cell[1]),
      money: toWord(cell[2]),
    };
  }
}
