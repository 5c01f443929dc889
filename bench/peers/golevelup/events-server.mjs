// A NestJS application that handles events by @golevelup/nestjs-rabbitmq, which acknowledges each when it was handled.
import { RabbitSubscribe } from '@golevelup/nestjs-rabbitmq';
import { HandledEvents, readSettings, serveCommands } from '../../child-commands.ts';
import { eventExchange, eventType, handlerQueue } from '../../names.ts';
import { decorateMethod } from '../decorate.mjs';
import { startApp } from './start-app.mjs';

const { uri, id, prefetch, variant } = readSettings();
const exchange = eventExchange(id);
const handled = new HandledEvents();

class HandlerService {
  handle() {
    handled.add();
  }
}
const subscription = { exchange, routingKey: eventType, queue: handlerQueue(id) };
decorateMethod(HandlerService, 'handle', [RabbitSubscribe(subscription)], []);

const app = await startApp([HandlerService], { uri, exchange, prefetch, noDelay: variant === 'tuned' });
serveCommands({ handled: handled.reached }, () => app.close());
