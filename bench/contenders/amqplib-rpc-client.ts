// Calls by direct reply-to, on raw amqplib: transient messages, no confirms, no timeouts.
import { connect } from 'amqplib';
import { readSettings, serveCommands } from '../child-commands.ts';
import { loadCommands, type Payload } from '../load.ts';
import { requestQueue } from '../names.ts';

const replyTo = 'amq.rabbitmq.reply-to';
const { uri, id } = readSettings();
const connection = await connect(uri, { noDelay: true });
const channel = await connection.createChannel();
const calls = new Map<string, (reply: unknown) => void>();
let lastId = 0;

await channel.consume(
  replyTo,
  (message) => {
    if (message === null) throw new Error('the consumer was cancelled');
    const correlationId = String(message.properties.correlationId);
    calls.get(correlationId)?.(JSON.parse(message.content.toString()));
    calls.delete(correlationId);
  },
  { noAck: true },
);

function call(payload: Payload): Promise<unknown> {
  return new Promise((resolve) => {
    const correlationId = String(++lastId);
    calls.set(correlationId, resolve);
    const body = Buffer.from(JSON.stringify(payload));
    channel.sendToQueue(requestQueue(id), body, { correlationId, replyTo, contentType: 'application/json' });
  });
}

serveCommands(loadCommands(call), () => connection.close());
