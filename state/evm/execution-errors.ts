import { bytesToBigInt, bytesToHex, bytesToUtf8, utf8ToBytes } from "@ethereumjs/util";
import { keccak256 } from "./chain-rules.ts";
import type { Hex } from "./types.ts";

/** How an execution failed, in geth's words: clients match on them. */

const selectorOf = (signature: string) => keccak256(utf8ToBytes(signature)).slice(0, 4);
export const errorSelector = selectorOf("Error(string)");
const panicSelector = selectorOf("Panic(uint256)");

/** Solidity's documentation, "Panic via assert and Error via require". */
const panicReasons: Readonly<Record<number, string>> = {
  0: "generic panic",
  1: "assert(false)",
  17: "arithmetic underflow or overflow",
  18: "division or modulo by zero",
  33: "enum overflow",
  34: "invalid encoded storage byte array accessed",
  49: "out-of-bounds array access; popping on an empty array",
  50: "out-of-bounds access of an array or bytesN",
  65: "out of memory",
  81: "uninitialized function",
};

/** The call ran and reverted. Wallets read `data` to decode custom errors; code 3 is geth's. */
export class ExecutionRevertedError extends Error {
  readonly code = "EXECUTION_REVERTED";
  readonly rpcCode = 3;
  readonly data: Hex;
  constructor(returned: Uint8Array) {
    const reason = revertReason(returned);
    super(reason === undefined ? "execution reverted" : `execution reverted: ${reason}`);
    this.data = bytesToHex(returned);
  }
}

/** The call ended in an exceptional halt (out of gas, invalid opcode, …) or could not start. */
export class ExecutionFailedError extends Error {
  readonly code = "EXECUTION_FAILED";
  readonly rpcCode = -32000;
}

/** geth's text for what the EVM package calls differently. */
const haltTexts: Readonly<Record<string, string>> = {
  revert: "execution reverted",
  "invalid JUMP": "invalid jump destination",
  "static state change": "write protection",
  "create collision": "contract address collision",
  "code size to deposit exceeds maximum code size": "max code size exceeded",
  "initcode exceeds max initcode size": "max initcode size exceeded",
  "insufficient balance": "insufficient balance for transfer",
  "value out of range": "return data out of bounds",
  "invalid bytecode deployed": "invalid code: must not begin with 0xef",
  "code store out of gas": "contract creation code storage out of gas",
};

/** The EVM adds to some of its names where it happened. */
export function haltText(error: string): string {
  const name = error.replace(/ at 0x.*$/s, "");
  return haltTexts[name] ?? name;
}

export function failureOf(error: string | undefined, returned: Uint8Array): Error | undefined {
  if (error === undefined) return undefined;
  return error === "revert"
    ? new ExecutionRevertedError(returned)
    : new ExecutionFailedError(haltText(error));
}

/** Text of an `Error(string)` or `Panic(uint256)` revert, or undefined when the data is another error. */
export function revertReason(data: Uint8Array): string | undefined {
  const isCalled = (selector: Uint8Array) => selector.every((byte, index) => data[index] === byte);
  if (isCalled(panicSelector) && data.length >= 36) {
    const code = bytesToBigInt(data.slice(4, 36));
    return panicReasons[Number(code)] ?? `unknown panic code: 0x${code.toString(16)}`;
  }
  if (!isCalled(errorSelector) || data.length < 68) return undefined;
  const length = bytesToBigInt(data.slice(36, 68));
  return length > BigInt(data.length - 68) ? undefined : bytesToUtf8(data.slice(68, 68 + Number(length)));
}
