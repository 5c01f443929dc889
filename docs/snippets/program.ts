import { connect, runServices } from 'mycel';
import { Greeter } from './greeter.ts';

/** Runs the service and calls it, in one program. */
export async function greetFromHere(uri: string): Promise<string> {
  // #region program
  await using runner = await runServices([Greeter], { config: { amqp: { uri } } });
  await using bus = await connect(uri, { timeout: '2s', context: { language: 'en' } });
  const greeting = await bus.rpc(Greeter).greet('Ada');
  // #endregion program
  return `${runner.containers.length} service says: ${greeting}`;
}
