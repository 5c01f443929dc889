// Publishes events by @golevelup/nestjs-rabbitmq: persistent, each resolved by the broker's confirm.
import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { readSettings, serveCommands } from '../../child-commands.ts';
import { loadCommands } from '../../load.ts';
import { eventExchange, eventType } from '../../names.ts';
import { startApp } from './start-app.mjs';

const { uri, id, prefetch, variant } = readSettings();
const exchange = eventExchange(id);
const app = await startApp([], { uri, exchange, prefetch, noDelay: variant === 'tuned' });
const connection = app.get(AmqpConnection);
serveCommands(
  loadCommands((payload) => connection.publish(exchange, eventType, payload, { persistent: true })),
  () => app.close(),
);
