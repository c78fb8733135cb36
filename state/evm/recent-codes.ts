/** Of all codes together. What is known of a code (interpreter/steps.ts) takes as much again. */
const maxBytes = 16_777_216;
/** What an entry takes besides its code. */
const entryBytes = 200;

/** By hash, in Latin-1: those that were asked for last are at the end. */
const codes = new Map<string, Uint8Array>();
let bytes = 0;

/** Codes of contracts that ran lately, for all states and all EVMs of the process: what has a hash is the same everywhere. */
export const recentCodes = {
  get(hash: string): Uint8Array | undefined {
    const code = codes.get(hash);
    if (code === undefined) return undefined;
    codes.delete(hash);
    codes.set(hash, code);
    return code;
  },

  add(hash: string, code: Uint8Array): void {
    if (codes.has(hash)) return;
    codes.set(hash, code);
    bytes += code.length + entryBytes;
    for (const [oldest, { length }] of codes) {
      if (bytes <= maxBytes) return;
      codes.delete(oldest);
      bytes -= length + entryBytes;
    }
  },
};
