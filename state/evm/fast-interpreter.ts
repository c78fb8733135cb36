import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, EVMError, type EVMOpts } from "@ethereumjs/evm";

/**
 * The package's interpreter awaits a promise for every instruction, and analyses a contract's jumps anew in every call: that is
 * most of what a call costs. Here its loop is replaced: the package's own handlers run in the package's own order, only what
 * waits for something is awaited, and the analysis of a code is kept. When somebody listens to the steps, or the code has
 * another format, the package's loop runs as it is.
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

interface Analysis {
  readonly jumps: Uint8Array;
  readonly pushes: RunState["cachedPushes"];
  /** By place in the code; undefined within what is pushed. */
  readonly entries: readonly Entry[];
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
const runOfPackage = prototype.run;

/** Kept as long as the code itself is, for each EVM: instructions belong to an EVM. */
const analyses = new WeakMap<object, WeakMap<Uint8Array, Analysis>>();

function analysisOf(interpreter: Interpreter, code: Uint8Array): Analysis {
  const ofEvm = analyses.get(interpreter._evm) ?? new WeakMap<Uint8Array, Analysis>();
  analyses.set(interpreter._evm, ofEvm);
  const known = ofEvm.get(code);
  if (known !== undefined) return known;
  const { jumps, pushes, opcodesCached } = interpreter._getValidJumpDestinations(code);
  const analysis = { jumps, pushes, entries: opcodesCached as Entry[] };
  ofEvm.set(code, analysis);
  return analysis;
}

prototype.run = function run(this: Interpreter, code, options): Promise<Result> {
  const { events, DEBUG } = this._evm as unknown as {
    events: { listenerCount(name: string): number };
    DEBUG: boolean;
  };
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
  try {
    while (state.programCounter < code.length) {
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
