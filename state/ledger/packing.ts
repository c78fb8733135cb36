/**
 * Bit layouts of packed field elements. A layout lists its parts from the least significant bit up; the offsets
 * follow from the widths, so a layout cannot overlap itself.
 */
export interface BitField {
  readonly offset: bigint;
  readonly bits: number;
  readonly mask: bigint;
}

export type Layout<Name extends string> = {
  readonly fields: Readonly<Record<Name, BitField>>;
  readonly bits: number;
};

/** Builds a layout from `[name, bits]` pairs; at most 253 bits, so that every packed value is a field element. */
export function layout<const Parts extends readonly (readonly [string, number])[]>(
  parts: Parts,
): Layout<Parts[number][0]> {
  const fields: Record<string, BitField> = {};
  let offset = 0;
  for (const [name, bits] of parts) {
    fields[name] = { offset: BigInt(offset), bits, mask: (1n << BigInt(bits)) - 1n };
    offset += bits;
  }
  if (offset > 253) throw new RangeError(`layout of ${offset} bits does not fit a field element`);
  return { fields: fields as Record<Parts[number][0], BitField>, bits: offset };
}

/** Packs parts; missing ones are 0. Throws a RangeError that names the part which does not fit its width. */
export function pack<Name extends string>(of: Layout<Name>, values: Partial<Record<Name, bigint>>): bigint {
  let word = 0n;
  for (const name in of.fields) {
    const value = values[name] ?? 0n;
    const field = of.fields[name];
    if ((value & field.mask) !== value)
      throw new RangeError(`${name} must fit ${field.bits} bits, is ${value}`);
    word |= value << field.offset;
  }
  return word;
}

/** One part of a packed value. */
export const part = <Name extends string>(of: Layout<Name>, word: bigint, name: Name): bigint =>
  (word >> of.fields[name].offset) & of.fields[name].mask;

/** All parts of a packed value. Bits above the layout are ignored. */
export function unpack<Name extends string>(of: Layout<Name>, word: bigint): Record<Name, bigint> {
  const values = {} as Record<Name, bigint>;
  for (const name in of.fields) values[name] = part(of, word, name);
  return values;
}
