import { readFile } from "node:fs/promises";
import { type Block, createBlock, createBlockFromRLP } from "@ethereumjs/block";
import { type Common, createCommonFromGethGenesis } from "@ethereumjs/common";
import { MerklePatriciaTrie } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { MerkleStateManager } from "@ethereumjs/statemanager";
import {
  Account,
  Address as AddressBytes,
  bytesToHex,
  type DB,
  hexToBytes,
  setLengthLeft,
  ValueEncoding,
} from "@ethereumjs/util";
import { createVM, type RunBlockResult, runBlock, type VM } from "@ethereumjs/vm";
import { type Database, keySpace, numberKey, type Write } from "../../state/database.ts";
import { BlockStore, type Outcome } from "../../state/evm/block-store.ts";
import { type ChainRules, chainRules } from "../../state/evm/chain-rules.ts";
import { blockHashes } from "../../state/evm/open-evm.ts";
import { sumOfBalances, supplyWrite } from "../../state/evm/supply.ts";
import { SignedTransaction } from "../../state/evm/transaction.ts";
import type { Hex } from "../../state/evm/types.ts";
import { stateWrites } from "./imported-states.ts";

/**
 * Puts a foreign chain into the lane's database: a genesis as geth writes it, and blocks of any fork one after the other in RLP.
 * Each block is executed under the rules of its own fork, and its state root, receipts root and gas must be what its header says.
 * The headers are stored as they are, so hashes are theirs; then the lane opens the database as if it had built the blocks.
 */

interface GenesisAccount {
  readonly balance?: string;
  readonly nonce?: string;
  readonly code?: Hex;
  readonly storage?: Readonly<Record<Hex, Hex>>;
}

export interface Genesis {
  readonly config: { readonly chainId: number };
  readonly alloc: Readonly<Record<string, GenesisAccount>>;
  readonly [field: string]: unknown;
}

export interface ImportedChain {
  readonly chainId: number;
  readonly headNumber: number;
}

/** What a block's header says is not what its execution gives: the chain file or the EVM is wrong. */
export class ImportError extends Error {
  readonly code = "IMPORT_FAILED";
  constructor(
    readonly blockNumber: number,
    options: { cause: unknown },
  ) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`block ${blockNumber} of the chain file cannot be imported: ${reason}`, options);
  }
}

const noKzg = () => {
  throw new Error("no KZG setup: blobs are not checked here");
};
/** The package reads no blob transaction without it. Nothing of it is called: a block's blob transactions come without their blobs. */
const absentKzg = {
  loadTrustedSetup: noKzg,
  blobToKzgCommitment: noKzg,
  computeBlobProof: noKzg,
  verifyProof: noKzg,
  verifyBlobProofBatch: noKzg,
  computeCells: noKzg,
  computeCellsAndProofs: noKzg,
  recoverCellsAndProofs: noKzg,
  verifyCellKzgProofBatch: noKzg,
};

/** Calldata costs on these chains what it costs on Ethereum. */
export const ethereumDataGasFactor = 1n;

/** Lets rules of the lane decode blob transactions, which the lane itself refuses. */
export function withBlobs(rules: ChainRules): ChainRules {
  Object.assign(rules.customCrypto, { kzg: absentKzg });
  return rules;
}

const headerSpace = "block-header";
const numberSpace = "block-number";
const chain = keySpace("chain");
const chainIdKey = new TextEncoder().encode("chain-id");

/** Keys arrive as unprefixed hex strings, as the lane's own tries have them. */
class CollectedNodes implements DB<string, string | Uint8Array> {
  readonly nodes = new Map<string, Uint8Array>();

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.nodes.get(key);
  }

  async put(key: string, value: string | Uint8Array): Promise<void> {
    this.nodes.set(key, value as Uint8Array);
  }

  /** Old states are asked for too. */
  async del(): Promise<void> {}

  async batch(operations: Parameters<DB<string, string | Uint8Array>["batch"]>[0]): Promise<void> {
    for (const operation of operations) {
      if (operation.type === "put") await this.put(operation.key, operation.value);
    }
  }

  shallowCopy(): CollectedNodes {
    return this;
  }

  async open(): Promise<void> {}
}

export async function readGenesis(file: string): Promise<Genesis> {
  return JSON.parse(await readFile(file, "utf8")) as Genesis;
}

function sumOfAllBalances(database: Database, stateRoot: Uint8Array): bigint {
  const counting = sumOfBalances(database, stateRoot, Number.POSITIVE_INFINITY);
  for (;;) {
    const { done, value } = counting.next();
    if (done === true) return value.supplyWei;
  }
}

