import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, EVM, EVMError, type EVMOpts, type ExecResult, type Message } from "@ethereumjs/evm";
import { Account } from "@ethereumjs/util";
import { callInstructions, isTurnOver, nextTurn } from "./turns.ts";

/**
 * The package's interpreter awaits a promise for every instruction, analyses a contract's jumps anew in every call, and copies
 * its whole state at the end of each: that is most of what a call costs, and code can be written for which it is all. Here its
 * loop is replaced: the package's own handlers (but for MSTORE) run in the package's own order, only what waits for something is awaited,
 * and the analysis of a code is kept. When somebody listens to the steps, or the code has another format, the package's loop runs as it is.
 */

type CustomOpcode = Extract<
  NonNullable<EVMOpts["customOpcodes"]>[number],
  { readonly logicFunction: unknown }
>;
type RunState = Parameters<CustomOpcode["logicFunction"]>[0];
type Interpreter = RunState["interpreter"];
type Entry = ReturnType<Interpreter["lookupOpInfo"]>;
type Result = Awaited<ReturnType<Interpreter["run"]>>;

/** What the types keep to the package itself. */
interface Inside {
  readonly common: Common;
  readonly _runState: RunState;
}

interface InsideEvm {
  readonly common: Common;
  readonly DEBUG: boolean;
  readonly events: { listenerCount(name: string): number };
  readonly stateManager: EVM["stateManager"];
  readonly blockchain: EVM["blockchain"];
  readonly journal: EVM["journal"];
  readonly performanceLogger: unknown;
  readonly _tx: { readonly gasPrice: bigint; readonly origin: RunState["env"]["origin"] };
  readonly _block: RunState["env"]["block"];
  readonly _optsCached: EVMOpts;
  readonly _opcodeMap: object;
}

interface Analysis {
  readonly jumps: Uint8Array;
  readonly pushes: RunState["cachedPushes"];
  /** By place in the code; undefined within what is pushed. */
  readonly entries: readonly (Entry | undefined)[];
}

/** An instruction that no fork uses: it exists for a moment, to get hold of the class that the package does not export. */
const probeOpcode = 0x0c;
/** First byte of code in the EVM object format. */
const objectFormat = 0xef;

async function interpreterClass(): Promise<Interpreter> {
  let found: Interpreter | undefined;
  const logicFunction = ({ interpreter }: RunState) => {
    found = Object.getPrototypeOf(interpreter) as Interpreter;
  };
  const evm = await createEVM({
    common: new Common({ chain: Mainnet, hardfork: Hardfork.Prague }),
    customOpcodes: [{ opcode: probeOpcode, opcodeName: "PROBE", baseFee: 0, logicFunction }],
  });
  await evm.runCode({ code: Uint8Array.of(probeOpcode), gasLimit: 1n });
  if (
    found === undefined ||
    typeof found.run !== "function" ||
    typeof found._getValidJumpDestinations !== "function"
  )
    throw new Error(
      "@ethereumjs/evm has another interpreter than the one that state/evm/fast-interpreter.ts was made for",
    );
  return found;
}

const prototype = await interpreterClass();
const InterpreterOfPackage = prototype.constructor as new (...parts: unknown[]) => Interpreter;
const runOfPackage = prototype.run;
const insideOf = (evm: EVM): InsideEvm => evm as unknown as InsideEvm;

/** Kept as long as the code itself is, for each table of instructions: an EVM gets another one with another fork. */
const analyses = new WeakMap<object, WeakMap<Uint8Array, Analysis>>();

const wordBytes = 32;
const storeWord = 0x52;

/** MSTORE without the package's arrays of single bytes: contracts do it for every argument that they hash or hand on. */
function mstore({ stack, memory }: RunState): void {
  const [offset, word] = stack.popN(2) as [bigint, bigint];
  const bytes = Buffer.from(word.toString(16).padStart(2 * wordBytes, "0"), "hex");
  memory.write(Number(offset), wordBytes, bytes);
}

const withFastHandler = (entry: Entry | undefined): Entry | undefined =>
  entry?.opcodeInfo.code === storeWord ? { ...entry, opHandler: mstore } : entry;

function analysisOf(interpreter: Interpreter, code: Uint8Array): Analysis {
  const instructions = insideOf(interpreter._evm)._opcodeMap;
  const ofFork = analyses.get(instructions) ?? new WeakMap<Uint8Array, Analysis>();
  analyses.set(instructions, ofFork);
  const known = ofFork.get(code);
  if (known !== undefined) return known;
  const { jumps, pushes, opcodesCached } = interpreter._getValidJumpDestinations(code);
  const entries = (opcodesCached as (Entry | undefined)[]).map(withFastHandler);
  const analysis = { jumps, pushes, entries };
  ofFork.set(code, analysis);
  return analysis;
}

