import { maxDepth, maxRichHeaderBytes } from './payload-limits.ts';
import { richKinds, type Mark, type RichKind, type Segment } from './rich-marks.ts';

/** Writes the header `mycel-rich`: `[["date","args",0,"when"]]`. Undefined when it would be longer than a header may be. */
export function writeRichHeader(marks: readonly Mark[]): string | undefined {
  const text = JSON.stringify(marks.map(({ kind, path }) => [kind, ...path]));
  return Buffer.byteLength(text) <= maxRichHeaderBytes ? text : undefined;
}

/** Reads the header as received; leaves out marks that make no sense. Undefined when it is no list of marks at all. */
export function readRichHeader(header: unknown): readonly Mark[] | undefined {
  if (typeof header !== 'string' || header.length > maxRichHeaderBytes) return undefined;
  try {
    const list: unknown = JSON.parse(header);
    return Array.isArray(list) ? list.flatMap(readMark) : undefined;
  } catch {
    return undefined;
  }
}

function readMark(entry: unknown): Mark[] {
  if (!Array.isArray(entry)) return [];
  const [kind, ...path]: unknown[] = entry;
  // A pair in a Map takes two segments for one level.
  if (path.length > 2 * maxDepth || !isKind(kind) || !path.every(isSegment)) return [];
  return [{ kind, path }];
}

function isKind(value: unknown): value is RichKind {
  return richKinds.some((kind) => kind === value);
}

function isSegment(value: unknown): value is Segment {
  return value === null || typeof value === 'string' || (Number.isInteger(value) && Number(value) >= 0);
}
