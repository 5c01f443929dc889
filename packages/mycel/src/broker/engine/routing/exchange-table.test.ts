import { beforeEach, describe, expect, it } from 'vitest';
import { messageWith } from '../../../../../../tests/support/broker-message.ts';
import { doorOfTable, refusalOf } from '../../../../../../tests/support/routing-door.ts';
import { routingRefusals } from '../../../../../../tests/support/routing-refusals.ts';
import type { FieldTable } from '../../../protocol/codec/index.ts';
import type { ExchangeDeclaration } from './exchange-settings.ts';
import { ExchangeTable } from './exchange-table.ts';

interface NamedQueue {
  readonly name: string;
}

let table: ExchangeTable<NamedQueue>;

beforeEach(() => {
  table = new ExchangeTable({ vhost: '/' });
});

function declare(exchange: string, settings: Partial<ExchangeDeclaration> = {}, into = table): void {
  const plain = { type: 'direct', passive: false, durable: false, autoDelete: false, internal: false, arguments: {} };
  into.declare({ exchange, ...plain, ...settings });
}

describe('ExchangeTable', () => {
  it('refuses an alternate exchange whose name no frame can carry', () => {
    const name = (bytes: number): FieldTable => ({ 'alternate-exchange': 'x'.repeat(bytes) });
    declare('a', { arguments: name(255) });
    expect(() => declare('b', { arguments: name(256) })).toThrow(
      "406 PRECONDITION_FAILED - invalid arg 'alternate-exchange' for exchange 'b' in vhost '/': \"longer than 255 bytes\"",
    );
  });

  it.each(routingRefusals)('refuses $what with code $code', async ({ given, attempt, code, text }) => {
    const door = doorOfTable('/');
    await given?.(door);
    const replyText = text.replace('{vhost}', '/');
    expect(await refusalOf(attempt(door))).toEqual({ replyCode: code, replyText });
  });

  it('refuses arguments it does not know, where RabbitMQ ignores them', () => {
    const wrong = { arguments: { 'x-delayed-type': 'direct' } };
    const text =
      "PRECONDITION_FAILED - invalid arg 'x-delayed-type' for exchange 'x' in vhost '/': the embedded broker does not support it";
    expect(() => declare('x', wrong)).toThrow(text);
    declare('x');
    expect(() => declare('x', wrong)).toThrow(text);
  });

  it('has the predeclared exchanges', () => {
    const listed = table.exchanges().map(({ name, type, durable, internal }) => [name, type, durable, internal]);
    expect(listed).toEqual([
      ['amq.direct', 'direct', true, false],
      ['amq.fanout', 'fanout', true, false],
      ['amq.headers', 'headers', true, false],
      ['amq.match', 'headers', true, false],
      ['amq.rabbitmq.trace', 'topic', true, true],
      ['amq.topic', 'topic', true, false],
    ]);
    declare('amq.direct', { durable: true });
  });

  it('declares again what is there without a word', () => {
    const settings = { type: 'topic', durable: true, autoDelete: true, arguments: { 'alternate-exchange': 'y' } };
    declare('x', settings);
    declare('x', settings);
    expect(table.exchanges().filter(({ name }) => name === 'x')).toEqual([
      { name: 'x', type: 'topic', durable: true, autoDelete: true, internal: false, alternateExchange: 'y' },
    ]);
  });

  it('finds an exchange that is asked for, whatever type and settings are named', () => {
    declare('x');
    const other = { type: 'no type', durable: true, autoDelete: true, internal: true, arguments: { a: 1 } };
    table.declare({ exchange: 'x', passive: true, ...other });
  });

  it('takes line ends out of names', () => {
    const names = (): string[] => table.exchanges().map(({ name }) => name);
    declare('a\r\nb');
    expect(names()).toContain('ab');
    table.delete({ exchange: '\nab', ifUnused: false });
    expect(names()).not.toContain('ab');
  });

  it('bears deleting what is not there', () => {
    table.delete({ exchange: 'nope', ifUnused: true });
    table.removeQueue('nope');
  });

  it('stops at its limit of exchanges, but still declares again what is there', () => {
    const small = new ExchangeTable<NamedQueue>({ vhost: '/', maxExchanges: 7 });
    declare('a', {}, small);
    declare('a', {}, small);
    expect(() => declare('b', {}, small)).toThrow(
      "PRECONDITION_FAILED - cannot declare exchange 'b' in vhost '/': exchange limit of 7 is reached",
    );
    small.delete({ exchange: 'a', ifUnused: false });
    declare('b', {}, small);
  });

  it('stops at its limit of memory for bindings, but still binds again what is bound', () => {
    const small = new ExchangeTable<NamedQueue>({ vhost: '/', maxBindingBytes: 1 });
    small.addQueue({ name: 'q' });
    const bind = (routingKey: string): void =>
      small.bindQueue({ queue: 'q', exchange: 'amq.direct', routingKey, arguments: {} });
    bind('a');
    bind('a');
    expect(() => bind('b')).toThrow(
      "406 PRECONDITION_FAILED - cannot bind queue 'q' in vhost '/': limit of 1 bytes for",
    );
    small.unbindQueue({ queue: 'q', exchange: 'amq.direct', routingKey: 'a', arguments: {} });
    bind('b');
  });

  it('asks whether a queue may be bound only when queue and exchange are there, and does nothing if not', () => {
    const asked: string[] = [];
    const never = ({ name }: NamedQueue): never => {
      asked.push(name);
      throw new Error('locked');
    };
    const binding = { queue: 'q', exchange: 'amq.direct', routingKey: 'k', arguments: {} };
    expect(() => table.bindQueue(binding, never)).toThrow('no queue');
    table.unbindQueue(binding, never);
    expect(asked).toEqual([]);
    table.addQueue({ name: 'q' });
    expect(() => table.bindQueue(binding, never)).toThrow('locked');
    expect([...table.bindings()]).toEqual([]);
    table.bindQueue(binding);
    expect(() => table.unbindQueue(binding, never)).toThrow('locked');
    expect([...table.bindings()]).toHaveLength(1);
    expect(asked).toEqual(['q', 'q']);
  });

  it('gives the queues themselves, and none for an exchange that is not there', () => {
    const queue = { name: 'q' };
    table.addQueue(queue);
    expect(table.route('', messageWith({}, { routingKey: 'q' }))[0]).toBe(queue);
    expect(table.route('nope', messageWith({}, { routingKey: 'q' }))).toEqual([]);
  });
});
