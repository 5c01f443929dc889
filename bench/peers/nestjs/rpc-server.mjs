// A NestJS microservice that echoes each call.
import { readSettings, serveCommands } from '../../child-commands.ts';
import { requestQueue } from '../../names.ts';
import { AckingEcho, AutoAckEcho } from './echo-controller.mjs';
import { startService } from './start-service.mjs';
import { variants } from './variants.mjs';

const { uri, id, prefetch, variant } = readSettings();
const { noAck, noDelay } = variants[variant];
const controller = noAck ? AutoAckEcho : AckingEcho;
const app = await startService(controller, { uri, queue: requestQueue(id), prefetch, noAck, noDelay });
serveCommands({}, () => app.close());
