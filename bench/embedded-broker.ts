// The embedded broker in a process of its own: started by run.ts, ended by its disconnection.
import { startBroker } from '../packages/mycel/dist/broker/index.js';

const { uri } = await startBroker({ port: 0 });
process.send?.({ uri });
process.once('disconnect', () => process.exit(0));
