// Echoes each call, on the AMQP client under Mycel, as amqplib-rpc-server.ts does on amqplib.
import { readSettings, serveCommands } from '../child-commands.ts';
import { requestQueue } from '../names.ts';
import { connectBare } from './bare-connection.ts';

const { uri, id, prefetch } = readSettings();
const connection = await connectBare(uri);
const channel = await connection.openChannel();
await channel.declareQueue(requestQueue(id), { durable: true });
await channel.qos(prefetch);
await channel.consume(requestQueue(id), ({ deliveryTag, body, properties }) => {
  const request: unknown = JSON.parse(body.toString());
  const { replyTo = '', correlationId = '' } = properties;
  channel.publish('', replyTo, JSON.stringify(request), { correlationId, contentType: 'application/json' });
  channel.ack(deliveryTag);
});
serveCommands({}, () => connection.close());
