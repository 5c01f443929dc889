// Handles events on raw amqplib: a durable queue, each event acknowledged after it is handled.
import { connect } from 'amqplib';
import { HandledEvents, readSettings, serveCommands } from '../child-commands.ts';
import { eventExchange, eventType, handlerQueue } from '../names.ts';

const { uri, id, prefetch, queueType } = readSettings();
const handled = new HandledEvents();
const connection = await connect(uri, { noDelay: true });
const channel = await connection.createChannel();
await channel.assertExchange(eventExchange(id), 'topic', { durable: true });
await channel.assertQueue(handlerQueue(id), { durable: true, arguments: { 'x-queue-type': queueType } });
await channel.bindQueue(handlerQueue(id), eventExchange(id), eventType);
await channel.prefetch(prefetch);
await channel.consume(handlerQueue(id), (message) => {
  if (message === null) throw new Error('the queue was deleted');
  JSON.parse(message.content.toString());
  handled.add();
  channel.ack(message);
});
serveCommands({ handled: handled.reached }, () => connection.close());
