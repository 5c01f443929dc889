// Calls by @golevelup/nestjs-rabbitmq: direct reply-to; each call waits for the confirm of its request, too.
import { AmqpConnection } from '@golevelup/nestjs-rabbitmq';
import { readSettings, serveCommands } from '../../child-commands.ts';
import { loadCommands } from '../../load.ts';
import { eventExchange } from '../../names.ts';
import { startApp } from './start-app.mjs';

const { uri, id, prefetch, variant } = readSettings();
const exchange = eventExchange(id);
const app = await startApp([], { uri, exchange, prefetch, noDelay: variant === 'tuned' });
const connection = app.get(AmqpConnection);
serveCommands(
  loadCommands((payload) => connection.request({ exchange, routingKey: 'echo', payload })),
  () => app.close(),
);
