/** What JSON flattens: a string of ISO 8601, of digits, of base64; an array of pairs, an array; null. */
export const richKinds = ['date', 'bigint', 'bytes', 'map', 'set', 'undefined'] as const;
export type RichKind = (typeof richKinds)[number];

/** A step into a JSON value: an object's property, an array's index, or `null` for every element and every property. */
export type Segment = string | number | null;

/** Says that the JSON value at `path` stands for a value of that kind. */
export interface Mark {
  readonly kind: RichKind;
  readonly path: readonly Segment[];
}
