/**
 * The type tags of a field table as RabbitMQ reads them (its errata to the 0-9-1 specification, which differ from the
 * specification's own list):
 *
 * `t` boolean, `b` int8, `B` uint8, `s` int16, `u` uint16, `I` int32, `i` uint32, `l` and `L` int64, `f` float,
 * `d` double, `D` decimal, `S` long string, `A` array, `T` timestamp in seconds, `F` table, `V` void, `x` bytes.
 */
export type FieldTag =
  | 't'
  | 'b'
  | 'B'
  | 's'
  | 'u'
  | 'I'
  | 'i'
  | 'l'
  | 'L'
  | 'f'
  | 'd'
  | 'D'
  | 'S'
  | 'A'
  | 'T'
  | 'F'
  | 'V'
  | 'x';

/** A value of a field table: what headers, queue arguments and client properties are made of. */
export type FieldValue =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | Decimal
  | TypedValue
  | readonly FieldValue[]
  | FieldTable;

/** A field table: names of at most 255 bytes, each with a value. */
export interface FieldTable {
  [name: string]: FieldValue;
}

/** Tells a list from other values: `Array.isArray` that also narrows read-only arrays away. */
export function isFieldList(value: FieldValue): value is readonly FieldValue[] {
  return Array.isArray(value);
}

/** A decimal (`D`): `unscaled` divided by ten to the power of `scale`. Decoded so, because a number would lose digits. */
export class Decimal {
  /** 0 to 255. */
  readonly scale: number;
  /** An int32, as Python and Java read it. RabbitMQ reads it as unsigned, but hands it on as it came. */
  readonly unscaled: number;

  constructor(scale: number, unscaled: number) {
    this.scale = scale;
    this.unscaled = unscaled;
  }

  /** The nearest number. */
  toNumber(): number {
    return this.unscaled / 10 ** this.scale;
  }
}

/** A value with the exact tag it travels under. Made by {@link typed}. */
export class TypedValue {
  readonly tag: FieldTag;
  readonly value: FieldValue;

  constructor(tag: FieldTag, value: FieldValue) {
    this.tag = tag;
    this.value = value;
  }
}

/**
 * Forces the tag a value is encoded under, where the default is not what the peer needs: `typed('s', 300)`.
 * A value that does not fit its tag is refused when it is encoded. Decoding gives such a value only for a timestamp
 * that no `Date` can hold: `typed('T', seconds)`.
 */
export function typed(tag: FieldTag, value: FieldValue): TypedValue {
  return new TypedValue(tag, value);
}

/** How deep tables and arrays may stand in one another, in both directions. Deeper is a mistake, a cycle or an attack. */
export const FIELD_MAX_DEPTH = 64;
