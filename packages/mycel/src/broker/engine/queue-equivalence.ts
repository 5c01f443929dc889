import type { FieldTable, FieldValue } from '../../protocol/codec/index.ts';
import type { QueueDeclaration } from './queue-settings.ts';
import { describeQueue, preconditionFailed } from './refusals.ts';
import { erlangTypeOf } from './routing/erlang-term.ts';

/** The arguments that RabbitMQ compares; it lets the others differ. */
const comparedArguments = [
  'x-expires',
  'x-message-ttl',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-max-length',
  'x-max-length-bytes',
  'x-overflow',
  'x-max-priority',
  'x-single-active-consumer',
  'x-queue-type',
  'x-queue-mode',
  'x-queue-version',
];

/** What is compared of a declaration with a queue that is there. */
export type ComparedDeclaration = Pick<QueueDeclaration, 'name' | 'isDurable' | 'isAutoDelete' | 'arguments'>;

/** Refuses (406) to declare a queue that is there as something else. Whose it is, is another question. */
export function assertEquivalentQueue(
  current: ComparedDeclaration,
  received: ComparedDeclaration,
  vhost: string,
): void {
  const queue = describeQueue(current.name, vhost);
  assertEqual('durable', queue, received.isDurable, current.isDurable);
  assertEqual('auto_delete', queue, received.isAutoDelete, current.isAutoDelete);
  for (const name of comparedArguments) {
    assertEqual(name, queue, argumentOf(received.arguments, name), argumentOf(current.arguments, name));
  }
}

/** A queue of no declared type is a classic one. */
function argumentOf(args: FieldTable, name: string): FieldValue {
  const value = args[name];
  return name === 'x-queue-type' && value === 'classic' ? undefined : value;
}

function assertEqual(name: string, queue: string, received: FieldValue, current: FieldValue): void {
  if (received === current || (isNumber(received) && isNumber(current) && Number(received) === Number(current))) return;
  const values =
    received !== undefined && current !== undefined
      ? `received '${shown(received)}' but current is '${shown(current)}'`
      : `received ${described(received)} but current is ${described(current)}`;
  throw preconditionFailed(`inequivalent arg '${name}' for ${queue}: ${values}`);
}

function isNumber(value: FieldValue): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}

function described(value: FieldValue): string {
  return value === undefined ? 'none' : `the value '${shown(value)}' of type '${erlangTypeOf(value)}'`;
}

function shown(value: FieldValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
