import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedPeer } from '../../../../../tests/support/scripted-amqp-peer.ts';
import { forbidUnhandledRejections } from '../../../../../tests/support/unhandled-rejections.ts';
import { decodeTable } from '../codec/field-table.ts';
import { AmqpConnection } from './amqp-connection.ts';
import type { ConnectOptions } from './connect-options.ts';

forbidUnhandledRejections();

let peer: ScriptedPeer;

beforeEach(async () => {
  peer = await ScriptedPeer.start();
});

afterEach(async () => {
  await peer[Symbol.asyncDispose]();
});

function connect(options: ConnectOptions = {}): Promise<AmqpConnection> {
  const connecting = AmqpConnection.connect({ port: peer.port, ...options });
  // Most tests look at it only after the peer did something.
  connecting.catch(() => undefined);
  return connecting;
}

describe('opening a connection', () => {
  it('says who it is and what it can do', async () => {
    const connecting = connect({
      vhost: 'shop',
      connectionName: 'orders',
      clientProperties: { region: 'eu' },
      credentials: { mechanism: 'PLAIN', username: 'ann', password: 'secret' },
    });
    const { startOk, open } = await (await peer.accept()).shakeHands();
    expect(startOk.mechanism).toBe('PLAIN');
    expect(startOk.response.toString()).toBe('\0ann\0secret');
    expect(startOk.clientProperties).toMatchObject({
      product: 'mycel',
      connection_name: 'orders',
      region: 'eu',
      capabilities: { authentication_failure_close: true, consumer_cancel_notify: true, 'connection.blocked': true },
    });
    expect(open.virtualHost).toBe('shop');
    expect((await connecting).serverProperties).toEqual({ product: 'Scripted' });
  });

  it('answers by AMQPLAIN and EXTERNAL when told to', async () => {
    void connect({ credentials: { mechanism: 'AMQPLAIN', username: 'ann', password: 'secret' } }).catch(
      () => undefined,
    );
    const amqplain = await (await peer.accept()).shakeHands();
    const length = Buffer.alloc(4);
    length.writeUInt32BE(amqplain.startOk.response.length);
    const fields = decodeTable(Buffer.concat([length, amqplain.startOk.response]));
    expect(fields).toEqual({ LOGIN: 'ann', PASSWORD: 'secret' });
    void connect({ credentials: { mechanism: 'EXTERNAL' } }).catch(() => undefined);
    const external = await (await peer.accept()).shakeHands();
    expect(external.startOk).toMatchObject({ mechanism: 'EXTERNAL', response: Buffer.alloc(0) });
  });

  it.each([
    [{ channelMax: 100, frameMax: 8192, heartbeat: 10 }, {}, { channelMax: 100, frameMax: 8192, heartbeat: 10 }],
    [{ channelMax: 0, frameMax: 0, heartbeat: 0 }, {}, { channelMax: 2047, frameMax: 131_072, heartbeat: 30 }],
    [{}, { channelMax: 5, frameMax: 4096, heartbeatSeconds: 5 }, { channelMax: 5, frameMax: 4096, heartbeat: 5 }],
    [{}, { heartbeatSeconds: 0 }, { channelMax: 2047, frameMax: 131_072, heartbeat: 0 }],
  ])('agrees on the lower of two limits: %j and %j', async (tune, options, agreed) => {
    const connecting = connect(options);
    const { tuneOk } = await (await peer.accept()).shakeHands({ tune });
    expect(tuneOk).toMatchObject(agreed);
    const { channelMax, frameMax, heartbeatSeconds } = await connecting;
    expect({ channelMax, frameMax, heartbeat: heartbeatSeconds }).toEqual(agreed);
  });

  it('takes what the broker sends right behind the last answer', async () => {
    const connecting = connect();
    const client = await peer.accept();
    await client.shakeHandsUntilOpen();
    client.socket.cork();
    client.send(0, { name: 'connection.open-ok' });
    client.send(0, { name: 'connection.blocked', reason: 'low on memory' });
    client.socket.uncork();
    expect((await connecting).blocked).toBe('low on memory');
  });
});

