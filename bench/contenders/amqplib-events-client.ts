// Publishes events on raw amqplib: persistent, each resolved by the broker's confirm.
import { connect } from 'amqplib';
import { readSettings, serveCommands } from '../child-commands.ts';
import { loadCommands, type Payload } from '../load.ts';
import { eventExchange, eventType } from '../names.ts';

const { uri, id } = readSettings();
const connection = await connect(uri, { noDelay: true });
const channel = await connection.createConfirmChannel();

function dispatch(payload: Payload): Promise<void> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(JSON.stringify(payload));
    const options = { persistent: true, contentType: 'application/json' };
    channel.publish(eventExchange(id), eventType, body, options, (error: unknown) =>
      error ? reject(new Error('the broker refused the event', { cause: error })) : resolve(),
    );
  });
}

serveCommands(loadCommands(dispatch), () => connection.close());
