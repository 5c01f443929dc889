// A NestJS microservice that handles events.
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { HandledEvents, readSettings, serveCommands } from '../../child-commands.ts';
import { eventType, handlerQueue } from '../../names.ts';
import { decorateMethod } from '../decorate.mjs';
import { acknowledge, startService } from './start-service.mjs';
import { variants } from './variants.mjs';

const { uri, id, prefetch, variant } = readSettings();
const { noAck, noDelay } = variants[variant];
const handled = new HandledEvents();

class EventController {
  handle(_payload, context) {
    handled.add();
    if (!noAck) acknowledge(context);
  }
}
decorateMethod(EventController, 'handle', [EventPattern(eventType)], [Payload(), Ctx()]);

const app = await startService(EventController, { uri, queue: handlerQueue(id), prefetch, noAck, noDelay });
serveCommands({ handled: handled.reached }, () => app.close());
