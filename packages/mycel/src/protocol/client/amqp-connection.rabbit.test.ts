import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectOptionsOf, type UriOptions } from '../../../../../tests/support/amqp-connect-options.ts';
import { useFreshVhost } from '../../../../../tests/support/fresh-vhost.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { AmqpConnection } from './amqp-connection.ts';
import type { ConnectOptions } from './connect-options.ts';

forbidUnhandledRejections();

const rabbit = useFreshVhost();
let usual: UriOptions;
let open: AmqpConnection[];

beforeEach(async () => {
  usual = connectOptionsOf(rabbit.uri);
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((connection) => connection.close()));
});

async function connect(options: ConnectOptions = {}): Promise<AmqpConnection> {
  const connection = await AmqpConnection.connect({ ...usual, ...options });
  open.push(connection);
  return connection;
}

describe('AmqpConnection with RabbitMQ', () => {
  it.each(['PLAIN', 'AMQPLAIN'] as const)('opens and closes by %s', async (mechanism) => {
    const connection = await connect({ credentials: { ...usual.credentials, mechanism } });
    expect(connection.serverProperties['product']).toBe('RabbitMQ');
    expect(connection.isOpen).toBe(true);
    await connection.close();
    expect(await connection.closed).toEqual({ reason: 'client' });
  });

  it('agrees on smaller limits and keeps to them', async () => {
    const connection = await connect({ frameMax: 8192, channelMax: 3, heartbeatSeconds: 7 });
    expect(connection).toMatchObject({ frameMax: 8192, channelMax: 3, heartbeatSeconds: 7 });
    const channel = await connection.openChannel();
    const { queue } = await channel.declareQueue('', { exclusive: true });
    channel.publish('', queue, Buffer.alloc(50_000, 'a'));
    expect((await channel.get(queue))?.body).toEqual(Buffer.alloc(50_000, 'a'));
  });

  it('says that the password is wrong without telling it', async () => {
    const credentials = { ...usual.credentials, password: 'hunter2' };
    await expect(connect({ credentials })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_ACCESS_REFUSED',
      message: expect.not.stringContaining('hunter2'),
      cause: { replyCode: 403 },
    });
  });

  it('says that a virtual host does not exist', async () => {
    await expect(connect({ vhost: 'mycel-no-such-vhost' })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_VHOST_REFUSED',
      cause: { replyCode: 530 },
    });
  });

  it('survives a refused channel and uses its number again', async () => {
    const connection = await connect();
    const channel = await connection.openChannel();
    await expect(channel.declareQueue('missing', { passive: true })).rejects.toMatchObject({ replyCode: 404 });
    const again = await connection.openChannel();
    expect(again.id).toBe(channel.id);
    await expect(again.declareQueue('', { exclusive: true })).resolves.toMatchObject({ messageCount: 0 });
  });

  it('opens many channels at once, up to the limit', async () => {
    const connection = await connect({ channelMax: 50 });
    const channels = await Promise.all(Array.from({ length: 50 }, () => connection.openChannel()));
    expect(new Set(channels.map(({ id }) => id)).size).toBe(50);
    await expect(connection.openChannel()).rejects.toMatchObject({ code: 'MYCEL_AMQP_CHANNELS_EXHAUSTED' });
    await Promise.all(channels.map((channel) => channel.close()));
    await expect(connection.openChannel()).resolves.toMatchObject({ isOpen: true });
  });

  it('hears why an operator closed the connection', async () => {
    const connection = await connect();
    const channel = await connection.openChannel();
    await rabbit.closeConnections('maintenance');
    expect(await connection.closed).toMatchObject({ reason: 'server', error: { replyCode: 320 } });
    expect(await channel.closed).toMatchObject({ reason: 'connection' });
  });

  it('hands over a new secret, or hears that the broker knows none', async () => {
    const connection = await connect();
    const outcome = await connection.updateSecret('token', 'test').then(
      () => 'updated',
      (error: { code: string }) => error.code,
    );
    // Users with passwords have no secret to update: some releases agree all the same, others close the connection.
    expect(['updated', 'MYCEL_AMQP_CONNECTION_CLOSED']).toContain(outcome);
  });
});
