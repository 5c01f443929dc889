// A NestJS microservice of one handler, without the benchmark around it.
import { AckingEcho } from './echo-controller.mjs';
import { startService } from './start-service.mjs';

const { AMQP_URI: uri, BENCH_SERVICE: id } = process.env;
await startService(AckingEcho, { uri, queue: `rpc-${id}_nestjs`, prefetch: 200, noAck: false, noDelay: false });
console.log('ready');
