// Echoes each call, on raw amqplib: the reply goes to `replyTo`, then the request is acknowledged.
import { connect } from 'amqplib';
import { readSettings, serveCommands } from '../child-commands.ts';
import { requestQueue } from '../names.ts';

const { uri, id, prefetch } = readSettings();
const connection = await connect(uri, { noDelay: true });
const channel = await connection.createChannel();
await channel.assertQueue(requestQueue(id), { durable: true });
await channel.prefetch(prefetch);
await channel.consume(requestQueue(id), (message) => {
  if (message === null) throw new Error('the queue was deleted');
  const request: unknown = JSON.parse(message.content.toString());
  const { replyTo, correlationId } = message.properties;
  const reply = Buffer.from(JSON.stringify(request));
  channel.sendToQueue(String(replyTo), reply, { correlationId, contentType: 'application/json' });
  channel.ack(message);
});
serveCommands({}, () => connection.close());
