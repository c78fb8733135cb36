/** What the Poseidon library asks of Node's `assert`: in a browser there is no such module. */
export default function assert(condition: unknown, message = "assertion failed"): asserts condition {
  if (!condition) throw new Error(message);
}
