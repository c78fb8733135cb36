import { setImmediate } from "node:timers/promises";
import { bytesToHex, hexToBytes } from "@ethereumjs/util";
import { type Database, keySpace, numberFromKey, numberKey, Overlay } from "../database.ts";
import { Listeners } from "../listeners.ts";
import { undoOf } from "../undo.ts";
import { type BlockRun, type Rejected, runBlock } from "./block-run.ts";
import { type Block, BlockStore } from "./block-store.ts";
import { bloomOfAll } from "./bloom.ts";
import { CellReads } from "./cell-reads.ts";
import {
  type ChainRules,
  chainRules,
  defaultBlockGasLimit,
  gatewayAddress,
  initialBaseFeeWei,
  nextBaseFeeWei,
} from "./chain-rules.ts";
import { type BlockContext, BlockExecutor } from "./executor.ts";
import { type Header, zeroHash } from "./header.ts";
import type { KeyRecoverer } from "./key-recovery.ts";
import {
  BlockTimeError,
  ExecutionFaultError,
  GenesisMismatchError,
  LaneBrokenError,
  StateMissingError,
  UnknownBlockError,
} from "./lane-errors.ts";
import type { BlockInput, BuiltBlock, CommittedBlock, LaneOptions } from "./lane-types.ts";
import { findLogs, type LogFilter } from "./log-filter.ts";
import { orderedRoot } from "./merkle-trie.ts";
import type { Overrides } from "./overrides.ts";
import { encodeReceipt } from "./receipt-encoding.ts";
import type { StateSource } from "./scratch.ts";
import { call, estimateGas } from "./simulation.ts";
import { droppedWrites, StateHistory } from "./state-history.ts";
import type { AccountProof, StateView } from "./state-view.ts";
import { StoredStates } from "./stored-states.ts";
import { LaneSupplyError, supplyAfter, supplyWrite } from "./supply.ts";
import type { ReplaySource } from "./tracing/replay.ts";
import { decodeTransaction, type SignedTransaction } from "./transaction.ts";
import { storedAccountNode } from "./trie-nodes.ts";
import type { Address, BlockTag, CallRequest, Hex, Log, Receipt } from "./types.ts";

const chain = keySpace("chain");
const chainIdKey = new TextEncoder().encode("chain-id");
const zeroAddress: Address = `0x${"00".repeat(20)}`;

/** Blocks and state of the contract lane: builds, commits and serves them. One instance per database. */
export class ContractLane {
  readonly chainId: number;
  readonly rules: ChainRules;
  readonly blockGasLimit: bigint;
  readonly feeRecipient: Address;
  readonly treasury: Address;
  /** Told of every block once it is on the disk. */
  readonly blocks = new Listeners<CommittedBlock>();
  /** Which states are kept. */
  readonly history: StateHistory;
  readonly #database: Database;
  readonly #store: BlockStore;
  readonly #overlay: Overlay;
  readonly #cellReads: CellReads;
  readonly #states: StoredStates;
  #executor!: BlockExecutor;
  #head!: Block;
  #supplyWei = 0n;
  #isBuilding = false;
  #failure: LaneBrokenError | undefined;

