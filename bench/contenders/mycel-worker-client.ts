// Calls the echo service from inside a worker: an rpc of this process's own service makes the load.
import { connect, rpc, rpcProxy, service, ServiceRunner } from 'mycel';
import { amqp } from 'mycel/amqp';
import { readSettings, serveCommands } from '../child-commands.ts';
import { type LoadOptions, type LoadResult, runLoad } from '../load.ts';
import type { EchoService } from './mycel-rpc-server.ts';

const { uri, id } = readSettings();

@service(`${id}_driver`)
class DriverService {
  echoes = rpcProxy<EchoService>(id);

  @rpc
  drive(options: LoadOptions): Promise<LoadResult> {
    return runLoad((payload) => this.echoes.echo(payload), options);
  }
}

const runner = new ServiceRunner([DriverService], { resources: [amqp({ uri })] });
await runner.start();
const bus = await connect(uri);
const driver = bus.rpc<DriverService>(`${id}_driver`);
serveCommands({ load: (options) => driver.drive.with({ timeout: '50s' })(options) }, async () => {
  await bus.close();
  await runner.stop();
});
