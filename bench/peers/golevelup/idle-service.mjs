// A NestJS application of one handler by @golevelup/nestjs-rabbitmq, without the benchmark around it.
import { echoService } from './echo-service.mjs';
import { startApp } from './start-app.mjs';

const { AMQP_URI: uri, BENCH_SERVICE: id } = process.env;
const exchange = `${id}_golevelup.events`;
await startApp([echoService(exchange, `rpc-${id}_golevelup`)], { uri, exchange, prefetch: 200, noDelay: false });
console.log('ready');
