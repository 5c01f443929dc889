import { createHash } from 'node:crypto';
import type { ProcessIdentity } from '../foundation/process-identity.ts';
import type { FieldTable, FieldValue, MessageProperties } from '../protocol/client/index.ts';
import type { DeadLetter, DeadLetterError, DeadLetterFailure, DeadLetterReason } from '../transport/dead-letter.ts';
import { decodePayload } from '../transport/payload.ts';
import {
  type ArrivedMessage,
  copyProperties,
  countIn,
  deadLetterHeader,
  type EventMarks,
  readMarks,
  textIn,
} from './event-marks.ts';
import { payloadSource, readContext } from './message-headers.ts';

/** Who gives a message up, and where it came from. */
export interface DeadLetterOrigin {
  /** What names the letter. */
  readonly id: string;
  /** Now, in milliseconds since 1970. */
  readonly at: number;
  readonly service: string;
  readonly method: string;
  /** The queue of the handler that failed. */
  readonly queue: string;
  readonly process: ProcessIdentity;
}

/** How much of an error is kept: a message's headers must fit one frame, beside those that its sender gave it. */
export type RecordSize = 'full' | 'small';

const limits = {
  full: { messageBytes: 4096, stackBytes: 8192, problems: 20, problemBytes: 512 },
  small: { messageBytes: 256, stackBytes: 0, problems: 0, problemBytes: 0 },
} as const;

const reasons: readonly DeadLetterReason[] = ['failed', 'invalid', 'poison'];

/** Makes the properties of a dead letter; its body is that of the message. */
export function writeDeadLetter(
  { properties }: ArrivedMessage,
  marks: EventMarks,
  failure: DeadLetterFailure,
  origin: DeadLetterOrigin,
  size: RecordSize = 'full',
): MessageProperties {
  const copy = copyProperties(properties, { ...marks, firstFailedAt: marks.firstFailedAt ?? origin.at });
  return { ...copy, headers: { ...copy.headers, [deadLetterHeader]: recordOf(marks, failure, origin, size) } };
}

/** Reads a message of the dead-letter queue, also one that somebody else put there: of that less is known. */
export function readDeadLetter(message: ArrivedMessage): DeadLetter {
  const { properties, body, redelivered } = message;
  const marks = readMarks(message);
  const sent = {
    exchange: marks.exchange,
    routingKey: marks.routingKey,
    messageId: properties.messageId,
    callIdStack: readContext(properties.headers).callIdStack,
    replays: marks.replays,
    redelivered: redelivered || marks.maybeTwice,
    contentType: properties.contentType,
    body,
    payload: payloadOf(properties, body),
  };
  const record = tableOf(properties.headers?.[deadLetterHeader]);
  return { ...(record ? readRecord(record, message, marks) : strangeRecord(message)), ...sent };
}

type LetterRecord = Omit<
  DeadLetter,
  | 'exchange'
  | 'routingKey'
  | 'messageId'
  | 'callIdStack'
  | 'replays'
  | 'redelivered'
  | 'contentType'
  | 'body'
  | 'payload'
>;

function recordOf(
  { firstFailedAt }: EventMarks,
  failure: DeadLetterFailure,
  origin: DeadLetterOrigin,
  size: RecordSize,
): FieldTable {
  const { id, at, service, method, queue, process } = origin;
  return {
    id,
    reason: failure.reason,
    service,
    method,
    instance: failure.instance,
    ...(process.version === undefined ? {} : { version: process.version }),
    host: process.host,
    pid: process.pid,
    error: errorTable(failure.error, size),
    attempts: failure.attempts,
    firstFailedAt: firstFailedAt ?? at,
    lastFailedAt: at,
    queue,
  };
}

function errorTable({ type, message, code, stack, problems }: DeadLetterError, size: RecordSize): FieldTable {
  const { messageBytes, stackBytes, problemBytes, problems: mostProblems } = limits[size];
  const kept = problems?.slice(0, mostProblems).map((problem) => ({
    path: cut(problem.path, problemBytes),
    message: cut(problem.message, problemBytes),
  }));
  return {
    type: cut(type, 256),
    message: cut(message, messageBytes),
    ...(code === undefined ? {} : { code: cut(code, 256) }),
    ...(stack === undefined || stackBytes === 0 ? {} : { stack: cut(stack, stackBytes) }),
    ...(kept?.length ? { problems: kept } : {}),
  };
}

function readRecord(record: FieldTable, message: ArrivedMessage, marks: EventMarks): LetterRecord {
  const lastFailedAt = countIn(record, 'lastFailedAt') ?? 0;
  const reason = reasons.find((known) => known === record['reason']);
  return {
    id: textIn(record, 'id') || strangeId(message),
    reason: reason ?? 'failed',
    service: textIn(record, 'service') ?? '',
    method: textIn(record, 'method') ?? '',
    instance: textIn(record, 'instance') ?? '',
    version: textIn(record, 'version'),
    host: textIn(record, 'host'),
    pid: countIn(record, 'pid'),
    error: readError(tableOf(record['error']) ?? {}),
    attempts: countIn(record, 'attempts') ?? 0,
    firstFailedAt: dateOf(countIn(record, 'firstFailedAt') ?? marks.firstFailedAt ?? lastFailedAt),
    lastFailedAt: dateOf(lastFailedAt),
    queue: textIn(record, 'queue') ?? '',
  };
}

function readError(table: FieldTable): DeadLetterError {
  const { problems } = table;
  return {
    type: textIn(table, 'type') ?? 'Error',
    message: textIn(table, 'message') ?? '',
    code: textIn(table, 'code'),
    stack: textIn(table, 'stack'),
    problems: Array.isArray(problems) ? problems.map(readProblem) : undefined,
  };
}

function readProblem(value: FieldValue): { readonly path: string; readonly message: string } {
  const problem = tableOf(value);
  return { path: textIn(problem, 'path') ?? '', message: textIn(problem, 'message') ?? '' };
}

/** Of what a broker's own dead-lettering, or a person, put there. */
function strangeRecord(message: ArrivedMessage): LetterRecord {
  const { timestamp = 0, headers } = message.properties;
  const sentAt = dateOf(timestamp * 1000);
  return {
    id: strangeId(message),
    reason: 'failed',
    service: '',
    method: '',
    instance: '',
    error: { type: 'Unknown', message: 'it was not Mycel that put it there, so nothing tells why' },
    attempts: 0,
    firstFailedAt: sentAt,
    lastFailedAt: sentAt,
    queue: textIn(headers, 'x-first-death-queue') ?? '',
  };
}

/** The same message has the same id each time it is read. */
function strangeId({ properties: { messageId }, body }: ArrivedMessage): string {
  return messageId || createHash('sha256').update(body).digest('hex').slice(0, 32);
}

/** What is no time that a date can hold was written by somebody else; it counts as 1970. */
function dateOf(ms: number): Date {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

function payloadOf(properties: MessageProperties, body: Uint8Array): unknown {
  try {
    return decodePayload(payloadSource(properties, body));
  } catch {
    return undefined; // Its body is shown instead.
  }
}

function tableOf(value: FieldValue): FieldTable | undefined {
  const isTable = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  // Of all field values only a table is a plain object.
  return isTable ? (value as FieldTable) : undefined;
}

function cut(text: string, mostBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return text;
  // A character that was cut in two is left out.
  return `${bytes
    .subarray(0, mostBytes - 3)
    .toString()
    .replace(/\uFFFD$/, '')}…`;
}
