import { connect } from 'amqplib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useFreshVhost } from '../../../../tests/support/fresh-vhost.ts';
import { rabbitUri } from '../../../../tests/support/rabbit.ts';
import { recordingLogger, type LogRecord } from '../../../../tests/support/recording-logger.ts';
import { AmqpTransport } from './amqp-transport.ts';

const rabbit = useFreshVhost();

/** Far longer than answers take; where nobody is silent it ends with the last. */
const patiently = { timeoutMs: 60_000 };

async function open(uri = rabbit.uri, logs: LogRecord[] = []): Promise<AmqpTransport> {
  const transport = new AmqpTransport({ uri, logger: recordingLogger(logs) });
  onTestFinished(() => transport.close());
  await transport.open();
  return transport;
}

/** A process that runs these services. */
async function running(...services: string[]): Promise<AmqpTransport> {
  const transport = await open();
  await transport.announce(() => services.map((service) => ({ service, pid: 1 })));
  return transport;
}

/** A program in another language that answers calls. */
async function foreign(uri: string, ...queues: string[]): Promise<void> {
  const peer = await connect(uri);
  onTestFinished(() => peer.close());
  const channel = await peer.createChannel();
  for (const queue of queues) {
    await channel.assertQueue(queue, { durable: true });
    await channel.consume(queue, () => {});
  }
}

/** Only there queues are listed; tests are told of another by a variable. */
const hasUsualManagement = new URL(process.env['RABBITMQ_MANAGEMENT_URI'] ?? 'http://127.0.0.1:15672').port === '15672';

/** The vhost as somebody who may use the management API. */
function administered(): string {
  return Object.assign(new URL(rabbitUri), { pathname: `/${rabbit.vhost}` }).href;
}

describe('a question for all services', () => {
  test('is answered by every process, with all that runs in it', async () => {
    await running('math', 'reports');
    await running('math');
    await running();
    const asker = await open();
    const { services, silent, others } = await asker.discover(patiently);
    const names = services.map((service) => (service as { service: string }).service);
    expect(names.toSorted()).toEqual(['math', 'math', 'reports']);
    expect([silent, others]).toEqual([0, []]);
  });

  test('is answered with what runs at that moment', async () => {
    const services: object[] = [];
    await (await open()).announce(() => services);
    const asker = await open();
    expect((await asker.discover(patiently)).services).toEqual([]);
    services.push({ service: 'late' });
    expect((await asker.discover(patiently)).services).toEqual([{ service: 'late' }]);
  });

  test('finds nobody at once where no process ever was, and leaves nothing behind', async () => {
    const asker = await open();
    expect(await asker.discover(patiently)).toEqual({ services: [], silent: 0, others: [] });
    expect(await rabbit.queues()).toEqual([]);
  });

  test('finds nobody at once where all processes have gone', async () => {
    await (await running('math')).close();
    const asker = await open();
    expect(await asker.discover(patiently)).toEqual({ services: [], silent: 0, others: [] });
    expect((await rabbit.queues()).map(({ name }) => name)).toEqual(['mycel.presence']);
  });

  test('waits no longer than it may for a process that does not answer, and tells of it', async () => {
    await running('math');
    await foreign(rabbit.uri, 'mycel.presence');
    const asker = await open();
    const { services, silent } = await asker.discover({ timeoutMs: 3000 });
    expect([services.length, silent]).toEqual([1, 1]);
  });

  test.runIf(hasUsualManagement)('names services that take calls and do not know the question', async () => {
    await running('math');
    await foreign(rabbit.uri, 'rpc-math', 'rpc-ledger', 'evt-ledger-closed');
    const asker = await open(administered());
    // The list of queues is not waited for long.
    await expect.poll(async () => (await asker.discover(patiently)).others).toEqual(['ledger']);
  });

  test('does not name a service whose queue nobody consumes from', async () => {
    const peer = await connect(rabbit.uri);
    await (await peer.createChannel()).assertQueue('rpc-left', { durable: true });
    await peer.close();
    expect((await (await open(administered())).discover(patiently)).others).toEqual([]);
  });
});

describe('a question for one service', () => {
  test('is answered by the processes that run it', async () => {
    await running('math', 'reports');
    await running('other');
    const asker = await open();
    expect((await asker.discover({ service: 'reports', ...patiently })).services).toEqual([
      { service: 'reports', pid: 1 },
    ]);
    expect((await asker.discover({ service: 'nothing', ...patiently })).services).toEqual([]);
  });

  test('does not wait for the rest once one instance has answered', async () => {
    await running('math');
    await foreign(rabbit.uri, 'mycel.presence');
    const asker = await open();
    expect((await asker.discover({ service: 'math', ...patiently })).services).toHaveLength(1);
  });
});

describe('a process that can be found', () => {
  test('can be found again after its connection was lost', async () => {
    await running('math');
    const asker = await open();
    await rabbit.closeConnections();
    await expect
      .poll(async () => asker.discover({ timeoutMs: 500 }).catch(() => undefined))
      .toEqual({ services: [{ service: 'math', pid: 1 }], silent: 0, others: [] });
  });

  test('is no longer found once its subscription is closed', async () => {
    const transport = await open();
    const announced = await transport.announce(() => [{ service: 'math' }]);
    await announced.close();
    expect((await (await open()).discover(patiently)).services).toEqual([]);
  });

  test('bears with what is no question', async () => {
    const logs: LogRecord[] = [];
    await (await open(rabbit.uri, logs)).announce(() => [{ service: 'math' }]);
    const peer = await connect(rabbit.uri);
    onTestFinished(() => peer.close());
    const channel = await peer.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const body of ['', 'no JSON', '[', '7', '{"service":7}', '{}'])
      channel.publish('mycel-discovery', '', Buffer.from(body), { replyTo: queue });
    channel.publish('mycel-discovery', '', Buffer.from('{}'));
    const answers: string[] = [];
    await channel.consume(queue, (message) => message && answers.push(message.content.toString()));
    await expect.poll(() => answers).toEqual(['{"services":[{"service":"math"}]}']);
    expect(logs.filter(({ level }) => level === 'warn')).toHaveLength(5);
  });

  test('works although the broker does not let it be found', async () => {
    const peer = await connect(rabbit.uri);
    await (await peer.createChannel()).assertExchange('mycel-discovery', 'direct');
    await peer.close();
    const logs: LogRecord[] = [];
    const transport = await open(rabbit.uri, logs);
    await transport.announce(() => []);
    expect(logs.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^this process works, but cannot be found .*inequivalent arg/),
    ]);
    await transport.prepareCalls();
  });
});
