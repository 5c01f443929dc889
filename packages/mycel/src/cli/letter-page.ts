import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '../transport/dead-letter.ts';
import { counted, grouped, shortAge } from './ages.ts';
import { plainPayload } from './letter-json.ts';
import { handlerOf, reasonStyles } from './letter-table.ts';
import { type Paint, plainPaint } from './paint.ts';
import { printable, printableLine } from './printable.ts';

/** How a page is written. */
export interface LetterPageOptions {
  /** Cut neither the stack nor the payload. @default false */
  readonly full?: boolean | undefined;
  readonly paint?: Paint;
  /** What names the broker on a command line, with a space before it. @default '' */
  readonly reach?: string;
}

/** Lines of a stack and of a payload that are shown, unless all are wanted. */
const usualLines = { stack: 12, payload: 40 };

/** A line that is longer is cut, unless all is wanted: some payloads are one. */
const longestLine = 2000;

/** Writes all that is known of a dead letter, for people; `now` is in milliseconds since 1970. */
export function letterPage(letter: DeadLetter, now: number, options: LetterPageOptions = {}): string[] {
  const { paint = plainPaint, reach = '', full = false } = options;
  const { id, reason, error } = letter;
  const most = full ? { stack: Infinity, payload: Infinity } : usualLines;
  const heading = (text: string): string => paint('bold', text);
  return [
    `${paint('cyan', printableLine(id))}  ${heading(printableLine(handlerOf(letter)))}  ${paint(reasonStyles[reason], ending(letter, now))}`,
    '',
    paint(reasonStyles[reason], printable(`${error.type}: ${error.message}`)),
    ...cutLines(framesOf(letter), most.stack).map((line) => paint('dim', line)),
    ...problemsOf(letter),
    '',
    ...aligned(factsOf(letter, now)).map(([name, value]) => `${paint('dim', name)}  ${value}`),
    '',
    heading(`payload (${printableLine(letter.contentType ?? 'of no type')}, ${counted(letter.body.length, 'byte')})`),
    ...cutLines(payloadOf(letter), most.payload),
    '',
    ...aligned([
      ['put it back:', `mycel dead-letters replay ${quoted(id)}${reach}`],
      ['delete it:', `mycel dead-letters drop ${quoted(id)}${reach}`],
    ]).map(([name, command]) => `${name}  ${command}`),
  ];
}

function ending({ reason, attempts, lastFailedAt }: DeadLetter, now: number): string {
  const ago = `${shortAge(now - lastFailedAt.getTime())} ago`;
  const tries = counted(attempts, 'attempt');
  if (reason === 'invalid') return `invalid, ${ago}`;
  return reason === 'poison' ? `poison: those who took it ended, ${ago}` : `failed after ${tries}, ${ago}`;
}

/** A stack begins with what stands above it already. */
function framesOf({ error: { stack = '' } }: DeadLetter): string[] {
  const lines = printable(stack).split('\n');
  const first = lines.findIndex((line) => /^\s+at /.test(line));
  return first < 0 ? [] : lines.slice(first);
}

function problemsOf({ error: { problems = [] } }: DeadLetter): string[] {
  const lines = problems.map(({ path, message }) => [printableLine(path || '(all)'), printableLine(message)] as const);
  return aligned(lines).map(([path, message]) => `  ${path}  ${message}`);
}

function factsOf(letter: DeadLetter, now: number): [string, string][] {
  const { error, host, pid, version, exchange, routingKey, callIdStack, messageId, replays } = letter;
  const at = (date: Date): string => `${date.toISOString()} (${shortAge(now - date.getTime())} ago)`;
  const process = pid === undefined ? host : `${host ?? '?'}:${pid}`;
  const facts: [string, string | undefined][] = [
    ['error code', error.code],
    ['first failed', at(letter.firstFailedAt)],
    ['last failed', at(letter.lastFailedAt)],
    [
      'instance',
      [letter.instance, process && `on ${process}`, version && `version ${version}`].filter(Boolean).join(' '),
    ],
    ['published to', `${exchange || '(default exchange)'}, routing key ${routingKey}`],
    ['queue', letter.queue || 'unknown: it cannot be put back'],
    ['message id', messageId],
    ['call stack', callIdStack.join(' > ') || undefined],
    ['replayed', replays === 0 ? undefined : counted(replays, 'time')],
  ];
  return facts.flatMap(([name, value]): [string, string][] => (value ? [[name, printableLine(value)]] : []));
}

function payloadOf({ payload, body }: DeadLetter): string[] {
  const readable = plainPayload(payload);
  if (readable) return JSON.stringify(readable.value, undefined, 2).split('\n').map(printable);
  if (isUtf8(body)) return printable(Buffer.from(body).toString()).split('\n');
  return ['(not text; show --json has it in base64)'];
}

function cutLines(lines: readonly string[], most: number): string[] {
  const shown = lines.slice(0, most).map((line) => {
    const rest = most === Infinity ? 0 : line.length - longestLine;
    return rest > 0 ? `${line.slice(0, longestLine)}… (${grouped(rest)} more characters: --full)` : line;
  });
  const rest = lines.length - shown.length;
  return rest > 0 ? [...shown, `    … ${counted(rest, 'more line')} (--full)`] : shown;
}

function aligned(pairs: readonly (readonly [string, string])[]): (readonly [string, string])[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => [name.padEnd(width), value]);
}

/** Writes a word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
