// Calls by direct reply-to, on the AMQP client under Mycel, as amqplib-rpc-client.ts does on amqplib.
import { readSettings, serveCommands } from '../child-commands.ts';
import { loadCommands, type Payload } from '../load.ts';
import { requestQueue } from '../names.ts';
import { connectBare } from './bare-connection.ts';

const replyTo = 'amq.rabbitmq.reply-to';
const { uri, id } = readSettings();
const connection = await connectBare(uri);
const channel = await connection.openChannel();
const calls = new Map<string, (reply: unknown) => void>();
let lastId = 0;

await channel.consume(
  replyTo,
  ({ body, properties }) => {
    const correlationId = String(properties.correlationId);
    calls.get(correlationId)?.(JSON.parse(body.toString()));
    calls.delete(correlationId);
  },
  { noAck: true },
);

function call(payload: Payload): Promise<unknown> {
  return new Promise((resolve) => {
    const correlationId = String(++lastId);
    calls.set(correlationId, resolve);
    const properties = { correlationId, replyTo, contentType: 'application/json' };
    channel.publish('', requestQueue(id), JSON.stringify(payload), properties);
  });
}

serveCommands(loadCommands(call), () => connection.close());
