// A Moleculer node of one service, as shipped, without the benchmark around it.
import { echoService, startBroker } from './start-broker.mjs';

const { AMQP_URI: uri, BENCH_SERVICE: id } = process.env;
await startBroker({ uri, namespace: `${id}_moleculer`, nodeID: 'server', isTuned: false }, [echoService]);
console.log('ready');
