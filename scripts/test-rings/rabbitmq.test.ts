import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { answersAmqp } from './amqp-probe.ts';
import { installedServer, startPrivateServer } from './private-rabbitmq.ts';
import { rabbitmq } from './rabbitmq.ts';

/** A server that sends these bytes back to the first thing it is sent. */
async function answering(bytes: number[]): Promise<number> {
  const server = createServer((socket) => socket.once('data', () => socket.end(Buffer.from(bytes))));
  onTestFinished(() => {
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  // An address is a string only for a server on a pipe.
  return (server.address() as AddressInfo).port;
}

test('a server that opens with a method frame answers AMQP', async () => {
  expect(await answersAmqp('127.0.0.1', await answering([1, 0, 0]))).toBe(true);
});

test('a server that speaks something else, or nothing, or that is not there, does not answer AMQP', async () => {
  expect(await answersAmqp('127.0.0.1', await answering([...Buffer.from('HTTP/1.1')]))).toBe(false);
  expect(await answersAmqp('127.0.0.1', await answering([]))).toBe(false);
  expect(await answersAmqp('127.0.0.1', 1)).toBe(false);
});

test('the server that AMQP_URI names is taken, at the port it names', async () => {
  const uri = `amqp://u:p@127.0.0.1:${await answering([1])}/vhost`;
  expect(await rabbitmq.find({ AMQP_URI: uri })).toMatchObject({ uri, origin: 'AMQP_URI' });
});

test('a server that AMQP_URI names but that is not there is an error, not a reason to look elsewhere', async () => {
  await expect(rabbitmq.find({ AMQP_URI: 'amqp://127.0.0.1:1' })).rejects.toThrow(
    /nothing answers AMQP at 127.0.0.1:1/,
  );
});

test('a version that is named but not there is an error, not a reason to take another', async () => {
  const environment = { MYCEL_TEST_RABBITMQ_SBIN: '/nowhere/sbin' };
  expect(() => installedServer(environment)).toThrow(/there is no \/nowhere\/sbin\/rabbitmq-server/);
  await expect(rabbitmq.find(environment)).rejects.toThrow(/MYCEL_TEST_RABBITMQ_SBIN/);
});

const installed = installedServer();

// Ten seconds: worth it in CI, not in everyone's loop.
test.runIf(installed !== undefined && process.env['CI'] === 'true')(
  'a private server answers AMQP and HTTP, and is gone after its disposal',
  async () => {
    const server = await startPrivateServer(installed ?? '');
    const port = Number(new URL(server.uri).port);
    expect(await answersAmqp('127.0.0.1', port)).toBe(true);
    const { host, username, password } = new URL(server.environment?.['RABBITMQ_MANAGEMENT_URI'] ?? '');
    const authorization = `Basic ${btoa(`${username}:${password}`)}`;
    const overview = await fetch(`http://${host}/api/overview`, { headers: { authorization } });
    expect(overview.status).toBe(200);
    await server[Symbol.asyncDispose]();
    expect(await answersAmqp('127.0.0.1', port)).toBe(false);
  },
);
