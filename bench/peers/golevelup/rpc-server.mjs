// A NestJS application that echoes each call by @golevelup/nestjs-rabbitmq.
import { readSettings, serveCommands } from '../../child-commands.ts';
import { eventExchange, requestQueue } from '../../names.ts';
import { echoService } from './echo-service.mjs';
import { startApp } from './start-app.mjs';

const { uri, id, prefetch, variant } = readSettings();
const exchange = eventExchange(id);
const noDelay = variant === 'tuned';
const app = await startApp([echoService(exchange, requestQueue(id))], { uri, exchange, prefetch, noDelay });
serveCommands({}, () => app.close());
