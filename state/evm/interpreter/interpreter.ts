import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, EVM, EVMError, type EVMOpts, type ExecResult, type Message } from "@ethereumjs/evm";
import { Account } from "@ethereumjs/util";
import { AccessJournal } from "../access-journal.ts";
import { BlockState } from "../block-state.ts";
import { keyOf } from "../bytes.ts";
import { callInstructions, isTurnOver, nextTurn } from "../turns.ts";
import type { Entry, Frame, FrameStorage, Interpreter, Rules, RunState } from "./frame.ts";
import { FrameMemory } from "./memory.ts";
import { jumpsOfCode, type Step, stepsOfTable } from "./steps.ts";

/**
 * The package's interpreter awaits a promise for every instruction, analyses a contract's jumps anew in every call, and copies
 * its whole state at the end of each: that is most of what a call costs, and code can be written for which it is all. Here its
 * loop is replaced, and with it the instructions that programs mostly consist of; calls, creations and all that is rare runs in the
 * package's own handlers. When somebody listens to the steps, or the code has another format, the package's loop runs as it is.
 */

const nothing = new Uint8Array(0);

interface InsideEvm {
  readonly common: Rules;
  readonly DEBUG: boolean;
  readonly events: { listenerCount(name: string): number };
  readonly stateManager: EVM["stateManager"];
  readonly blockchain: EVM["blockchain"];
  readonly journal: EVM["journal"];
  readonly performanceLogger: unknown;
  readonly _tx: { readonly gasPrice: bigint; readonly origin: RunState["env"]["origin"] };
  readonly _block: RunState["env"]["block"];
  readonly _optsCached: EVMOpts;
  readonly _opcodeMap: readonly Entry[];
}

/** An instruction that no fork uses: it exists for a moment, to get hold of the classes that the package does not export. */
const probeOpcode = 0x0c;
/** First byte of code in the EVM object format. */
const objectFormat = 0xef;
/** No block and no call has so much, and up to here the loop's numbers are exact. */
const maxGas = 2n ** 40n;

async function probedState(): Promise<RunState> {
  let found: RunState | undefined;
  const logicFunction = (state: RunState) => {
    found = { ...state };
  };
  const evm = await createEVM({
    common: new Common({ chain: Mainnet, hardfork: Hardfork.Prague }),
    customOpcodes: [{ opcode: probeOpcode, opcodeName: "PROBE", baseFee: 0, logicFunction }],
  });
  await evm.runCode({ code: Uint8Array.of(probeOpcode), gasLimit: 1n });
  if (found === undefined)
    throw new Error("@ethereumjs/evm runs no instructions of one's own: state/evm/interpreter needs them");
  return found;
}

const probe = await probedState();
const prototype = Object.getPrototypeOf(probe.interpreter) as Interpreter;
const StackOfPackage = probe.stack.constructor as new () => RunState["stack"];
const insideOf = (evm: EVM): InsideEvm => evm as unknown as InsideEvm;

/** What a frame has and the package's state of a call has not. */
const ownFields = ["callDataView", "storage"];

/** The fields that the package's constructors set: with other ones, another version is installed than this was made for. */
function requireKnownFields(made: object, ofPackage: object): void {
  const [ours, theirs] = [made, ofPackage].map((each) =>
    Object.keys(each)
      .filter((key) => !ownFields.includes(key))
      .sort()
      .join(" "),
  );
  if (ours !== theirs)
    throw new Error(`@ethereumjs/evm has other fields than state/evm/interpreter was made for: ${theirs}`);
}

type Env = RunState["env"];

interface Running {
  readonly interpreter: Interpreter;
  readonly state: RunState;
  /** The same as the state. */
  readonly frame: Frame;
}

/** As the package's constructor makes it, without its 8 KiB of memory. */
function newInterpreter(evm: EVM, env: Env, gasLeft: bigint): Running {
  const { stateManager, blockchain, journal, common, performanceLogger, _optsCached } = insideOf(evm);
  const interpreter = Object.create(prototype) as Interpreter;
  const frame: Frame = {
    programCounter: 0,
    opCode: 0xfe,
    memory: new FrameMemory(gasLeft),
    memoryWordCount: 0n,
    highestMemCost: 0n,
    stack: new StackOfPackage() as unknown as Frame["stack"],
    code: nothing,
    validJumps: nothing,
    cachedPushes: {},
    stateManager,
    blockchain,
    env,
    shouldDoJumpAnalysis: true,
    interpreter,
    gasRefund: env.gasRefund,
    gasLeft,
    stateGasSpilled: 0n,
    returnBytes: nothing,
    callDataView: undefined,
    storage: storageOf(evm, env.address),
  };
  const state = frame as unknown as RunState;
  Object.assign(interpreter, {
    opDebuggers: {},
    _evm: evm,
    _stateManager: stateManager,
    common,
    _runState: state,
    journal,
    _env: env,
    _result: { logs: [...(env.initialLogs ?? [])], returnValue: undefined, selfdestruct: new Map() },
    profilerOpts: _optsCached.profiler,
    performanceLogger,
  });
  return { interpreter, state, frame };
}