describe('opening a connection that is refused', () => {
  const close = { name: 'connection.close', failedClassId: 0, failedMethodId: 0 } as const;

  it.each([1, 8, 4095])(
    'refuses a broker that allows frames of %i bytes, too small to say anything',
    async (frameMax) => {
      const connecting = connect();
      const client = await peer.accept();
      client.sendStart();
      await client.expect('connection.start-ok');
      client.send(0, { name: 'connection.tune', channelMax: 0, frameMax, heartbeat: 0 });
      const message = expect.stringMatching(`frames of ${frameMax} bytes`);
      await expect(connecting).rejects.toMatchObject({ code: 'MYCEL_AMQP_PROTOCOL_MISMATCH', message });
      await client.ended;
    },
  );

  it('names the user and never the password', async () => {
    const connecting = connect({ credentials: { mechanism: 'PLAIN', username: 'ann', password: 'hunter2' } });
    const client = await peer.accept();
    client.sendStart();
    await client.expect('connection.start-ok');
    client.send(0, { ...close, replyCode: 403, replyText: 'ACCESS_REFUSED' });
    const error: unknown = await connecting.catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'MYCEL_AMQP_ACCESS_REFUSED',
      message: expect.stringMatching(/user 'ann' \(PLAIN\): 403 ACCESS_REFUSED/),
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
    await client.expect('connection.close-ok');
    await client.ended;
  });

  it('takes a connection closed after the credentials for refused credentials', async () => {
    const connecting = connect();
    const client = await peer.accept();
    client.sendStart();
    await client.expect('connection.start-ok');
    client.socket.end();
    await expect(connecting).rejects.toMatchObject({ code: 'MYCEL_AMQP_ACCESS_REFUSED' });
  });

  it('says which mechanisms there are instead', async () => {
    const connecting = connect({ credentials: { mechanism: 'EXTERNAL' } });
    const client = await peer.accept();
    client.sendStart('PLAIN AMQPLAIN');
    await expect(connecting).rejects.toMatchObject({
      code: 'MYCEL_AMQP_ACCESS_REFUSED',
      message: expect.stringContaining('it offers PLAIN, AMQPLAIN, not EXTERNAL'),
    });
    await client.ended;
  });

  it('names the virtual host', async () => {
    const connecting = connect({ vhost: 'nowhere' });
    const client = await peer.accept();
    await client.shakeHandsUntilOpen();
    client.send(0, { ...close, replyCode: 530, replyText: 'NOT_ALLOWED' });
    await expect(connecting).rejects.toMatchObject({
      code: 'MYCEL_AMQP_VHOST_REFUSED',
      message: expect.stringContaining("virtual host 'nowhere': 530 NOT_ALLOWED"),
    });
  });

  it('does not mistake a connection lost at the last step for a refusal', async () => {
    const connecting = connect();
    const client = await peer.accept();
    await client.shakeHandsUntilOpen();
    client.socket.destroy();
    await expect(connecting).rejects.toMatchObject({
      code: 'MYCEL_AMQP_UNREACHABLE',
      cause: { code: 'MYCEL_AMQP_CONNECTION_LOST' },
    });
  });

  it('does not mistake another fault for a refusal', async () => {
    const connecting = connect();
    const client = await peer.accept();
    await client.shakeHandsUntilOpen();
    client.send(0, { ...close, replyCode: 541, replyText: 'INTERNAL_ERROR' });
    await expect(connecting).rejects.toMatchObject({ code: 'MYCEL_AMQP_SERVER', replyCode: 541 });
  });

  it('refuses methods that do not belong in a handshake', async () => {
    const connecting = connect();
    const client = await peer.accept();
    client.send(0, { name: 'connection.open-ok' });
    await expect(connecting).rejects.toMatchObject({ code: 'MYCEL_AMQP_UNEXPECTED_FRAME' });
    await client.ended;
  });
});

describe('opening a connection to something else', () => {
  let server: Server | undefined;

  afterEach(() => void server?.close());

  async function serverThatSays(answer: string | Buffer): Promise<number> {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  it.each<[string, string | Buffer, RegExp]>([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', /no AMQP broker: it sent "HTTP\/1\.1 400 Bad Request/],
    ['a TLS port', Buffer.from('15030100020246', 'hex'), /a TLS alert.*Set `tls`/],
    ['another version of AMQP', Buffer.from('AMQP\x00\x01\x00\x00', 'latin1'), /offers AMQP 0-1-0-0/],
  ])('recognises %s', async (_, answer, message) => {
    await expect(connect({ port: await serverThatSays(answer) })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_PROTOCOL_MISMATCH',
      message: expect.stringMatching(message),
    });
  });

  it('says that a peer left without a word', async () => {
    await expect(connect({ port: await serverThatSays('') })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_UNREACHABLE',
      message: expect.stringMatching(/without a word/),
    });
  });

  it('says that nobody listens', async () => {
    const port = peer.port;
    await peer[Symbol.asyncDispose]();
    await expect(connect({ port })).rejects.toMatchObject({
      code: 'MYCEL_AMQP_UNREACHABLE',
      message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${port}: connect ECONNREFUSED`)),
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    });
    peer = await ScriptedPeer.start();
  });

  it('refuses impossible options, all in one error', async () => {
    const connecting = connect({ port: 70_000, frameMax: 100, heartbeatSeconds: -1 });
    await expect(connecting).rejects.toMatchObject({
      code: 'MYCEL_USAGE',
      message: expect.stringMatching(/port.*70000.*heartbeatSeconds.*-1.*frameMax.*100/),
    });
  });
});
