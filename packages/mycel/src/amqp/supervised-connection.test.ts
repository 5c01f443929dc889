import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { hurry } from '../../../../tests/support/hurried-clock.ts';
import { ObligingBroker } from '../../../../tests/support/obliging-broker.ts';
import { type LogRecord, recordingLogger } from '../../../../tests/support/recording-logger.ts';
import { forbidUnhandledRejections } from '../../../../tests/support/unhandled-rejections.ts';
import { BrokerUnavailableError, TransportClosedError } from '../transport/transport-errors.ts';
import { type AmqpOptions, resolveAmqpOptions } from './amqp-options.ts';
import { SupervisedConnection } from './supervised-connection.ts';

forbidUnhandledRejections();

let broker: ObligingBroker;
let records: LogRecord[];
let connection: SupervisedConnection;

function supervised(uri: NonNullable<AmqpOptions['uri']>): SupervisedConnection {
  return new SupervisedConnection(resolveAmqpOptions({ uri, logger: recordingLogger(records) }));
}

function refuseThePassword(): void {
  const refusal = { replyCode: 403, replyText: 'ACCESS_REFUSED - who are you?', failedClassId: 0, failedMethodId: 0 };
  broker.react = ({ name }, channel, peer) => {
    if (name !== 'connection.start-ok') return false;
    peer.send(channel, { name: 'connection.close', ...refusal });
    return true;
  };
}

beforeEach(async () => {
  broker = await ObligingBroker.start();
  records = [];
  connection = supervised(broker.uri);
});

afterEach(async () => {
  await connection.close();
  await broker[Symbol.asyncDispose]();
});

describe('opening', () => {
  it('tries each target once, and tells all of them and why, without passwords', async () => {
    refuseThePassword();
    const uri = `amqp://me:secret@127.0.0.1:1/;${broker.uri.replace('//', '//you:hidden@')}`;
    const opening = supervised(uri).open();
    await expect(opening).rejects.toThrow(BrokerUnavailableError);
    await expect(opening).rejects.toThrow(/me@127\.0\.0\.1:1\/.*ECONNREFUSED.*you@.*ACCESS_REFUSED/);
    await expect(opening).rejects.not.toThrow(/secret|hidden/);
  });

  it('takes the next target when the first is down', async () => {
    const second = supervised(`amqp://127.0.0.1:1/;${broker.uri}`);
    await second.open();
    expect(second.isOpen).toBe(true);
    await second.close();
  });

  it('can be tried again after it failed', async () => {
    refuseThePassword();
    await expect(connection.open()).rejects.toThrow(BrokerUnavailableError);
    broker.react = () => false;
    await connection.open();
    expect(connection.isOpen).toBe(true);
  });

  it('ends when the connection is closed meanwhile', async () => {
    broker.react = ({ name }) => name === 'connection.open';
    const opening = connection.open();
    opening.catch(() => {});
    await broker.until('connection.open');
    await connection.close();
    await expect(opening).rejects.toThrow(TransportClosedError);
    await (await broker.connection(1)).ended;
  });
});

describe('a broker that is asked for', () => {
  it('is looked for before every attempt to connect, and shown without passwords', async () => {
    await using second = await ObligingBroker.start();
    const uris = [broker.uri, second.uri.replace('//', '//me:secret@')];
    const settings = resolveAmqpOptions({ uri: () => uris.shift() ?? '', logger: recordingLogger(records) });
    const { source } = settings;
    expect(source.target).toBe('not looked for yet');
    const moving = new SupervisedConnection(settings);
    await moving.open();
    (await broker.connection(1)).socket.destroy();
    await (await moving.whenOpen()).closed;
    await hurry(() => moving.whenOpen());
    expect(second.connections).toHaveLength(1);
    expect(source.target).toMatch(/^amqp:\/\/me@127\.0\.0\.1:\d+\/$/);
    await moving.close();
  });

  it('that nobody knows, or whose address is none, is an attempt that failed', async () => {
    const answers = [() => Promise.reject(new Error('no such secret')), () => 'http://broker', () => broker.uri];
    const asked = supervised(() => answers.shift()?.() ?? '');
    await expect(asked.open()).rejects.toThrow(/^cannot connect to the broker \(asked where it is: no such secret\)/);
    await expect(asked.open()).rejects.toThrow(/asked where it is: 'http:\/\/broker' is not an AMQP URI/);
    await asked.open();
    expect(asked.isOpen).toBe(true);
    await asked.close();
  });

  it('is not waited for longer than the connection may take, nor after it was closed', async () => {
    const never = (): Promise<string> => new Promise(() => {});
    const slow = new SupervisedConnection(resolveAmqpOptions({ uri: never, connectTimeout: 20 }));
    await expect(slow.open()).rejects.toThrow('asked where it is: no answer within 20 ms');
    const asked = supervised(never);
    const opening = asked.open();
    opening.catch(() => {});
    await asked.close();
    await expect(opening).rejects.toThrow(TransportClosedError);
  });
});

