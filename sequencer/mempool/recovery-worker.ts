/** The task of the threads that recover the senders of transactions. */
import { type KeyRecovery, recoverKey } from "../../state/evm/key-recovery.ts";

export const recoverKeys = (signatures: readonly KeyRecovery[]): (Uint8Array | undefined)[] =>
  signatures.map(recoverKey);