/** RLP items that follow each other without a frame. */
export function splitChain(encoded: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let rest = encoded; rest.length > 0; ) {
    const { remainder } = RLP.decode(rest, true);
    blocks.push(rest.subarray(0, rest.length - remainder.length));
    rest = remainder;
  }
  return blocks;
}

/** Throws `ImportError` at the first block that does not fit. */
export async function importChain(
  database: Database,
  genesis: Genesis,
  encodedBlocks: readonly Uint8Array[],
): Promise<ImportedChain> {
  const { chainId } = genesis.config;
  const importer = await Importer.open(database, genesis);
  for (const encoded of encodedBlocks) await importer.add(encoded);
  await importer.finish();
  return { chainId, headNumber: importer.headNumber };
}

/** The state of a genesis, and an EVM that changes its rules from fork to fork. */
export async function openForeignState(
  genesis: Genesis,
  blockHashOf: (number: number) => Hex | undefined = () => undefined,
) {
  const common = foreignRules(genesis);
  const collected = new CollectedNodes();
  const trie = new MerklePatriciaTrie({
    db: collected,
    useKeyHashing: true,
    valueEncoding: ValueEncoding.Bytes,
    common,
  });
  const state = new MerkleStateManager({ trie, common });
  const blockchain = blockHashes(blockHashOf);
  const vm = await createVM({ common, stateManager: state, blockchain, setHardfork: true });
  const stateRoot = await allocate(state, genesis);
  return { common, vm, collected, genesisBlock: genesisBlockOf(genesis, common, stateRoot) };
}

class Importer {
  readonly #database: Database;
  readonly #store: BlockStore;
  readonly #common: Common;
  readonly #laneRules: ChainRules;
  readonly #vm: VM;
  readonly #collected: CollectedNodes;
  readonly #chainId: number;
  headNumber = 0;

  private constructor(
    database: Database,
    genesis: Genesis,
    common: Common,
    vm: VM,
    collected: CollectedNodes,
  ) {
    this.#database = database;
    this.#chainId = genesis.config.chainId;
    this.#laneRules = withBlobs(chainRules(this.#chainId, ethereumDataGasFactor));
    this.#store = new BlockStore(database, this.#laneRules);
    this.#common = common;
    this.#vm = vm;
    this.#collected = collected;
  }

  static async open(database: Database, genesis: Genesis): Promise<Importer> {
    const store = new BlockStore(database, chainRules(genesis.config.chainId, ethereumDataGasFactor));
    const { common, vm, collected, genesisBlock } = await openForeignState(genesis, (number) =>
      store.hashOf(number),
    );
    const importer = new Importer(database, genesis, common, vm, collected);
    await importer.#write(genesisBlock, []);
    return importer;
  }

