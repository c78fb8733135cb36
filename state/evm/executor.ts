import { createBlock, type Block as EvmBlock } from "@ethereumjs/block";
import type { StateManagerInterface } from "@ethereumjs/common";
import type { EVM } from "@ethereumjs/evm";
import { Account, Address as AddressBytes, bigIntToUnpaddedBytes, generateAddress } from "@ethereumjs/util";
import { createVM, runTx, type VM } from "@ethereumjs/vm";
import type { Overlay } from "../database.ts";
import { BlockState, type StateChanges } from "./block-state.ts";
import type { Outcome } from "./block-store.ts";
import { bytesOfHex, hexOf } from "./bytes.ts";
import { type ChainRules, gatewayAddress, ledgerAddress, systemAddress } from "./chain-rules.ts";
import { revertReason } from "./execution-errors.ts";
import { ledgerAccountCode, type TransitionSlot } from "./ledger-precompile.ts";
import { blockHashes, openEvm } from "./open-evm.ts";
import type { SupplyChange } from "./supply.ts";
import {
  requireRunnable,
  type SignedTransaction,
  systemTransaction,
  TransactionError,
} from "./transaction.ts";
import { StateNodes, type WhyMissing } from "./trie-nodes.ts";
import type { Address, CellReader, Hex, LedgerTransition, SystemCall, ValueTo } from "./types.ts";

/** Runs the transactions of one block after another on the newest state. The only importer of the VM package. */

/** What the transactions of a block see of it. */
export interface BlockContext {
  readonly number: number;
  readonly timestampSeconds: number;
  readonly gasLimit: bigint;
  readonly baseFeeWei: bigint;
  readonly coinbase: Address;
  /** What PREVRANDAO answers; 0 in every block of this chain, other values in simulations only. */
  readonly prevRandao?: Hex;
}

export interface ExecutorOptions {
  readonly rules: ChainRules;
  readonly overlay: Overlay;
  readonly stateRoot?: Uint8Array;
  /** For states that may be pruned while they are read. */
  readonly whyMissing?: WhyMissing;
  readonly readCell: CellReader;
  /** For the BLOCKHASH instruction. */
  readonly blockHashOf: (number: number) => Hex | undefined;
  /** It will be dropped soon: its EVM must not hang on the events of the shared rules. */
  readonly isShortLived?: boolean;
}

/** What a transaction did, and how its execution ended. */
export interface Run {
  readonly outcome: Outcome;
  readonly returned: Uint8Array;
  /** The EVM's name of the exception. */
  readonly exception: string | undefined;
  /** By the code alone, before refunds. */
  readonly executionGas: bigint;
}

/** A system transaction failed: the block cannot be built, because the ledger has already moved on. */
export class LedgerTransitionError extends Error {
  readonly code = "LEDGER_TRANSITION_FAILED";
}

/** Cached accounts and slots above which the caches are emptied between two blocks. */
const maxCachedEntries = 200_000;

export function evmBlock(context: BlockContext, rules: ChainRules): EvmBlock {
  const { number, timestampSeconds, gasLimit, baseFeeWei, coinbase, prevRandao } = context;
  const header = { number, timestamp: timestampSeconds, gasLimit, baseFeePerGas: baseFeeWei, coinbase };
  const random = prevRandao === undefined ? {} : { mixHash: prevRandao };
  return createBlock({ header: { ...header, ...random } }, { common: rules });
}

export class BlockExecutor {
  readonly #rules: ChainRules;
  readonly #vm: VM;
  readonly #state: BlockState;
  readonly #slot: TransitionSlot;
  readonly #nodes: StateNodes;
  /** Of the block that runs. */
  #baseFeesWei = 0n;
  #hasSelfDestruct = false;

  private constructor(
    options: ExecutorOptions,
    parts: {
      vm: VM;
      state: BlockState;
      slot: TransitionSlot;
      nodes: StateNodes;
    },
  ) {
    this.#rules = options.rules;
    this.#vm = parts.vm;
    this.#state = parts.state;
    this.#slot = parts.slot;
    this.#nodes = parts.nodes;
  }

  static async open(options: ExecutorOptions): Promise<BlockExecutor> {
    const { rules, overlay, stateRoot, readCell, blockHashOf } = options;
    const nodes = new StateNodes(overlay, options.whyMissing);
    const state = new BlockState(nodes, stateRoot);
    const slot: TransitionSlot = { current: undefined };
    const blockchain = blockHashes(blockHashOf);
    const common = options.isShortLived === true ? rules.detached() : rules;
    const evm = await openEvm({ common, state, readCell, blockHashOf, slot });
    const vm = await createVM({ common, stateManager: state, evm, blockchain });
    return new BlockExecutor(options, { vm, state, slot, nodes });
  }

