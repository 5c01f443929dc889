// Dispatches events with the client for programs that are no service.
import { connect } from 'mycel';
import { readSettings, serveCommands } from '../child-commands.ts';
import { loadCommands } from '../load.ts';
import { eventType } from '../names.ts';

const { uri, id } = readSettings();
const bus = await connect(uri);
serveCommands(
  loadCommands((payload) => bus.dispatch(id, eventType, payload)),
  () => bus.close(),
);
