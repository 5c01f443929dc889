import { answersAmqp } from './amqp-probe.ts';
import { installedServer, startPrivateServer } from './private-rabbitmq.ts';
import type { RabbitServer } from './rabbit-server.ts';

export const usualUri = 'amqp://guest:guest@127.0.0.1:5672';

/**
 * Finds a RabbitMQ: the one `AMQP_URI` names, else the one on this machine, else a private one started from an installed
 * package. Gives `undefined` when there is none.
 */
export async function findRabbit(environment: NodeJS.ProcessEnv = process.env): Promise<RabbitServer | undefined> {
  const named = environment['AMQP_URI'];
  if (named) {
    const { hostname, port, protocol } = new URL(named);
    if (await answersAmqp(hostname, Number(port || 5672))) return borrowed(named, 'AMQP_URI');
    if (protocol === 'amqps:') return borrowed(named, 'AMQP_URI, unprobed');
    throw new Error(
      `AMQP_URI is set, but nothing answers AMQP at ${hostname}:${port || 5672}: start it or unset AMQP_URI`,
    );
  }
  if (await answersAmqp('127.0.0.1', 5672)) return borrowed(usualUri, '127.0.0.1:5672');
  const script = installedServer();
  return script === undefined ? undefined : startPrivateServer(script);
}

function borrowed(uri: string, origin: string): RabbitServer {
  return { uri, origin, [Symbol.asyncDispose]: async () => {} };
}
