// A Moleculer node that emits events. Nothing tells it when the broker has them: a lane goes on when the event loop has turned.
import { setImmediate as turn } from 'node:timers/promises';
import { readSettings, serveCommands } from '../../child-commands.ts';
import { loadCommands } from '../../load.ts';
import { eventType } from '../../names.ts';
import { startBroker } from './start-broker.mjs';

const { uri, id, prefetch, variant } = readSettings();
const broker = await startBroker({ uri, namespace: id, nodeID: 'client', prefetch, isTuned: variant === 'tuned' });
await broker.waitForServices('handler', 10_000);
serveCommands(
  loadCommands(async (payload) => {
    await broker.emit(eventType, payload);
    await turn();
  }),
  () => broker.stop(),
);
