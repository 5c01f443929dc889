import type { FieldTable, FieldValue } from '../../protocol/codec/index.ts';
import {
  type ArgumentCheck,
  isAtMost,
  isBoolean,
  isInteger,
  isNatural,
  isOneOf,
  isPositive,
  isShortText,
} from './argument-checks.ts';
import { longestExpiryMs } from './expiration.ts';
import type { QueueSettings } from './queue-settings.ts';
import { describeQueue, preconditionFailed } from './refusals.ts';
import { erlangTypeOf } from './routing/erlang-term.ts';

type QueueType = QueueSettings['type'];

interface KnownArgument {
  readonly check: ArgumentCheck;
  /** The types of queues that have it. */
  readonly types: readonly QueueType[];
  /** It is accepted because clients of RabbitMQ send it, and changes nothing here. */
  readonly isNoted?: true;
}

const any: readonly QueueType[] = ['classic', 'quorum'];
const classic: readonly QueueType[] = ['classic'];
const quorum: readonly QueueType[] = ['quorum'];

const deadLetterExchange = 'x-dead-letter-exchange';
const overflows = ['drop-head', 'reject-publish', 'reject-publish-dlx'] as const;
const strategies = ['at-most-once', 'at-least-once'];
const leaderLocators = ['client-local', 'balanced', 'random', 'least-leaders'];

/** Every argument that is accepted. All others are refused: what a service relies on must not silently be missing. */
export const queueArguments: Readonly<Record<string, KnownArgument>> = {
  'x-queue-type': { check: isOneOf(any, (type) => `"unsupported queue type '${type}'"`), types: any },
  'x-message-ttl': { check: isAtMost(longestExpiryMs, 'value_too_large', isNatural), types: any },
  'x-expires': { check: isAtMost(longestExpiryMs, 'value_too_large', isPositive), types: any },
  'x-max-length': { check: isNatural, types: any },
  'x-max-length-bytes': { check: isNatural, types: any },
  'x-overflow': { check: isOneOf(overflows, () => 'invalid_overflow'), types: any },
  [deadLetterExchange]: { check: isShortText, types: any },
  'x-dead-letter-routing-key': { check: isShortText, types: any },
  'x-dead-letter-strategy': { check: isOneOf(strategies, () => 'invalid_dlx_strategy'), types: quorum },
  'x-max-priority': { check: isAtMost(255, 'max_value_exceeded', isNatural), types: classic },
  'x-single-active-consumer': { check: isBoolean, types: any },
  'x-delivery-limit': { check: isNatural, types: quorum },
  'x-queue-mode': {
    check: isOneOf(['default', 'lazy'], (mode) => `"unsupported queue mode '${mode}'"`),
    types: classic,
    isNoted: true,
  },
  'x-queue-version': { check: isKnownVersion, types: classic, isNoted: true },
  'x-queue-master-locator': { check: isShortText, types: classic, isNoted: true },
  'x-queue-leader-locator': {
    check: isOneOf(leaderLocators, () => 'invalid_queue_locator_arg'),
    types: quorum,
    isNoted: true,
  },
  'x-quorum-initial-group-size': { check: isPositive, types: quorum, isNoted: true },
  'x-max-in-memory-length': { check: isNatural, types: quorum, isNoted: true },
  'x-max-in-memory-bytes': { check: isNatural, types: quorum, isNoted: true },
  'x-ha-policy': { check: isShortText, types: any, isNoted: true },
};

/** Reads the arguments of a queue that is to be made. Throws a fault (406) naming the first that cannot be had. */
export function readQueueArguments(name: string, vhost: string, args: FieldTable): QueueSettings {
  const type = typeOf(name, vhost, args);
  for (const [argument, value] of Object.entries(args)) {
    const known = Object.hasOwn(queueArguments, argument) ? queueArguments[argument] : undefined;
    if (known === undefined) throw invalid(name, vhost, argument, ': the embedded broker does not support it');
    if (!known.types.includes(type)) throw invalid(name, vhost, argument, ` of queue type rabbit_${type}_queue`);
    const problem = known.check(value);
    if (problem === undefined) continue;
    if (argument === deadLetterExchange && typeof value !== 'string') throw invalidType(name, vhost, argument, value);
    throw invalid(name, vhost, argument, `: ${problem}`);
  }
  if ('x-dead-letter-routing-key' in args && !(deadLetterExchange in args)) {
    throw invalid(name, vhost, 'x-dead-letter-routing-key', ': routing_key_but_no_dlx_defined');
  }
  return settingsOf(type, args);
}

/** Gives the arguments that were accepted and change nothing: a quorum queue is kept in memory like any other. */
export function notedArguments(args: FieldTable): string[] {
  return Object.keys(args).filter(
    (name) => queueArguments[name]?.isNoted === true || (name === 'x-queue-type' && args[name] === 'quorum'),
  );
}

function typeOf(name: string, vhost: string, args: FieldTable): QueueType {
  if (!('x-queue-type' in args)) return 'classic';
  const problem = queueArguments['x-queue-type']?.check(args['x-queue-type']);
  if (problem !== undefined) throw invalid(name, vhost, 'x-queue-type', `: ${problem}`);
  return args['x-queue-type'] === 'quorum' ? 'quorum' : 'classic';
}

function settingsOf(type: QueueType, args: FieldTable): QueueSettings {
  return {
    type,
    messageTtlMs: limitIn(args, 'x-message-ttl'),
    expiresMs: limitIn(args, 'x-expires'),
    maxLength: limitIn(args, 'x-max-length'),
    maxLengthBytes: limitIn(args, 'x-max-length-bytes'),
    overflow: overflows.find((overflow) => overflow === args['x-overflow']) ?? 'drop-head',
    deadLetterExchange: textIn(args, deadLetterExchange),
    deadLetterRoutingKey: textIn(args, 'x-dead-letter-routing-key'),
    deadLettersAtLeastOnce: isAtLeastOnce(args),
    maxPriority: Number(args['x-max-priority'] ?? 0),
    isSingleActiveConsumer: args['x-single-active-consumer'] === true,
    deliveryLimit: limitIn(args, 'x-delivery-limit'),
  };
}

function limitIn(args: FieldTable, name: string): number {
  return Number(args[name] ?? Number.POSITIVE_INFINITY);
}

function textIn(args: FieldTable, name: string): string | undefined {
  const value = args[name];
  return typeof value === 'string' ? value : undefined;
}

function isKnownVersion(value: FieldValue): string | undefined {
  return (
    isInteger(value) ?? (value === 1 || value === 2 ? undefined : `"unsupported queue version '${Number(value)}'"`)
  );
}

/** As in RabbitMQ it is no more than a wish where the queue may drop messages to make room: dead ones could not be kept then. */
function isAtLeastOnce(args: FieldTable): boolean {
  return args['x-dead-letter-strategy'] === 'at-least-once' && args['x-overflow'] === 'reject-publish';
}

/** For this argument alone RabbitMQ has another text. */
function invalidType(name: string, vhost: string, argument: string, value: FieldValue): Error {
  const where = `in ${describeQueue(name, vhost)}`;
  return preconditionFailed(`invalid type '${erlangTypeOf(value)}' for arg '${argument}' ${where}`);
}

function invalid(name: string, vhost: string, argument: string, problem: string): Error {
  return preconditionFailed(`invalid arg '${argument}' for ${describeQueue(name, vhost)}${problem}`);
}