describe('a connection that is lost', () => {
  it('comes back, and resolves what waited for it', async () => {
    await connection.open();
    const first = await connection.whenOpen();
    (await broker.connection(1)).socket.destroy();
    await first.closed;
    const waiting = connection.whenOpen();
    await hurry(() => waiting);
    expect((await waiting).isOpen).toBe(true);
    expect(await waiting).not.toBe(first);
  });

  it('is not handed out in the moment in which nobody has told of the loss', async () => {
    await connection.open();
    const first = await connection.whenOpen();
    first.destroy(new Error('lost'));
    const next = connection.whenOpen();
    await hurry(() => next);
    expect((await next).isOpen).toBe(true);
  });

  it('waits longer each time when every new connection is lost at once', async () => {
    broker.react = ({ name }, channel, peer) => {
      if (name !== 'connection.open') return false;
      peer.send(channel, { name: 'connection.open-ok' });
      peer.socket.end();
      return true;
    };
    await connection.open();
    // With their random halves left out, six waits take 100 + 200 + 400 + 800 + 1600 + 3200 ms.
    vi.spyOn(Math, 'random').mockReturnValue(0);
    expect(await hurry(() => broker.connection(7))).toBeGreaterThan(6000);
    vi.restoreAllMocks();
  });

  it('tells once for each new reason why it does not come back, and goes on trying', async () => {
    await connection.open();
    refuseThePassword();
    (await broker.connection(1)).socket.destroy();
    await hurry(() => broker.connection(5));
    broker.react = () => false;
    await hurry(() => connection.whenOpen());
    const warnings = records.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toEqual([
      expect.stringContaining('lost the connection to the broker'),
      expect.stringContaining('ACCESS_REFUSED'),
    ]);
  });

  it('stays away once it is closed, and nobody waits for it any more', async () => {
    await connection.open();
    (await broker.connection(1)).socket.destroy();
    const [first, waiting] = [await connection.whenOpen(), connection.whenOpen()];
    await first.closed;
    const late = connection.whenOpen();
    late.catch(() => {});
    await connection.close();
    await waiting;
    await expect(late).rejects.toThrow(TransportClosedError);
    await expect(connection.whenOpen()).rejects.toThrow(TransportClosedError);
    expect(broker.connections).toHaveLength(1);
  });
});

describe('a broker that takes no messages', () => {
  it('is told of, with its reason, until it takes them again or the connection is lost', async () => {
    await connection.open();
    const heard: string[] = [];
    const stop = connection.onUnblocked(() => heard.push('unblocked'));
    const peer = await broker.connection(1);
    peer.send(0, { name: 'connection.blocked', reason: 'low on memory' });
    await expect.poll(() => connection.blocked).toBe('low on memory');
    peer.send(0, { name: 'connection.unblocked' });
    await expect.poll(() => heard).toEqual(['unblocked']);
    expect(connection.blocked).toBeUndefined();
    stop();
    peer.send(0, { name: 'connection.blocked', reason: 'low on disk' });
    await expect.poll(() => connection.blocked).toBe('low on disk');
    peer.socket.destroy();
    await expect.poll(() => connection.blocked).toBeUndefined();
    expect(heard).toEqual(['unblocked']);
  });
});
