import { RabbitRPC } from '@golevelup/nestjs-rabbitmq';
import { decorateMethod } from '../decorate.mjs';

/** A provider that echoes each call; the library acknowledges it after its reply was confirmed. */
export function echoService(exchange, queue) {
  class EchoService {
    echo(payload) {
      return payload;
    }
  }
  decorateMethod(EchoService, 'echo', [RabbitRPC({ exchange, routingKey: 'echo', queue })], []);
  return EchoService;
}
