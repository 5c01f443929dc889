import type { ExchangeSettings, ExchangeType } from './exchange-settings.ts';

/** The exchanges that every virtual host has, besides the default one. */
export const predeclaredExchanges: readonly ExchangeSettings[] = [
  predeclared('amq.direct', 'direct'),
  predeclared('amq.fanout', 'fanout'),
  predeclared('amq.headers', 'headers'),
  predeclared('amq.match', 'headers'),
  predeclared('amq.rabbitmq.trace', 'topic', { internal: true }),
  predeclared('amq.topic', 'topic'),
];

function predeclared(name: string, type: ExchangeType, { internal = false } = {}): ExchangeSettings {
  return { name, type, durable: true, autoDelete: false, internal, alternateExchange: undefined };
}
