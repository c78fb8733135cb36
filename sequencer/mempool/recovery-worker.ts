/** The task of the threads that recover the senders of transactions. */
export { recoverPacked as recoverKeys } from "./recovery-batch.ts";
