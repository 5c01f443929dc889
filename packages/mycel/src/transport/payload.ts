import { messageOf } from '../foundation/errors.ts';
import { hasLargeInteger, parsePythonJson } from './python-json.ts';
import { maxRichHeaderBytes } from './payload-limits.ts';
import { mayHoldKombuValues, readKombuValues } from './kombu-values.ts';
import { readJsonText, type BodyForm } from './payload-text.ts';
import { isPlainJson } from './plain-json.ts';
import { compactMarks } from './rich-compact.ts';
import { flatten } from './rich-flatten.ts';
import { readRichHeader, writeRichHeader } from './rich-header.ts';
import { revive } from './rich-revive.ts';
import type { Mark } from './rich-marks.ts';
import { UndecodableError, UnserialisableError } from './transport-errors.ts';

/** A value as it travels: plain JSON for every reader, and what JSON flattened for those who know the header. */
export interface EncodedPayload {
  /** JSON text. */
  readonly body: string;
  /** Value of the header `mycel-rich`; undefined when the JSON alone says it all. */
  readonly rich: string | undefined;
}

/** A message's body and what says how to read it. All of it comes from outside and is trusted in nothing. */
export interface PayloadSource extends BodyForm {
  readonly body: Uint8Array;
  /** The header `mycel-rich` as received. */
  readonly rich?: unknown;
}

/**
 * Writes a value as JSON that any peer can read: dates as ISO 8601, bigints as digits, bytes as base64, maps as pairs, sets
 * as arrays, with a header by which `decodePayload` puts them back. `toJSON` is honoured, properties that are undefined
 * are left out, undefined itself becomes null. Throws `UnserialisableError` naming the path, `at` being the root's name.
 */
export function encodePayload(value: unknown, at: string): EncodedPayload {
  if (isPlainJson(value)) return { body: stringify(value, at), rich: undefined };
  const { json, marks } = flatten(value, at);
  const body = stringify(json, at);
  if (marks.length === 0 && isPlainJson(json)) return { body, rich: undefined };
  // Without marks too: the header says that the numbers are those of JavaScript, and that kombu typed nothing.
  const rich = writeRichHeader(compactMarks(json, marks));
  if (rich === undefined) throw new UnserialisableError(at, `its ${marks.length} ${tooMany}`);
  return { body, rich };
}

const tooMany = `dates, bigints, bytes, maps, sets and undefined elements lie so unevenly that the header naming their places exceeds ${maxRichHeaderBytes / 1024} KiB (rows that are alike share their marks)`;

function stringify(value: unknown, at: string): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new UnserialisableError(at, `JSON.stringify refuses it (${messageOf(error)})`);
  }
}

/**
 * Reads a message's body: JSON, also Python's and kombu's dialect of it, also compressed. Values that the header names are
 * put back; without the header, integers that `number` would round become `bigint`, and kombu's typed values `Date`,
 * `Uint8Array` and strings. Throws `UndecodableError`.
 */
export function decodePayload(source: PayloadSource): unknown {
  const text = readJsonText(source.body, source);
  const marks = source.rich === undefined ? undefined : readRichHeader(source.rich);
  return marks === undefined ? readForeign(text) : readOurs(text, marks);
}

function readOurs(text: string, marks: readonly Mark[]): unknown {
  const revived = revive(parse(text), marks, text.length);
  if (revived !== undefined) return revived.value;
  throw new UndecodableError('the header mycel-rich asks for more work than a body of this length can need');
}

function readForeign(text: string): unknown {
  const value = hasLargeInteger(text) ? parsePythonJson(text) : parse(text);
  return mayHoldKombuValues(text) ? readKombuValues(value) : value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return parsePythonJson(text);
  }
}
