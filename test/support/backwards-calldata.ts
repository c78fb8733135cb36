import { concatHex, type Hex, numberToHex, sliceHex } from "viem";

const wordBytes = 32;
/** Words of the batch before its dynamic parts, and where those are named. */
const headWords = 19;
const opsPlace = 8;
const priorityPlace = 9;
const word = (value: bigint): Hex => numberToHex(BigInt.asUintN(256, value), { size: wordBytes });

/** Where the batch begins in the calldata of `submitBatch`. */
export const structOf = (data: Hex): number => 4 + Number(BigInt(sliceHex(data, 4, 4 + wordBytes)));

/** The same arguments of `submitBatch`, with operations and priority words before the batch, which names them by negative offsets. */
export function backwards(data: Hex): Hex {
  const struct = structOf(data);
  const wordAt = (at: number): Hex => sliceHex(data, at, at + wordBytes);
  const numberAt = (at: number): number => Number(BigInt(wordAt(at)));
  const opsAt = struct + numberAt(struct + opsPlace * wordBytes);
  const priorityAt = struct + numberAt(struct + priorityPlace * wordBytes);
  const ops = sliceHex(data, opsAt, opsAt + wordBytes + Math.ceil(numberAt(opsAt) / wordBytes) * wordBytes);
  const priority = sliceHex(data, priorityAt, priorityAt + wordBytes * (1 + numberAt(priorityAt)));
  const opsBytes = ops.length / 2 - 1;
  const newStruct = 3 * wordBytes + opsBytes + priority.length / 2 - 1;
  const head = Array.from({ length: headWords }, (_, place) => {
    if (place === opsPlace) return word(BigInt(3 * wordBytes - newStruct));
    if (place === priorityPlace) return word(BigInt(3 * wordBytes + opsBytes - newStruct));
    return wordAt(struct + place * wordBytes);
  });
  const end = BigInt(newStruct + headWords * wordBytes);
  return concatHex([
    sliceHex(data, 0, 4),
    word(BigInt(newStruct)),
    word(end),
    word(end + 32n),
    ops,
    priority,
    ...head,
    word(0n),
    word(0n),
  ]);
}