prototype.run = function run(this: Interpreter, code, options): Promise<Result> {
  const { events, DEBUG } = insideOf(this._evm);
  const isPlain =
    options?.pc === undefined && code[0] !== objectFormat && !DEBUG && events.listenerCount("step") === 0;
  return isPlain ? runFast(this, code) : runOfPackage.call(this, code, options);
};

async function runFast(interpreter: Interpreter, code: Uint8Array): Promise<Result> {
  const { common, _runState: state } = interpreter as unknown as Inside;
  const { jumps, pushes, entries } = analysisOf(interpreter, code);
  state.code = code;
  state.validJumps = jumps;
  state.cachedPushes = pushes;
  state.shouldDoJumpAnalysis = false;
  let cost = callInstructions;
  try {
    while (state.programCounter < code.length) {
      if (isTurnOver(cost)) await nextTurn(interpreter._evm);
      cost = 1;
      const { opcodeInfo, opHandler, gasHandler } = entries[state.programCounter] as Entry;
      state.opCode = opcodeInfo.code;
      let gas = opcodeInfo.feeBigInt;
      if (opcodeInfo.dynamicGas) gas = await gasHandler(state, gas, common);
      if (opcodeInfo.isInvalid) throw new EVMError(EVMError.errorMessages.INVALID_OPCODE);
      state.gasLeft -= gas;
      if (state.gasLeft < 0n) {
        state.gasLeft = 0n;
        throw new EVMError(EVMError.errorMessages.OUT_OF_GAS);
      }
      state.programCounter++;
      const done = opHandler(state, common);
      if (opcodeInfo.isAsync) await done;
    }
  } catch (error) {
    if (!(error instanceof EVMError)) throw error;
    if (error.error !== EVMError.errorMessages.STOP) return { runState: state, exceptionError: error };
  }
  return { runState: state };
}

/** One call or creation: as in the package, without the copies of the interpreter's state, which nobody asks for. */
async function runInterpreter(
  this: EVM,
  message: Message,
  options: { readonly initialLogs?: ExecResult["logs"]; readonly pc?: number } = {},
): Promise<ExecResult> {
  const evm = insideOf(this);
  const { to, caller, data, value, code, gasLimit } = message;
  if (to === undefined || !(code instanceof Uint8Array))
    throw new Error("a message without an address or without code does not come to the interpreter");
  const env = {
    address: to,
    caller,
    callData: data,
    callValue: value,
    code,
    isStatic: message.isStatic,
    isCreate: message.isCreate ?? false,
    depth: message.depth,
    gasPrice: evm._tx.gasPrice,
    origin: evm._tx.origin ?? caller,
    block: evm._block,
    contract: (await evm.stateManager.getAccount(to)) ?? new Account(),
    codeAddress: message.codeAddress,
    gasRefund: message.gasRefund,
    chargeCodeAccesses: message.chargeCodeAccesses,
    blobVersionedHashes: message.blobVersionedHashes ?? [],
    accessWitness: message.accessWitness,
    createdAddresses: message.createdAddresses,
    initialLogs: options.initialLogs,
  };
  const { stateManager, blockchain, journal, performanceLogger } = evm;
  const parts = [
    stateManager,
    blockchain,
    env,
    gasLimit,
    journal,
    performanceLogger,
    evm._optsCached.profiler,
  ];
  const interpreter = new InterpreterOfPackage(this, ...parts);
  if (message.selfdestruct) interpreter._result.selfdestruct = message.selfdestruct;
  if (message.createdAddresses) interpreter._result.createdAddresses = message.createdAddresses;
  const { runState, exceptionError } = await interpreter.run(
    code,
    options.pc === undefined ? {} : { pc: options.pc },
  );
  return resultOf(interpreter, runState, exceptionError, gasLimit);
}

function resultOf(
  interpreter: Interpreter,
  { gasLeft, gasRefund, stateGasSpilled }: RunState,
  exceptionError: EVMError | undefined,
  gasLimit: bigint,
): ExecResult {
  const { _result: result } = interpreter;
  const end = {
    gas: gasLeft,
    gasRefund,
    stateGasSpilled,
    returnValue: result.returnValue ?? new Uint8Array(0),
  };
  if (exceptionError === undefined) return { ...result, ...end, executionGasUsed: gasLimit - gasLeft };
  const { REVERT, INVALID_EOF_FORMAT } = EVMError.errorMessages;
  const keepsGas = exceptionError.error === REVERT || exceptionError.error === INVALID_EOF_FORMAT;
  return {
    ...result,
    ...end,
    logs: [],
    selfdestruct: new Map(),
    createdAddresses: new Set(),
    exceptionError,
    executionGasUsed: keepsGas ? gasLimit - gasLeft : gasLimit,
  };
}

Object.assign(EVM.prototype, { runInterpreter });
