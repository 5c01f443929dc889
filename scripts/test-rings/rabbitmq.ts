import { answersAmqp } from './amqp-probe.ts';
import { installedServer, sbinVariable, startPrivateServer } from './private-rabbitmq.ts';
import { borrowed, type ServerKind } from './test-server.ts';

const usualUri = 'amqp://guest:guest@127.0.0.1:5672';

/** RabbitMQ, for `*.rabbit.test.ts`: `AMQP_URI`, the version that `MYCEL_TEST_RABBITMQ_SBIN` names, 127.0.0.1:5672, or an installed server. */
export const rabbitmq: ServerKind = {
  name: 'rabbitmq',
  fileMark: 'rabbit',
  advice: 'no server at 127.0.0.1:5672 and none installed; start one or set AMQP_URI',
  variable: 'AMQP_URI',
  withoutVariable: 'MYCEL_TEST_WITHOUT_RABBITMQ',
  async find(environment = process.env) {
    const named = environment['AMQP_URI'];
    if (named) {
      const { hostname, port, protocol } = new URL(named);
      if (await answersAmqp(hostname, Number(port || 5672))) return borrowed(named, 'AMQP_URI');
      if (protocol === 'amqps:') return borrowed(named, 'AMQP_URI, unprobed');
      throw new Error(
        `AMQP_URI is set, but nothing answers AMQP at ${hostname}:${port || 5672}: start it or unset AMQP_URI`,
      );
    }
    const isVersionNamed = Boolean(environment[sbinVariable]);
    if (!isVersionNamed && (await answersAmqp('127.0.0.1', 5672))) return borrowed(usualUri, '127.0.0.1:5672');
    const script = installedServer(environment);
    return script === undefined ? undefined : startPrivateServer(script);
  },
};
