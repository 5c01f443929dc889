// Emits events with NestJS's client, each resolved by the broker's confirm.
import { lastValueFrom } from 'rxjs';
import { readSettings, serveCommands } from '../../child-commands.ts';
import { loadCommands } from '../../load.ts';
import { eventType, handlerQueue } from '../../names.ts';
import { connectClient } from './connect-client.mjs';
import { variants } from './variants.mjs';

const { uri, id, variant } = readSettings();
const { persistent, noDelay } = variants[variant];
const client = await connectClient({ uri, queue: handlerQueue(id), persistent, noDelay });
serveCommands(
  loadCommands((payload) => lastValueFrom(client.emit(eventType, payload), { defaultValue: undefined })),
  () => client.close(),
);
