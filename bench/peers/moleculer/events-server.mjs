// A Moleculer node with a service that handles events.
import { HandledEvents, readSettings, serveCommands } from '../../child-commands.ts';
import { eventType } from '../../names.ts';
import { startBroker } from './start-broker.mjs';

const { uri, id, prefetch, variant } = readSettings();
const handled = new HandledEvents();
const service = {
  name: 'handler',
  events: { [eventType]: () => handled.add() },
};
const node = { uri, namespace: id, nodeID: 'server', prefetch, isTuned: variant === 'tuned' };
const broker = await startBroker(node, [service]);
serveCommands({ handled: handled.reached }, () => broker.stop());
