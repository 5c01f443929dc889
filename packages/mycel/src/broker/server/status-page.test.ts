import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { connectOptionsOf } from '../../../../../tests/support/amqp-connect-options.ts';
import { RawAmqpClient } from '../../../../../tests/support/raw-amqp-client.ts';
import { AmqpConnection } from '../../protocol/client/index.ts';
import { type EmbeddedBroker, startBroker } from './start-broker.ts';
import { StatusPage } from './status-page.ts';

let broker: EmbeddedBroker;

beforeAll(async () => {
  broker = await startBroker({ port: 0 });
});
afterAll(async () => broker.close());

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

async function ask(
  path: string,
  method = 'GET',
  headers: Record<string, string> = {},
  { port }: Pick<AddressInfo, 'port'> = broker.server.address,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    asking.on('error', reject).end();
  });
}

describe('the status of a broker, over HTTP on its port', () => {
  it('tells queues, depths, consumers and connections', async () => {
    const connectionName = 'a client';
    await using connection = await AmqpConnection.connect({ ...connectOptionsOf(broker.uri), connectionName });
    const channel = await connection.openChannel();
    await channel.declareQueue('jobs', { arguments: { 'x-max-length': 10n, 'x-dead-letter-exchange': 'dead' } });
    await channel.confirmSelect();
    for (const body of ['1', '2', '3']) await channel.publishConfirmed('', 'jobs', body);
    await channel.get('jobs');

    const { status, body } = await ask('/status');
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      server: {
        product: 'Mycel',
        pid: process.pid,
        instance: broker.server.instance,
        port: broker.server.address.port,
      },
      vhosts: [{ name: '/', queues: [{ name: 'jobs', ready: 2, unsettled: 1, consumers: [] }] }],
      connections: [{ user: 'guest', name: connectionName, channels: [{ id: 1, unsettled: 1 }] }],
      memory: { blocked: null },
    });
    expect(await ask('/status?pretty')).toMatchObject({ status: 200 });
  });

  it('says at its root what this is', async () => {
    expect(await ask('/')).toEqual({
      status: 200,
      body: expect.stringMatching(/embedded AMQP 0-9-1 broker.*\n.*GET \/status/),
    });
  });

  it.each([
    ['another path', '/status/queues', 'GET', {}, 404],
    ['a request that would change something', '/status', 'DELETE', {}, 405],
    ['a request with a body', '/', 'POST', { 'content-length': '0' }, 405],
    ['a page that points its own name here', '/status', 'GET', { host: 'evil.example:5672' }, 403],
    ['a name that only begins like ours', '/status', 'GET', { host: 'localhost.evil.example' }, 403],
    ['an address that only begins like ours', '/status', 'GET', { host: '127.0.0.1.evil.example' }, 403],
  ])('refuses %s', async (_, path, method, headers, status) => {
    expect(await ask(path, method, headers)).toMatchObject({ status });
  });

  it.each(['localhost', 'LOCALHOST:5672', '127.0.0.1:80', '127.1.2.3', '[::1]:5672'])(
    'answers under %s',
    async (host) => {
      expect(await ask('/', 'GET', { host })).toMatchObject({ status: 200 });
    },
  );

  it('closes the connection after its answer, and when there is no request', async () => {
    const { port } = broker.server.address;
    for (const text of [
      'GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET / nonsense\r\n\r\n',
      `GET /${'x'.repeat(9000)}`,
    ]) {
      using client = new RawAmqpClient(port).write(text.slice(0, 4));
      client.socket.removeAllListeners('data').resume();
      client.write(text.slice(4));
      await client.ended;
    }
  });
});

describe('StatusPage', () => {
  /** A page on a port of its own. */
  async function serve(status: () => unknown): Promise<AddressInfo> {
    const page = new StatusPage(status);
    const server = createServer((socket) => page.take(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    // It listens on TCP.
    return server.address() as AddressInfo;
  }

  it('writes one status for all who ask at about the same time', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const status = vi.fn(() => ({ at: status.mock.calls.length }));
    const address = await serve(status);
    const at = async (): Promise<unknown> => JSON.parse((await ask('/status', 'GET', {}, address)).body);
    expect([await at(), await at()]).toEqual([{ at: 1 }, { at: 1 }]);
    vi.advanceTimersByTime(250);
    expect([await at(), await at()]).toEqual([{ at: 2 }, { at: 2 }]);
  });

  it('says so when there is too much to be told', async () => {
    // Longer than a string may be.
    const tooMuch = { toJSON: () => 'x'.repeat(2 ** 30) };
    expect(await ask('/status', 'GET', {}, await serve(() => tooMuch))).toEqual({
      status: 500,
      body: 'too much to be told\n',
    });
  });

  it('has few readers at once, and others when they have gone', async () => {
    // More than the system takes for a client that does not read.
    const address = await serve(() => 'x'.repeat(20_000_000));
    const readers: Socket[] = [];
    onTestFinished(() => {
      for (const reader of readers) reader.destroy();
    });
    for (let left = 8; left > 0; left--) {
      const reader = connect(address.port, '127.0.0.1', () => {
        reader.write('GET /status HTTP/1.1\r\nHost: localhost\r\n\r\n');
      });
      readers.push(reader);
      await once(reader, 'readable');
    }
    expect(await ask('/status', 'GET', {}, address)).toMatchObject({ status: 503 });
    expect(await ask('/', 'GET', {}, address)).toMatchObject({ status: 200 });
    readers[0]?.destroy();
    await expect.poll(() => ask('/status', 'GET', {}, address)).toMatchObject({ status: 200 });
  });
});