  private constructor(database: Database, options: LaneOptions) {
    this.chainId = options.chainId;
    this.rules = chainRules(options.chainId, options.dataGasFactor);
    this.blockGasLimit = options.blockGasLimit ?? defaultBlockGasLimit;
    this.feeRecipient = options.feeRecipient ?? zeroAddress;
    this.treasury = options.treasury ?? zeroAddress;
    this.#database = database;
    this.#store = new BlockStore(database, this.rules);
    this.#overlay = new Overlay(database);
    this.history = new StateHistory(database);
    this.#states = new StoredStates({
      database,
      rules: this.rules,
      store: this.#store,
      history: this.history,
      readCell: options.readCell,
    });
    this.#cellReads = new CellReads(options.readCell);
  }

  /** Opens the chain at its last committed block, or creates it. */
  static async open(database: Database, options: LaneOptions): Promise<ContractLane> {
    const lane = new ContractLane(database, options);
    const headNumber = lane.#store.headNumber();
    const head = headNumber === undefined ? undefined : lane.#store.block(headNumber);
    if (head !== undefined) lane.#requireSameChain(head, options);
    lane.#executor = await lane.#openExecutor(head === undefined ? undefined : hexToBytes(head.stateRoot));
    if (head === undefined) lane.#head = await lane.#writeGenesis(options);
    else await lane.#resume(head, options);
    return lane;
  }

  /** The newest committed block. */
  get head(): Block {
    return this.#head;
  }

  /** Base fee of the block that would be built now. */
  get nextBaseFeeWei(): bigint {
    return nextBaseFeeWei(this.#head);
  }

  /** Decodes a raw transaction and recovers its sender. Throws `TransactionError`. */
  decode(raw: Uint8Array, recover?: KeyRecoverer): Promise<SignedTransaction> {
    return decodeTransaction(raw, this.rules, recover);
  }

  /**
   * Builds the next block and commits it with the extra writes in one synced batch. A transaction that cannot
   * run is left out and reported. Throws `LaneBrokenError` when the block as a whole failed: nothing was written.
   */
  async buildBlock(input: BlockInput): Promise<BuiltBlock> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#isBuilding) throw new Error("a block is being built already: wait for it");
    if (input.timestampSeconds < this.#head.timestampSeconds) {
      throw new BlockTimeError(this.#head.timestampSeconds, input.timestampSeconds);
    }
    this.#isBuilding = true;
    let built: BuiltBlock;
    try {
      built = await this.#buildWithoutFaults(input);
    } catch (cause) {
      this.#overlay.discard();
      this.#failure = new LaneBrokenError({ cause });
      throw this.#failure;
    } finally {
      this.#isBuilding = false;
    }
    this.blocks.tell(built);
    return built;
  }

  /** A transaction that no block can be built with is left out: else it would come back after every restart. */
  async #buildWithoutFaults(input: BlockInput): Promise<BuiltBlock> {
    const faults: Rejected[] = [];
    for (;;) {
      try {
        const left = input.transactions.filter(({ hash }) => !faults.some((fault) => fault.hash === hash));
        const built = await this.#build({ ...input, transactions: left });
        return { ...built, rejected: [...built.rejected, ...faults] };
      } catch (error) {
        if (!(error instanceof ExecutionFaultError)) throw error;
        faults.push({ hash: error.hash, reason: error.message, fault: error });
        // The EVM stands in the middle of something.
        this.#overlay.discard();
        this.#executor = await this.#openExecutor(hexToBytes(this.#head.stateRoot));
      }
    }
  }

  #openExecutor(stateRoot: Uint8Array | undefined): Promise<BlockExecutor> {
    return BlockExecutor.open({
      rules: this.rules,
      overlay: this.#overlay,
      ...(stateRoot === undefined ? {} : { stateRoot }),
      readCell: this.#cellReads.readCell,
      blockHashOf: (number) => this.#store.hashOf(number),
    });
  }

  async #build(input: BlockInput): Promise<BuiltBlock> {
    const context: BlockContext = {
      number: this.#head.number + 1,
      timestampSeconds: input.timestampSeconds,
      gasLimit: this.blockGasLimit,
      baseFeeWei: this.nextBaseFeeWei,
      coinbase: this.feeRecipient,
    };
    this.#cellReads.startOver();
    await this.#executor.begin(context.number);
    const ran = await runBlock(input, {
      executor: this.#executor,
      rules: this.rules,
      context,
      dataPriceWei: this.#head.dataPriceWei,
      treasury: this.treasury,
    });
    const supplyWei = this.#supplyWei + ran.supplyChangeWei;
    if (input.supplyWei !== undefined && input.supplyWei !== supplyWei)
      throw new LaneSupplyError(
        `sum of all balances after block ${context.number}`,
        input.supplyWei,
        supplyWei,
      );
    // Each of these steps takes milliseconds with a full block: between them the others get their turn.
    await setImmediate();
    const stateRoot = await this.#executor.seal();
    await setImmediate();
    const { hash: parentHash, dataPriceWei } = this.#head;
    const links = { parentHash, dataPriceWei: input.dataPriceWei ?? dataPriceWei };
    const header = this.#header(context, links, stateRoot, ran);
    const { block, receipts, writes } = this.#store.prepare(
      header,
      ran.transactions,
      ran.outcomes,
      input.ledger,
    );
    await setImmediate();
    const { extraWrites = [] } = input;
    writes.push(supplyWrite(block.number, supplyWei), ...this.#cellReads.writes(block.number));
    writes.push(...(typeof extraWrites === "function" ? extraWrites(block, receipts) : extraWrites));
    writes.push(...droppedWrites(block.number, this.#executor.droppedNodes()));
    // Trie nodes are not undone: none is deleted as long as a state that has it may be the newest again.
    await this.history.alone(() =>
      this.#overlay.commit([...writes, undoOf(this.#database, "block", block.number, writes)]),
    );
    this.#store.remember(block, receipts);
    this.#states.follow(this.#head, block, this.#executor.changes);
    this.#head = block;
    this.#supplyWei = supplyWei;
    await this.#executor.committed(stateRoot);
    return { block, receipts, rejected: ran.rejected, skipped: ran.skipped };
  }

  #header(
    context: BlockContext,
    links: Pick<Header, "parentHash" | "dataPriceWei">,
    stateRoot: Uint8Array,
    ran: Pick<BlockRun, "transactions" | "outcomes" | "gasUsed">,
  ): Header {
    const receipts = ran.outcomes.map((outcome, index) =>
      encodeReceipt(outcome, (ran.transactions[index] as SignedTransaction).decoded.type),
    );
    return {
      ...context,
      ...links,
      gasUsed: ran.gasUsed,
      stateRoot: bytesToHex(stateRoot),
      transactionsRoot: bytesToHex(orderedRoot(ran.transactions.map(({ raw }) => raw))),
      receiptsRoot: bytesToHex(orderedRoot(receipts)),
      logsBloom: bloomOfAll(ran.outcomes),
    };
  }

  async #writeGenesis(options: LaneOptions): Promise<Block> {
    const stateRoot = await this.#executor.writeGenesis(options.gatewayCode);
    const context: BlockContext = {
      number: 0,
      timestampSeconds: options.genesisTimestampSeconds ?? 0,
      gasLimit: this.blockGasLimit,
      baseFeeWei: initialBaseFeeWei,
      coinbase: this.feeRecipient,
    };
    const links = { parentHash: zeroHash, dataPriceWei: 0n };
    const header = this.#header(context, links, stateRoot, {
      transactions: [],
      outcomes: [],
      gasUsed: 0n,
    });
    const { block, writes } = this.#store.prepare(header, [], []);
    await this.#overlay.commit([
      ...writes,
      { space: chain, key: chainIdKey, value: numberKey(this.chainId) },
    ]);
    await this.#executor.committed(stateRoot);
    return block;
  }

  async #resume(head: Block, { gatewayCode = "0x" }: LaneOptions): Promise<void> {
    if ((await this.#executor.codeOf(gatewayAddress)) !== gatewayCode)
      throw new GenesisMismatchError("with this version's gateway contract", "with another one, or none");
    const supplyWei = supplyAfter(this.#database, head.number);
    if (supplyWei === undefined)
      throw new Error(`the sum of all balances after block ${head.number} is missing`);
    this.#head = head;
    this.#supplyWei = supplyWei;
  }

  #requireSameChain(head: Block, options: LaneOptions): void {
    const stored = this.#database.get(chain, chainIdKey);
    const actual = `chain ${stored === undefined ? "unknown" : numberFromKey(stored)}`;
    if (actual !== `chain ${this.chainId}`) throw new GenesisMismatchError(`chain ${this.chainId}`, actual);
    const time = this.#store.header(0)?.timestampSeconds;
    const wanted = options.genesisTimestampSeconds ?? time;
    if (time !== wanted) throw new GenesisMismatchError(`time ${wanted}`, `time ${time}`);
    if (storedAccountNode(this.#database, hexToBytes(head.stateRoot)) === undefined)
      throw new StateMissingError(head.number);
  }

  /** Number of a block, undefined if there is none under this tag or hash. */
  numberOf(tag: BlockTag | Hex): number | undefined {
    if (tag === "latest") return this.#head.number;
    if (tag === "earliest") return 0;
    if (typeof tag === "number") return tag >= 0 && tag <= this.#head.number ? tag : undefined;
    const number = this.#store.numberOf(tag);
    return number !== undefined && number <= this.#head.number ? number : undefined;
  }

  getBlock(tag: BlockTag | Hex): Block | undefined {
    const number = this.numberOf(tag);
    return number === undefined ? undefined : this.#store.block(number);
  }

  getReceipts(tag: BlockTag | Hex): readonly Receipt[] | undefined {
    const number = this.numberOf(tag);
    return number === undefined ? undefined : this.#store.receipts(number);
  }

  getTransaction(hash: Hex): { block: Block; index: number; transaction: SignedTransaction } | undefined {
    const place = this.#store.place(hash);
    const block = place === undefined ? undefined : this.#store.block(place.blockNumber);
    if (place === undefined || block === undefined) return undefined;
    return { block, index: place.index, transaction: block.transactions[place.index] as SignedTransaction };
  }

  getReceipt(hash: Hex): Receipt | undefined {
    const place = this.#store.place(hash);
    return place === undefined ? undefined : this.#store.receipts(place.blockNumber)?.[place.index];
  }

  async getLogs(filter: LogFilter): Promise<Log[]> {
    return findLogs(this.#store, { ...filter, toBlock: Math.min(filter.toBlock, this.#head.number) });
  }

  async getAccount(
    address: Address,
    tag: BlockTag | Hex = "latest",
  ): Promise<{ nonce: bigint; balanceWei: bigint }> {
    return this.#view(tag).account(address);
  }

  async getBalance(address: Address, tag: BlockTag | Hex = "latest"): Promise<bigint> {
    return (await this.getAccount(address, tag)).balanceWei;
  }

  async getNonce(address: Address, tag: BlockTag | Hex = "latest"): Promise<bigint> {
    return (await this.getAccount(address, tag)).nonce;
  }

  async getCode(address: Address, tag: BlockTag | Hex = "latest"): Promise<Hex> {
    return this.#view(tag).code(address);
  }

  async getStorageAt(address: Address, slot: bigint, tag: BlockTag | Hex = "latest"): Promise<Hex> {
    return this.#view(tag).storageAt(address, slot);
  }

  /** Merkle proofs of an account and of some of its slots (EIP-1186). */
  async getProof(address: Address, slots: readonly Hex[], tag: BlockTag | Hex): Promise<AccountProof> {
    return this.#view(tag).proof(address, slots);
  }

  /** Return data. Throws `ExecutionRevertedError`, `ExecutionFailedError` or `UnknownBlockError`. */
  async call(
    request: CallRequest,
    tag: BlockTag | Hex = "latest",
    overrides: Overrides = {},
  ): Promise<Uint8Array> {
    return call(this.stateAfter(tag), request, overrides);
  }

  async estimateGas(
    request: CallRequest,
    tag: BlockTag | Hex = "latest",
    overrides: Overrides = {},
  ): Promise<bigint> {
    return estimateGas(this.stateAfter(tag), request, overrides);
  }

  /** For running a block again. Undefined for blocks that do not exist and for genesis, which nothing runs in. */
  replayOf(tag: BlockTag | Hex): ReplaySource | undefined {
    const block = this.getBlock(tag);
    return block === undefined ? undefined : this.#states.replayOf(block);
  }

  #storedHeader(tag: BlockTag | Hex): Header {
    const number = this.numberOf(tag);
    const header = number === undefined ? undefined : this.#store.header(number);
    if (header === undefined) throw new UnknownBlockError(tag);
    return header;
  }

  #view(tag: BlockTag | Hex): StateView {
    const isNewest = tag === "latest" || tag === this.#head.number;
    return isNewest ? this.#states.newestView(this.#head) : this.#states.viewAfter(this.#storedHeader(tag));
  }

  /** For execution on the state after a block, as if in that block. Throws `UnknownBlockError`, `StatePrunedError`. */
  stateAfter(tag: BlockTag | Hex): StateSource {
    return this.#states.sourceAfter(this.#storedHeader(tag));
  }
}
