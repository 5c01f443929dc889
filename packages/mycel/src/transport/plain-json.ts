import { maxDepth } from './payload-limits.ts';

/**
 * Tells whether `JSON.stringify` writes the value without loss and every reader gets it back as it is. Most payloads
 * are such, so this runs for each message sent: it allocates nothing, and answers false whenever it would have to think
 * (an instance of a class, a getter that throws); the slow walk then decides, and finds the words for an error.
 */
export function isPlainJson(value: unknown): boolean {
  try {
    return isPlain(value, 0);
  } catch {
    return false;
  }
}

function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return isPlainNumber(Math.abs(value));
    case 'object':
      if (value === null) return true;
      if (depth === maxDepth) return false;
      return Array.isArray(value) ? isPlainArray(value, depth + 1) : isPlainObject(value, depth + 1);
    default:
      return false;
  }
}

/** Integers between look like Python's, which are read as bigint; from 1e21 on JSON has an exponent. False for NaN. */
function isPlainNumber(magnitude: number): boolean {
  return magnitude <= Number.MAX_SAFE_INTEGER || (magnitude >= 1e21 && magnitude < Infinity);
}

function isPlainArray(array: readonly unknown[], depth: number): boolean {
  if (Object.getPrototypeOf(array) !== Array.prototype) return false;
  for (let index = 0; index < array.length; index += 1) {
    if (!isPlain(array[index], depth)) return false;
  }
  return true;
}

function isPlainObject(object: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) return false;
  // Own properties are all there is: an inherited one would at worst send the value down the slow way.
  // eslint-disable-next-line guard-for-in
  for (const key in object) {
    // Every key read from it exists; TypeScript's `object` has no index signature.
    const member = (object as Record<string, unknown>)[key];
    if (member === undefined) continue;
    // Two keys that kombu reads as one of its typed values.
    if (key === '__type__' || !isPlain(member, depth)) return false;
  }
  return true;
}
