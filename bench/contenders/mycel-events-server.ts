// A Mycel service that handles events. Its queue is a quorum queue, or, as Nameko declares it, a classic one.
import { eventHandler, service, ServiceRunner } from 'mycel';
import { amqp } from 'mycel/amqp';
import { HandledEvents, readSettings, serveCommands } from '../child-commands.ts';
import { eventType, handlerService } from '../names.ts';

const { uri, id, prefetch, queueType } = readSettings();
const handled = new HandledEvents();

@service(handlerService(id))
class HandlerService {
  @eventHandler(id, eventType)
  handle(): void {
    handled.add();
  }
}

const topology = queueType === 'quorum' ? 'mycel' : 'nameko';
const runner = new ServiceRunner([HandlerService], { resources: [amqp({ uri, topology })], maxWorkers: prefetch });
await runner.start();
serveCommands({ handled: handled.reached }, () => runner.stop());
