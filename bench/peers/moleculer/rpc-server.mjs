// A Moleculer node with a service that echoes each call.
import { readSettings, serveCommands } from '../../child-commands.ts';
import { echoService, startBroker } from './start-broker.mjs';

const { uri, id, prefetch, variant } = readSettings();
const node = { uri, namespace: id, nodeID: 'server', prefetch, isTuned: variant === 'tuned' };
const broker = await startBroker(node, [echoService]);
serveCommands({}, () => broker.stop());