  async add(encoded: Uint8Array): Promise<void> {
    const number = this.headNumber + 1;
    try {
      const block = createBlockFromRLP(encoded, { common: this.#common, setHardfork: true });
      const result = await runBlock(this.#vm, {
        block,
        skipHeaderValidation: true, // proof of work and the beacon chain are not ours to judge
        skipHardForkValidation: true,
        setHardfork: true,
      });
      await this.#write(block, outcomesOf(block, result));
    } catch (cause) {
      throw new ImportError(number, { cause });
    }
    this.headNumber = number;
  }

  async finish(): Promise<void> {
    const roots = Array.from({ length: this.headNumber + 1 }, (_, number) =>
      hexToBytes(this.#store.header(number)?.stateRoot ?? "0x"),
    );
    await this.#database.write(stateWrites(this.#collected.nodes, roots));
    const supplyWei = sumOfAllBalances(this.#database, roots.at(-1) as Uint8Array);
    await this.#database.write([
      supplyWrite(this.headNumber, supplyWei),
      { space: chain, key: chainIdKey, value: numberKey(this.#chainId) },
    ]);
  }

  /** As the lane writes its own blocks, but for the header. */
  async #write(block: Block, outcomes: readonly Outcome[]): Promise<void> {
    const { header } = block;
    const transactions = block.transactions.map(
      (transaction) =>
        new SignedTransaction(
          bytesToHex(transaction.hash()),
          transaction.getSenderAddress().toString(),
          transaction.serialize(),
          this.#laneRules,
        ),
    );
    const { writes } = this.#store.prepare(
      {
        parentHash: bytesToHex(header.parentHash),
        coinbase: header.coinbase.toString(),
        stateRoot: bytesToHex(header.stateRoot),
        transactionsRoot: bytesToHex(header.transactionsTrie),
        receiptsRoot: bytesToHex(header.receiptTrie),
        logsBloom: bytesToHex(header.logsBloom),
        number: Number(header.number),
        gasLimit: header.gasLimit,
        gasUsed: header.gasUsed,
        timestampSeconds: Number(header.timestamp),
        baseFeeWei: header.baseFeePerGas ?? 0n,
        dataPriceWei: 0n,
      },
      transactions,
      outcomes,
    );
    const encodedHeader = header.serialize();
    const own = writes.map((write): Write => {
      if (write.space.name === headerSpace) return { ...write, value: encodedHeader };
      return write.space.name === numberSpace ? { ...write, key: header.hash() } : write;
    });
    await this.#database.write(own);
  }
}

interface BlobSchedule {
  readonly target: number;
  readonly max: number;
}

/** The forks of a genesis. The package reads the blob schedule and then looks for two of its numbers under other names. */
function foreignRules(genesis: Genesis): Common {
  const customCrypto = { kzg: absentKzg as never };
  const common = createCommonFromGethGenesis(genesis as never, { chain: "imported", customCrypto });
  const { blobSchedule = {} } = genesis.config as { blobSchedule?: Readonly<Record<string, BlobSchedule>> };
  const { HARDFORK_CHANGES: changes } = common as unknown as {
    HARDFORK_CHANGES: readonly (readonly [string, { params?: Record<string, unknown> }])[];
  };
  for (const [name, hardfork] of changes) {
    const schedule = blobSchedule[name];
    if (schedule === undefined) continue;
    hardfork.params = { ...hardfork.params, target: schedule.target, max: schedule.max };
  }
  return common;
}

async function allocate(state: MerkleStateManager, genesis: Genesis): Promise<Uint8Array> {
  await state.checkpoint();
  for (const [key, { balance = "0x0", nonce = "0x0", code, storage = {} }] of Object.entries(genesis.alloc)) {
    const address = new AddressBytes(hexToBytes(`0x${key.replace(/^0x/, "")}`));
    await state.putAccount(address, new Account(BigInt(nonce), BigInt(balance)));
    if (code !== undefined && code !== "0x") await state.putCode(address, hexToBytes(code));
    for (const [slot, word] of Object.entries(storage)) {
      await state.putStorage(address, setLengthLeft(hexToBytes(slot as Hex), 32), trimmed(hexToBytes(word)));
    }
  }
  await state.commit();
  return state.getStateRoot();
}

function trimmed(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start < 0 ? new Uint8Array(0) : bytes.subarray(start);
}

function genesisBlockOf(genesis: Genesis, common: Common, stateRoot: Uint8Array): Block {
  const { timestamp, gasLimit, difficulty, nonce, mixHash, coinbase, extraData, baseFeePerGas } =
    genesis as Readonly<Record<string, Hex | null | undefined>>;
  const header = {
    number: 0,
    timestamp,
    gasLimit,
    difficulty,
    nonce: setLengthLeft(
      hexToBytes(
        `0x${BigInt(nonce ?? 0)
          .toString(16)
          .padStart(16, "0")}`,
      ),
      8,
    ),
    mixHash,
    coinbase,
    extraData,
    stateRoot,
    ...(typeof baseFeePerGas === "string" ? { baseFeePerGas } : {}),
  };
  return createBlock({ header: header as never }, { common, setHardfork: true });
}

function outcomesOf(block: Block, { receipts, results }: RunBlockResult): Outcome[] {
  const baseFeeWei = block.header.baseFeePerGas ?? 0n;
  return receipts.map((receipt, index) => {
    const transaction = block.transactions[index];
    const ran = results[index];
    if (transaction === undefined || ran === undefined) throw new Error("more receipts than transactions");
    const { createdAddress, totalGasSpent } = ran;
    const price =
      "maxFeePerGas" in transaction
        ? baseFeeWei + transaction.getEffectivePriorityFee(baseFeeWei)
        : transaction.gasPrice;
    return {
      // Before Byzantium a receipt had a state root instead: the block would not be there if it had failed otherwise.
      status: "status" in receipt ? receipt.status : ran.execResult.exceptionError === undefined ? 1 : 0,
      gasUsed: totalGasSpent,
      cumulativeGasUsed: receipt.cumulativeBlockGasUsed,
      effectiveGasPriceWei: price,
      contractAddress: transaction.to === undefined ? (createdAddress?.toString() ?? null) : null,
      logs: receipt.logs.map(([address, topics, data]) => ({
        address: bytesToHex(address),
        topics: topics.map((topic) => bytesToHex(topic)),
        data: bytesToHex(data),
      })),
    };
  });
}
