import { setOwnProperty } from './own-property.ts';
import { maxDepth } from './payload-limits.ts';
import { bytesFromBase64 } from './rich-revive.ts';

const typeKey = /__type__/;
const isoDateTime =
  /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?)?$/;
const hexDigits = /^[0-9a-f]{32}$/i;

/** kombu's names, and what becomes of its values here; undefined for a value that is not of that type. */
const readers: ReadonlyMap<unknown, (value: unknown) => unknown> = new Map<unknown, (value: unknown) => unknown>([
  ['datetime', readDate],
  ['date', readDate],
  ['time', readString],
  ['decimal', readString],
  ['uuid', readUuid],
  ['bytes', (value) => (typeof value === 'string' ? new TextEncoder().encode(value) : undefined)],
  ['base64', (value) => (typeof value === 'string' ? bytesFromBase64(value) : undefined)],
]);

/** Whether kombu's typed values may be in the text; they are looked for only then. */
export function mayHoldKombuValues(text: string): boolean {
  // Three times as fast as `includes`, which looks for the quotation mark first.
  return typeKey.test(text);
}

/**
 * Puts real values in the place of kombu's `{"__type__": ..., "__value__": ...}` (5.3 and later), in place: datetime and
 * date become `Date` (without an offset: as UTC), bytes `Uint8Array`; time, decimal and uuid strings. Anything
 * else that looks like one is left as it is. Source: kombu/utils/json.py.
 */
export function readKombuValues(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value;
  // An object or an array of JSON.parse, whose keys are its own.
  const container = value as Record<string, unknown>;
  for (const key of Object.keys(container)) {
    const member = container[key];
    const read = readKombuValues(member, depth + 1);
    if (read !== member) setOwnProperty(container, key, read);
  }
  return readTyped(container);
}

function readTyped(object: Record<string, unknown>): unknown {
  if (!Object.hasOwn(object, '__type__') || !Object.hasOwn(object, '__value__')) return object;
  if (Object.keys(object).length !== 2) return object;
  return readers.get(object['__type__'])?.(object['__value__']) ?? object;
}

function readString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function readDate(value: unknown): Date | undefined {
  const parts = typeof value === 'string' ? isoDateTime.exec(value) : null;
  if (parts === null) return undefined;
  const [, day, minutes = '00:00', seconds = ':00', fraction = '', sign, ...offset] = parts;
  const milliseconds = Date.parse(`${day}T${minutes}${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  const [hour = 0, minute = 0, second = 0] = offset.map((digits: string | undefined) => Number(digits ?? 0));
  const offsetMs = ((hour * 60 + minute) * 60 + second) * 1000;
  const date = new Date(sign === '-' ? milliseconds + offsetMs : milliseconds - offsetMs);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function readUuid(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('hex' in value)) return undefined;
  const { hex } = value;
  if (typeof hex !== 'string' || !hexDigits.test(hex)) return undefined;
  return hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