{
  const { interpreter, env } = probe;
  const made = newInterpreter(interpreter._evm, env, 0n);
  requireKnownFields(made.interpreter, interpreter);
  requireKnownFields(made.state, probe);
}

/** Runs a code to its end: in the lane's loop, or in the package's when somebody listens to the steps. */
async function run(
  { interpreter, frame }: Running,
  code: Uint8Array,
  pc: number | undefined,
): Promise<EVMError | undefined> {
  const { _evm: evm } = interpreter;
  const { events, DEBUG, _opcodeMap: table } = insideOf(evm);
  const isWatched = DEBUG || events.listenerCount("step") > 0;
  if (isWatched || pc !== undefined || code[0] === objectFormat || frame.gasLeft > maxGas)
    return (await interpreter.run(code, pc === undefined ? {} : { pc })).exceptionError;
  frame.code = code;
  frame.validJumps = jumpsOfCode(code);
  const exceptionError = await runProgram(interpreter, frame, stepsOfTable(table));
  frame.memory.release();
  return exceptionError;
}

function storageOf(evm: EVM, { bytes }: Env["address"]): FrameStorage | undefined {
  const { stateManager: state, journal } = evm as { stateManager: unknown; journal: unknown };
  if (!(state instanceof BlockState && journal instanceof AccessJournal)) return undefined;
  return { state, journal, account: keyOf(bytes), slotKey: "" };
}

const halted = (reason: EVMError["error"]): EVMError => new EVMError(reason);

/** What stopped the program, undefined if it came to its end. */
async function runProgram(
  interpreter: Interpreter,
  frame: Frame,
  steps: readonly Step[],
): Promise<EVMError | undefined> {
  const rules = interpreter._evm.common;
  if (isTurnOver(callInstructions)) await nextTurn(interpreter._evm);
  try {
    for (;;) {
      const next = runAtOnce(frame, steps, rules);
      if (next === "end") return undefined;
      if (next === "turn") await nextTurn(interpreter._evm);
      else await runSlow(frame, next, rules);
    }
  } catch (error) {
    if (!(error instanceof EVMError)) throw error;
    const { REVERT, STOP } = EVMError.errorMessages;
    if (error.error === STOP) return undefined;
    if (error.error !== REVERT) frame.gasLeft = 0n;
    return error;
  }
}

/** Runs until something must be awaited: an instruction of the package, or the others' turn. */
function runAtOnce(frame: Frame, steps: readonly Step[], rules: Rules): Entry | "turn" | "end" {
  const { code } = frame;
  let gasLeft = Number(frame.gasLeft);
  while (frame.programCounter < code.length) {
    const step = steps[code[frame.programCounter] as number] as Step;
    const isSlow = step.slow !== undefined && (step.needsStorage !== true || frame.storage === undefined);
    if (isSlow || isTurnOver(1)) {
      frame.gasLeft = BigInt(gasLeft);
      return isSlow ? step.slow : "turn";
    }
    gasLeft -= step.fee;
    if (step.gas !== undefined) gasLeft -= step.gas(frame, gasLeft, step);
    if (gasLeft < 0) throw halted(EVMError.errorMessages.OUT_OF_GAS);
    if (step.readsGas === true) frame.gasLeft = BigInt(gasLeft);
    frame.programCounter += 1;
    step.run(frame, step, rules);
    if (step.isLast === true) break;
  }
  frame.gasLeft = BigInt(gasLeft);
  return "end";
}

/** As in the package's loop. */
async function runSlow(frame: Frame, entry: Entry, rules: Rules): Promise<void> {
  const { opcodeInfo, opHandler, gasHandler } = entry;
  const state = frame as unknown as RunState;
  isTurnOver(1);
  frame.opCode = opcodeInfo.code;
  let gas = opcodeInfo.feeBigInt;
  if (opcodeInfo.dynamicGas) gas = await gasHandler(state, gas, rules);
  if (opcodeInfo.isInvalid) throw halted(EVMError.errorMessages.INVALID_OPCODE);
  frame.gasLeft -= gas;
  if (frame.gasLeft < 0n) throw halted(EVMError.errorMessages.OUT_OF_GAS);
  frame.programCounter += 1;
  frame.memory.resize(Number(frame.memoryWordCount));
  await opHandler(state, rules);
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
  } as Env;
  const made = newInterpreter(this, env, gasLimit);
  const { _result: result } = made.interpreter;
  if (message.selfdestruct) result.selfdestruct = message.selfdestruct;
  if (message.createdAddresses) result.createdAddresses = message.createdAddresses;
  const exceptionError = await run(made, code, options.pc);
  return resultOf(made, exceptionError, gasLimit);
}

function resultOf(
  { interpreter, state }: Running,
  exceptionError: EVMError | undefined,
  gasLimit: bigint,
): ExecResult {
  const { _result: result } = interpreter;
  const { gasLeft, gasRefund, stateGasSpilled } = state;
  const end = {
    gas: gasLeft,
    gasRefund,
    stateGasSpilled,
    returnValue: result.returnValue ?? nothing,
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
