import type { Method } from '../../protocol/codec/index.ts';
import type { ExchangeMethod } from '../../protocol/codec/methods/exchange.ts';
import type { ChannelScope } from './channel-scope.ts';
import { commandInvalid } from './refusals.ts';

/** Acts on the methods of class exchange. */
export function handleExchangeMethod({ connection, peer }: ChannelScope, method: ExchangeMethod): void {
  const { exchanges } = connection.vhost;
  switch (method.name) {
    case 'exchange.declare':
      exchanges.declare(method);
      break;
    case 'exchange.delete':
      exchanges.delete(method);
      break;
    case 'exchange.bind':
      exchanges.bindExchange(method);
      break;
    case 'exchange.unbind':
      exchanges.unbindExchange(method);
      break;
    default:
      throw commandInvalid('unimplemented method');
  }
  if (!method.noWait) peer.send(answers[method.name]);
}

const answers = {
  'exchange.declare': { name: 'exchange.declare-ok' },
  'exchange.delete': { name: 'exchange.delete-ok' },
  'exchange.bind': { name: 'exchange.bind-ok' },
  'exchange.unbind': { name: 'exchange.unbind-ok' },
} as const satisfies Record<string, Method>;
