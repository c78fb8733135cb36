import { RLP } from "@ethereumjs/rlp";
import { type Database, keySpace, numberKey, type Write } from "./database.ts";
import { encodeRlp } from "./rlp.ts";

/**
 * What blocks and batches have overwritten. As long as a batch is not final on home, another one may take its place there, and
 * then this node must forget its own: the records bring every key back to what it held, whatever it was for. They are written in
 * the same batch as what they can undo, so there is always one for a step that is on the disk.
 */
export type Step = "block" | "batch";

const SPACES = { block: keySpace("block-undo"), batch: keySpace("batch-undo") } as const;

type Stored = [space: Uint8Array, key: Uint8Array, value: Uint8Array[]];

const text = new TextDecoder();

/** To be written together with `writes`: what their keys hold until then. */
export function undoOf(database: Database, step: Step, number: number, writes: readonly Write[]): Write {
  const before = writes.map(({ space, key }) => {
    const value = database.get(space, key);
    return [Buffer.from(space.name), key, value === undefined ? [] : [value]];
  });
  return { space: SPACES[step], key: numberKey(number), value: encodeRlp(before) };
}

/** The writes that take a step back if it is the newest one of its kind; undefined if they are not kept (any more). */
export function undoWrites(database: Database, step: Step, number: number): Write[] | undefined {
  const encoded = database.get(SPACES[step], numberKey(number));
  if (encoded === undefined) return undefined;
  const stored = RLP.decode(encoded) as unknown as Stored[];
  return stored.map(([space, key, [value]]) => ({ space: keySpace(text.decode(space)), key, value }));
}

/** The step is there to stay. */
export const forgetUndo = (step: Step, number: number): Write => ({
  space: SPACES[step],
  key: numberKey(number),
  value: undefined,
});
