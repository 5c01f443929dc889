import { HttpError } from './http-error.ts';

/** Longer texts are not searched for the place of the mistake: it takes some twenty parses. */
const longestSearched = 65_536;

/** Parses a request body. Throws a `HttpError` 400 that says where the mistake is. */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') throw new HttpError(400, 'the body is empty; JSON was expected', { errorCode: 'BAD_JSON' });
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = positionOf(error as SyntaxError, text); // all that JSON.parse throws
    const where = position === undefined ? '' : ` at position ${position} (${lineAndColumn(text, position)})`;
    const what = position === text.length ? 'it ends too soon' : 'unexpected text';
    throw new HttpError(400, `the body is not JSON: ${what}${where}`, {
      errorCode: 'BAD_JSON',
      details: position === undefined ? undefined : { position },
      cause: error,
    });
  }
}

function positionOf({ message }: SyntaxError, text: string): number | undefined {
  const named = /at position (\d+)/.exec(message);
  if (named) return Number(named[1]);
  if (message.includes('end of JSON input')) return text.length;
  return text.length <= longestSearched ? firstUnexpected(text) : undefined;
}

/** Finds by halving the shortest beginning of `text` in which something is wrong besides its being too short. */
function firstUnexpected(text: string): number {
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return good;
}

function hasUnexpectedToken(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return (error as SyntaxError).message.includes('is not valid JSON');
  }
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}
