// A Moleculer node that calls the service of the other.
import { readSettings, serveCommands } from '../../child-commands.ts';
import { loadCommands } from '../../load.ts';
import { startBroker } from './start-broker.mjs';

const { uri, id, prefetch, variant } = readSettings();
const broker = await startBroker({ uri, namespace: id, nodeID: 'client', prefetch, isTuned: variant === 'tuned' });
await broker.waitForServices('echo', 10_000);
serveCommands(
  loadCommands((payload) => broker.call('echo.echo', payload)),
  () => broker.stop(),
);
