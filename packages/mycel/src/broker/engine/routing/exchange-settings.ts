import type { FieldValue } from '../../../protocol/codec/index.ts';
import { isShortText } from '../argument-checks.ts';
import { accessRefused, commandInvalid, preconditionFailed } from '../refusals.ts';
import { erlangTermOf, erlangTypeOf } from './erlang-term.ts';

const exchangeTypes = ['direct', 'topic', 'fanout', 'headers'] as const;

export type ExchangeType = (typeof exchangeTypes)[number];

/** What an exchange was declared with. */
export interface ExchangeSettings {
  readonly name: string;
  readonly type: ExchangeType;
  /** Remembered and compared; nothing outlives this process. */
  readonly durable: boolean;
  /** Deleted when the last binding that leads from it goes. */
  readonly autoDelete: boolean;
  /** Reached from other exchanges only, never by a publisher. */
  readonly internal: boolean;
  /** Where a message goes that nothing here matched. */
  readonly alternateExchange: string | undefined;
}

/** The fields of `exchange.declare` that say what the exchange is to be. */
export interface ExchangeDeclaration {
  readonly exchange: string;
  readonly type: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Readonly<Record<string, FieldValue>>;
}

const ALTERNATE_EXCHANGE = 'alternate-exchange';

/** Names an exchange as RabbitMQ's texts do. */
export function describeExchange(name: string, vhost: string): string {
  return `exchange '${name}' in vhost '${vhost}'`;
}

/** Tells which type is meant; a type nobody knows ends the connection (503). */
export function exchangeTypeOf(name: string): ExchangeType {
  const type = exchangeTypes.find((known) => known === name);
  if (type !== undefined) return type;
  throw commandInvalid(`unknown exchange type '${name}'`);
}

/** Refuses arguments that would be ignored (406). RabbitMQ ignores them. */
export function assertKnownArguments({ exchange, arguments: args }: ExchangeDeclaration, vhost: string): void {
  const unknown = Object.keys(args).find((name) => name !== ALTERNATE_EXCHANGE);
  if (unknown === undefined) return;
  const problem = 'the embedded broker does not support it';
  throw preconditionFailed(`invalid arg '${unknown}' for ${describeExchange(exchange, vhost)}: ${problem}`);
}

/** Reads the settings of an exchange that is to be made. */
export function settingsOf(declaration: ExchangeDeclaration, vhost: string): ExchangeSettings {
  const { exchange: name, type, durable, autoDelete, internal, arguments: args } = declaration;
  if (name.startsWith('amq.')) {
    throw accessRefused(`exchange name '${name}' contains reserved prefix 'amq.*'`);
  }
  const alternate = args[ALTERNATE_EXCHANGE];
  if (ALTERNATE_EXCHANGE in args && typeof alternate !== 'string') {
    const given = erlangTypeOf(alternate);
    const where = describeExchange(name, vhost);
    throw preconditionFailed(`invalid type '${given}' for arg '${ALTERNATE_EXCHANGE}' in ${where}`);
  }
  const problem = alternate === undefined ? undefined : isShortText(alternate);
  if (problem !== undefined) {
    throw preconditionFailed(`invalid arg '${ALTERNATE_EXCHANGE}' for ${describeExchange(name, vhost)}: ${problem}`);
  }
  const alternateExchange = typeof alternate === 'string' ? alternate : undefined;
  return { name, type: exchangeTypeOf(type), durable, autoDelete, internal, alternateExchange };
}

/** Refuses a declaration of an exchange that is there, but otherwise (406). */
export function assertEquivalent(current: ExchangeSettings, declaration: ExchangeDeclaration, vhost: string): void {
  const differs = (argument: string, received: string, is: string): never => {
    const what = `inequivalent arg '${argument}' for ${describeExchange(current.name, vhost)}`;
    throw preconditionFailed(`${what}: received ${received} but current is ${is}`);
  };
  const fields = [
    ['type', declaration.type, current.type],
    ['durable', declaration.durable, current.durable],
    ['auto_delete', declaration.autoDelete, current.autoDelete],
    ['internal', declaration.internal, current.internal],
  ] as const;
  for (const [name, received, is] of fields) {
    if (received !== is) differs(name, `'${received}'`, `'${is}'`);
  }
  const received = declaration.arguments[ALTERNATE_EXCHANGE];
  const is = current.alternateExchange;
  if (received === is) return;
  if (typeof received === 'string' && is !== undefined) differs(ALTERNATE_EXCHANGE, `'${received}'`, `'${is}'`);
  differs(ALTERNATE_EXCHANGE, described(received), described(is));
}

function described(value: FieldValue): string {
  if (value === undefined) return 'none';
  const shown = typeof value === 'string' ? value : erlangTermOf(value);
  return `the value '${shown}' of type '${erlangTypeOf(value)}'`;
}
