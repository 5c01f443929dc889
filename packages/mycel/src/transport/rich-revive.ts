import { setOwnProperty } from './own-property.ts';
import { maxIntegerDigits } from './payload-limits.ts';
import type { Mark, RichKind } from './rich-marks.ts';
import { readSlot, SlotWalk } from './slot-walk.ts';

const isoDate = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const decimal = /^-?\d+$/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** Makes the original of a flattened value; gives back what cannot be one, as it is. */
const revivers: Readonly<Record<RichKind, (flat: unknown) => unknown>> = {
  date: (flat) => {
    if (typeof flat !== 'string' || !isoDate.test(flat)) return flat;
    const date = new Date(flat);
    return Number.isNaN(date.getTime()) ? flat : date;
  },
  bigint: (flat) =>
    typeof flat === 'string' && flat.length <= maxIntegerDigits && decimal.test(flat) ? BigInt(flat) : flat,
  bytes: (flat) => (typeof flat === 'string' && base64.test(flat) ? bytesFromBase64(flat) : flat),
  map: (flat) => (Array.isArray(flat) && flat.every(isPair) ? new Map(flat) : flat),
  set: (flat) => (Array.isArray(flat) ? new Set(flat) : flat),
  undefined: (flat) => (flat === null ? undefined : flat),
};

/** Steps allowed for each character of the body. Marks of a sender that means well need about one. */
const stepsPerCharacter = 16;
const stepsAtLeast = 1_000_000;

/**
 * Puts back what the marks name, in place, and returns the value. A mark that leads nowhere, or to something that
 * cannot be what it says, does nothing. Undefined when the marks ask for more work than a body of that length can need.
 */
export function revive(
  json: unknown,
  marks: readonly Mark[],
  bodyLength: number,
): { readonly value: unknown } | undefined {
  const walk = new SlotWalk(stepsAtLeast + stepsPerCharacter * bodyLength);
  const root = [json];
  for (const { kind, path } of marks) {
    const reviver = revivers[kind];
    walk.every(root, [0, ...path], (container, key) => {
      const flat = readSlot(container, key);
      const original = reviver(flat);
      if (original !== flat) setOwnProperty(container, key, original);
      return true;
    });
    if (walk.exhausted) return undefined;
  }
  return { value: root[0] };
}

/** The test of what a mark of that kind could change: a mark must not be shared with such an element by mistake. */
export function wireFormOf(kind: RichKind): (flat: unknown) => boolean {
  if (kind === 'undefined') return (flat) => flat === null;
  if (kind === 'map' || kind === 'set') return Array.isArray;
  return (flat) => typeof flat === 'string';
}

/** A `Uint8Array` with memory of its own: `Buffer.from` would lend it a piece of the shared pool. */
export function bytesFromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.byteLength(text, 'base64'));
  const written = Buffer.from(bytes.buffer).write(text, 'base64');
  return written === bytes.length ? bytes : bytes.slice(0, written);
}

function isPair(entry: unknown): entry is [unknown, unknown] {
  return Array.isArray(entry) && entry.length === 2;
}
