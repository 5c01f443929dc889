import { types } from 'node:util';
import { messageOf } from '../foundation/errors.ts';
import { setOwnProperty } from './own-property.ts';
import { maxDepth, maxIntegerDigits } from './payload-limits.ts';
import type { Mark, RichKind } from './rich-marks.ts';
import { UnserialisableError } from './transport-errors.ts';

/** A value as JSON can write it, and where it differs from the original. */
export interface Flattened {
  readonly json: unknown;
  /** With exact paths, no `null` segments. */
  readonly marks: readonly Mark[];
}

/** Copies a value into what JSON can write. Throws `UnserialisableError` naming the path, with `at` as the root's name. */
export function flatten(value: unknown, at: string): Flattened {
  const flattener = new Flattener(at);
  try {
    return { json: flattener.flattenRoot(value), marks: flattener.marks };
  } catch (error) {
    // Getters, `toJSON` and proxies run the caller's code.
    throw error instanceof UnserialisableError ? error : flattener.failure(`reading it threw: ${messageOf(error)}`);
  }
}

/** One walk over a value. `#path` leads to where the walk is, `#ancestors` are the containers on the way. */
class Flattener {
  readonly marks: Mark[] = [];
  readonly #at: string;
  readonly #path: (string | number)[] = [];
  readonly #ancestors: object[] = [];
  /** Length of `#path` at each ancestor. */
  readonly #ancestorDepths: number[] = [];

  constructor(at: string) {
    this.#at = at;
  }

  flattenRoot(value: unknown): unknown {
    const resolved = this.#resolve(value, '');
    return resolved === undefined ? null : this.#flatten(resolved);
  }

  #flatten(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (!Number.isFinite(value)) throw this.failure(`it is ${value}, which JSON has no word for`);
        return value;
      case 'bigint':
        return this.#marked('bigint', this.#digits(value));
      case 'undefined':
        return this.#marked('undefined', null);
      case 'function':
      case 'symbol':
        throw this.failure(`it is a ${typeof value}`);
      case 'object':
        return value === null ? null : this.#container(value);
      default:
        throw this.failure(`it is a ${typeof value}`);
    }
  }

  #container(value: object): unknown {
    const repeated = this.#ancestors.indexOf(value);
    if (repeated !== -1)
      throw this.failure(`it points back to ${this.#pathTo(this.#ancestorDepths[repeated])}, a cycle`);
    if (this.#ancestors.length === maxDepth) throw this.failure(`it lies deeper than ${maxDepth} levels`);
    this.#ancestors.push(value);
    this.#ancestorDepths.push(this.#path.length);
    const json = this.#flattenObject(value);
    this.#ancestors.pop();
    this.#ancestorDepths.pop();
    return json;
  }

  #flattenObject(value: object): unknown {
    if (Array.isArray(value)) return this.#array(value);
    if (types.isDate(value)) return this.#date(value);
    if (ArrayBuffer.isView(value)) return this.#bytes(value.buffer, value.byteOffset, value.byteLength);
    if (types.isAnyArrayBuffer(value)) return this.#bytes(value, 0, value.byteLength);
    if (types.isMap(value)) return this.#marked('map', this.#pairs(value));
    if (types.isSet(value)) return this.#marked('set', this.#array([...value]));
    const lost = whatJsonLoses(value);
    if (lost !== undefined) throw this.failure(lost);
    return this.#record(value);
  }

  #record(value: object): Record<string, unknown> {
    const json: Record<string, unknown> = {};
    for (const key of Object.keys(value)) {
      this.#path.push(key);
      const member = this.#resolve(memberOf(value, key), key);
      if (member !== undefined) setOwnProperty(json, key, this.#flatten(member));
      this.#path.pop();
    }
    return json;
  }

  #array(array: readonly unknown[]): unknown[] {
    const json: unknown[] = [];
    for (let index = 0; index < array.length; index += 1) {
      this.#path.push(index);
      json.push(this.#flatten(this.#resolve(array[index], String(index))));
      this.#path.pop();
    }
    return json;
  }

  /** Not by way of `#array`: a pair is not a level of the caller's data. */
  #pairs(map: ReadonlyMap<unknown, unknown>): unknown[] {
    return Array.from(map, (pair, index) => {
      this.#path.push(index);
      const json = this.#array(pair);
      this.#path.pop();
      return json;
    });
  }

  #date(date: Date): string {
    if (Number.isNaN(date.getTime())) throw this.failure('it is an invalid Date');
    return this.#marked('date', date.toISOString());
  }

  #bytes(buffer: ArrayBufferLike, offset: number, length: number): string {
    return this.#marked('bytes', Buffer.from(buffer, offset, length).toString('base64'));
  }

  #digits(value: bigint): string {
    const digits = value.toString();
    if (digits.length <= maxIntegerDigits) return digits;
    throw this.failure(`it is a bigint of ${digits.length} digits, more than ${maxIntegerDigits}`);
  }

  #marked<Json>(kind: RichKind, json: Json): Json {
    this.marks.push({ kind, path: [...this.#path] });
    return json;
  }

  /** What JSON would write in the value's place: what its `toJSON` returns, the number inside a `Number`. */
  #resolve(value: unknown, key: string): unknown {
    if (typeof value !== 'object' || value === null || isRich(value)) return value;
    if (types.isBoxedPrimitive(value)) return value.valueOf();
    const toJSON = memberOf(value, 'toJSON');
    return typeof toJSON === 'function' ? (toJSON.call(value, key) as unknown) : value;
  }

  failure(what: string): UnserialisableError {
    return new UnserialisableError(this.#pathTo(undefined), what);
  }

  #pathTo(length: number | undefined): string {
    return this.#at + this.#path.slice(0, length).map(segmentText).join('');
  }
}

function memberOf(value: object, key: string): unknown {
  // Any object can be read by any key; TypeScript's `object` has no index signature.
  return (value as Record<string, unknown>)[key];
}

/** Kinds with a form of their own, whatever `toJSON` they have or inherit. */
function isRich(value: object): boolean {
  return (
    types.isDate(value) ||
    types.isMap(value) ||
    types.isSet(value) ||
    ArrayBuffer.isView(value) ||
    types.isAnyArrayBuffer(value)
  );
}

/** Objects that JSON would write as `{}`: names what it is, or returns undefined for an ordinary object. */
function whatJsonLoses(value: object): string | undefined {
  if (types.isPromise(value) || typeof memberOf(value, 'then') === 'function') {
    return 'it is a promise; is an await missing?';
  }
  if (types.isNativeError(value)) return 'it is an Error, of which JSON keeps nothing (throw it, or send its message)';
  if (types.isRegExp(value)) return 'it is a RegExp, of which JSON keeps nothing (send its source)';
  if (types.isGeneratorObject(value)) return 'it is a generator, of which JSON keeps nothing (send an array)';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'it is a weak collection, which cannot be listed';
  return undefined;
}

function segmentText(segment: string | number): string {
  if (typeof segment === 'number') return `[${segment}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}
