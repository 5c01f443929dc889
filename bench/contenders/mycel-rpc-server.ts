// A Mycel service that echoes each call.
import { rpc, service, ServiceRunner } from 'mycel';
import { amqp } from 'mycel/amqp';
import { readSettings, serveCommands } from '../child-commands.ts';
import type { Payload } from '../load.ts';

const { uri, id, prefetch } = readSettings();

@service(id)
class EchoService {
  @rpc
  echo(payload: Payload): Payload {
    return payload;
  }
}

export type { EchoService };

const runner = new ServiceRunner([EchoService], { resources: [amqp({ uri })], maxWorkers: prefetch });
await runner.start();
serveCommands({}, () => runner.stop());
