// Calls the echo microservice with NestJS's client; transient messages, as they are by default.
import { firstValueFrom } from 'rxjs';
import { readSettings, serveCommands } from '../../child-commands.ts';
import { loadCommands } from '../../load.ts';
import { requestQueue } from '../../names.ts';
import { connectClient } from './connect-client.mjs';
import { variants } from './variants.mjs';

const { uri, id, variant } = readSettings();
const { noDelay } = variants[variant];
const client = await connectClient({ uri, queue: requestQueue(id), persistent: false, noDelay });
serveCommands(
  loadCommands((payload) => firstValueFrom(client.send('echo', payload))),
  () => client.close(),
);
