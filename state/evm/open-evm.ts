import type { Common } from "@ethereumjs/common";
import { createEVM, type EVM, EVMError, type PrecompileFunc } from "@ethereumjs/evm";
import { hexToBytes } from "@ethereumjs/util";
import { AccessJournal } from "./access-journal.ts";
import type { BlockState } from "./block-state.ts";
import { ledgerAddress } from "./chain-rules.ts";
import "./interpreter/interpreter.ts";
import { ledgerPrecompile, type TransitionSlot } from "./ledger-precompile.ts";
import { callInstructions, isTurnOver, nextTurn } from "./turns.ts";
import type { CellReader, Hex } from "./types.ts";

export interface EvmOptions {
  readonly common: Common;
  readonly state: BlockState;
  readonly readCell: CellReader;
  /** For the BLOCKHASH instruction. */
  readonly blockHashOf: (number: number) => Hex | undefined;
  readonly slot: TransitionSlot;
}

/** An EVM with the ledger in it. Every EVM of the node is made here. */
export async function openEvm({ common, state, readCell, blockHashOf, slot }: EvmOptions): Promise<EVM> {
  const evm = await createEVM({
    common,
    stateManager: state,
    blockchain: blockHashes(blockHashOf),
    customPrecompiles: [{ address: ledgerAddress, function: ledgerPrecompile(readCell, slot) }],
  });
  for (const [address, run] of evm.precompiles)
    if (`0x${address}` !== ledgerAddress) evm.precompiles.set(address, contained(run));
  return Object.assign(evm, { journal: new AccessJournal(state, evm.precompiles.keys()) as never });
}

/** BLOCKHASH for an EVM, answered from stored headers. */
export function blockHashes(blockHashOf: (number: number) => Hex | undefined) {
  const hashes = {
    getBlock: async (number: number) => ({ hash: () => hexToBytes(blockHashOf(number) ?? "0x00") }),
    putBlock: async () => {},
    shallowCopy: () => hashes,
  };
  return hashes;
}

/**
 * A precompile whose faults end the call and nothing else. An exception of its code would end the block, and the block would be
 * built again, for ever: whoever knows the input that causes it could stop the node.
 */
function contained(run: PrecompileFunc): PrecompileFunc {
  return async (input) => {
    if (isTurnOver(callInstructions)) await nextTurn(input._EVM);
    try {
      return await run(input);
    } catch {
      const exceptionError = new EVMError(EVMError.errorMessages.INTERNAL_ERROR);
      return { executionGasUsed: input.gasLimit, returnValue: new Uint8Array(0), exceptionError };
    }
  };
}
