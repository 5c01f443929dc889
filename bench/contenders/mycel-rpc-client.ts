// Calls the echo service with the client for programs that are no service.
import { connect } from 'mycel';
import { readSettings, serveCommands } from '../child-commands.ts';
import { loadCommands } from '../load.ts';
import type { EchoService } from './mycel-rpc-server.ts';

const { uri, id } = readSettings();
const bus = await connect(uri);
const service = bus.rpc<EchoService>(id);
serveCommands(
  loadCommands((payload) => service.echo(payload)),
  () => bus.close(),
);