  /** The genesis state: nobody owns anything, and the ledger account exists. Its code also keeps it non-empty. */
  async writeGenesis(gatewayCode: Hex | undefined): Promise<Uint8Array> {
    await this.begin(0);
    await this.#place(ledgerAddress, ledgerAccountCode);
    if (gatewayCode !== undefined) await this.#place(gatewayAddress, bytesOfHex(gatewayCode));
    return this.seal();
  }

  async #place(address: Address, code: Uint8Array): Promise<void> {
    const where = new AddressBytes(bytesOfHex(address));
    await this.#state.putAccount(where, new Account(1n));
    await this.#state.putCode(where, code);
  }

  /** One checkpoint around the block: without it every transaction would flush its caches into the trie. */
  async begin(blockNumber: number): Promise<void> {
    this.#nodes.startBlock(blockNumber);
    this.#state.startOver();
    this.#baseFeesWei = 0n;
    this.#hasSelfDestruct = false;
    await this.#state.checkpoint();
  }

  /** Runs the block's first transaction, which moves the EVM to the next ledger root. */
  async runTransition(
    transition: LedgerTransition,
    context: BlockContext,
  ): Promise<{ transaction: SignedTransaction; outcome: Outcome }> {
    const { calldata } = transition;
    const transaction = await this.#systemTransaction(ledgerAddress, { calldata, executionGas: 0n });
    this.#slot.current = transition;
    try {
      return { transaction, outcome: await this.runSystem(transaction, context, 0n) };
    } finally {
      this.#slot.current = undefined;
    }
  }

  /** Tells the gateway contract what became of its requests, and lets it make its callbacks. */
  async runRecord(
    call: SystemCall,
    context: BlockContext,
    gasUsedBefore: bigint,
  ): Promise<{ transaction: SignedTransaction; outcome: Outcome }> {
    const transaction = await this.#systemTransaction(gatewayAddress, call);
    return { transaction, outcome: await this.runSystem(transaction, context, gasUsedBefore) };
  }

  /** Runs a system transaction. It costs nothing, so it runs under a base fee of 0. */
  async runSystem(
    transaction: SignedTransaction,
    context: BlockContext,
    gasUsedBefore: bigint,
  ): Promise<Outcome> {
    const { gasLimit } = transaction.decoded;
    if (gasLimit > context.gasLimit - gasUsedBefore) {
      throw new LedgerTransitionError(
        `a system transaction needs ${gasLimit} gas and the block has ${context.gasLimit - gasUsedBefore}: ` +
          "put fewer operations into one block",
      );
    }
    const free = evmBlock({ ...context, baseFeeWei: 0n }, this.#rules);
    const { outcome, returned, exception } = await this.#run(transaction, free, gasUsedBefore, 0n);
    if (exception === undefined) return outcome;
    throw new LedgerTransitionError(
      `the system transaction to ${transaction.decoded.to} failed: ${revertReason(returned) ?? `${exception} ${hexOf(returned)}`}`,
    );
  }

  async #systemTransaction(to: Address, call: SystemCall): Promise<SignedTransaction> {
    const { nonce } = await this.accountOf(systemAddress);
    return systemTransaction({ to, ...call }, nonce, this.#rules);
  }

  /** What the block has done to the sum of all balances so far. */
  async supplyChange(): Promise<Pick<SupplyChange, "changeWei" | "baseFeesWei" | "hasSelfDestruct">> {
    return {
      changeWei: this.#state.balanceChangeWei(),
      baseFeesWei: this.#baseFeesWei,
      hasSelfDestruct: this.#hasSelfDestruct,
    };
  }

  /** Adds to a balance, outside of any transaction. */
  async credit({ recipient, valueWei }: ValueTo): Promise<void> {
    if (valueWei === 0n) return;
    const address = new AddressBytes(bytesOfHex(recipient));
    const account = (await this.#state.getAccount(address)) ?? new Account();
    account.balance += valueWei;
    await this.#state.putAccount(address, account);
  }

  /** Runs one signed transaction. Throws `TransactionError` and changes nothing when it may not run now. */
  async run(transaction: SignedTransaction, block: EvmBlock, gasUsedBefore: bigint): Promise<Outcome> {
    const baseFeeWei = block.header.baseFeePerGas as bigint;
    requireRunnable(transaction, await this.accountOf(transaction.sender), baseFeeWei);
    return (await this.#run(transaction, block, gasUsedBefore, baseFeeWei)).outcome;
  }

  /** Runs what nobody signed: of the account only what the flags do not skip is checked. For simulations. */
  async runUnsigned(
    transaction: SignedTransaction,
    block: EvmBlock,
    gasUsedBefore: bigint,
    skip: { readonly skipBalance?: boolean; readonly skipNonce?: boolean },
  ): Promise<Run> {
    return this.#run(transaction, block, gasUsedBefore, block.header.baseFeePerGas as bigint, skip);
  }

  /** For tracers and simulations, which look into what runs. */
  get scratch(): { readonly evm: EVM; readonly state: StateManagerInterface } {
    return { evm: this.#vm.evm as EVM, state: this.#state };
  }

  /** Ends the block: the new state root; its new trie nodes are in the overlay. */
  async seal(): Promise<Uint8Array> {
    await this.#state.commit();
    return this.#state.getStateRoot();
  }

  /** Of the sealed block. */
  get changes(): StateChanges {
    return this.#state.changes;
  }

  /** Keys of the trie nodes that the sealed block has replaced. */
  droppedNodes(): Iterable<Uint8Array> {
    return this.#nodes.dropped();
  }

  /** To be called when the sealed block is on the disk. */
  async committed(stateRoot: Uint8Array): Promise<void> {
    this.#nodes.forget();
    if (this.#state.size > maxCachedEntries) await this.#state.setStateRoot(stateRoot);
  }

  async codeOf(address: Address): Promise<Hex> {
    return hexOf(await this.#state.getCode(new AddressBytes(bytesOfHex(address))));
  }

  async accountOf(address: Address): Promise<{ nonce: bigint; balanceWei: bigint }> {
    const account = await this.#state.getAccount(new AddressBytes(bytesOfHex(address)));
    return { nonce: account?.nonce ?? 0n, balanceWei: account?.balance ?? 0n };
  }

  async #run(
    transaction: SignedTransaction,
    block: EvmBlock,
    blockGasUsed: bigint,
    baseFeeWei: bigint,
    skip: { readonly skipBalance?: boolean; readonly skipNonce?: boolean } = {},
  ): Promise<Run> {
    const { decoded } = transaction;
    let result: Awaited<ReturnType<typeof runTx>>;
    try {
      result = await runTx(this.#vm, {
        tx: decoded,
        block,
        blockGasUsed,
        skipHardForkValidation: true,
        ...skip,
      });
    } catch (error) {
      throw refusal(error, transaction);
    }
    const { execResult } = result;
    this.#baseFeesWei += result.totalGasSpent * baseFeeWei;
    this.#hasSelfDestruct ||= (execResult.selfdestruct?.size ?? 0) > 0;
    const outcome: Outcome = {
      status: execResult.exceptionError === undefined ? 1 : 0,
      gasUsed: result.totalGasSpent,
      cumulativeGasUsed: blockGasUsed + result.totalGasSpent,
      effectiveGasPriceWei: baseFeeWei + transaction.tipWei(baseFeeWei),
      contractAddress: decoded.to === undefined ? createdAddress(transaction) : null,
      logs: (execResult.logs ?? []).map(([address, topics, data]) => ({
        address: hexOf(address),
        topics: topics.map(hexOf),
        data: hexOf(data),
      })),
    };
    return {
      outcome,
      returned: execResult.returnValue,
      exception: execResult.exceptionError?.error,
      executionGas: execResult.executionGasUsed,
    };
  }
}

function createdAddress(transaction: SignedTransaction): Address {
  return hexOf(generateAddress(bytesOfHex(transaction.sender), bigIntToUnpaddedBytes(transaction.nonce)));
}

/**
 * What the VM refuses although `requireRunnable` found nothing: senders with code (EIP-3607), and a gas limit that was enough when
 * the transaction was accepted, under rules of an older version, or that nobody has looked at, in a simulation.
 */
function refusal(error: unknown, transaction: SignedTransaction): Error {
  const reason = error instanceof Error ? error.message : String(error);
  if (/EIP-3607/.test(reason)) {
    return new TransactionError(
      "SENDER_NOT_EOA",
      `sender not an eoa: address ${transaction.sender} has code`,
    );
  }
  const [isTooLow, least] = /INTRINSIC_GAS_TOO_LOW.*minimum gas limit of (\d+)/.exec(reason) ?? [];
  if (isTooLow !== undefined) {
    const { gasLimit } = transaction.decoded;
    return new TransactionError(
      "INTRINSIC_GAS_TOO_LOW",
      `intrinsic gas too low: gas ${gasLimit}, minimum needed ${least}: give it more gas`,
    );
  }
  return error instanceof Error ? error : new Error(reason);
}
